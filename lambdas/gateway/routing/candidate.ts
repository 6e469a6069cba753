import type { ModelEntry } from '../../core/platform';
import { GatewayError } from '../../core/errors';
import type { ModelAdapter, ModelRequest } from '../adapters/adapter';
import { checkWindow, USUAL_BYTES_PER_TOKEN } from './fit';

/** A model that may answer a call, with the call as it is put to it. */
export interface Candidate {
  readonly adapter: ModelAdapter;
  readonly request: ModelRequest;
}

/** The candidate asked for something else. Undefined where the model cannot be. */
export function withBody({ adapter, request }: Candidate, body: ModelRequest['body']): Candidate | undefined {
  const asked = { ...request, body };
  try {
    adapter.check(asked);
    checkWindow(asked, USUAL_BYTES_PER_TOKEN);
    return { adapter, request: asked };
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}

/** Of the model's breaker: provider and model. The provider's model id names the geography; a process calls from one region alone. */
export function breakerKeyOf({ provider, providerModelId }: Pick<ModelEntry, 'provider' | 'providerModelId'>): string {
  return `${provider}/${providerModelId}`;
}
