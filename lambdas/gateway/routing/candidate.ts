import type { ModelEntry } from '../../core/platform';
import type { ModelAdapter, ModelRequest } from '../adapters/adapter';

/** A model that may answer a call, with the call as it is put to it. */
export interface Candidate {
  readonly adapter: ModelAdapter;
  readonly request: ModelRequest;
}

/** Of the model's breaker: provider and model. The provider's model id names the geography; a process calls from one region alone. */
export function breakerKeyOf({ provider, providerModelId }: ModelEntry): string {
  return `${provider}/${providerModelId}`;
}
