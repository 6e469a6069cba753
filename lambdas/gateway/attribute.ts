import type { Call } from './call';
import { attributedTags } from './tags';

interface Attributed {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly task_type?: string;
}

/** Says what the call's cost is attributed to, before its first record is written. @throws GatewayError `invalid_request` for tags that are no names. */
export function attribute(call: Call, { metadata, task_type: task }: Attributed): void {
  const tags = attributedTags(call.tags, metadata);
  call.attribution = { key: payerOf(call), team: call.caller.team, ...tags, prompt: call.prompt?.id, task };
  call.line.for_service = tags.service;
}

/** A copy that an experiment makes is not the caller's doing. */
function payerOf({ caller, prompt }: Call): string {
  const isCopy = prompt?.shadowOf !== undefined;
  return isCopy && prompt.experiment !== undefined ? `experiment:${prompt.id}.${prompt.experiment.id}` : caller.keyId;
}
