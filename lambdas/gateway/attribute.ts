import type { Call } from './call';
import { attributedTags } from './tags';

interface Attributed {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly task_type?: string;
}

/** Says what the call's cost is attributed to, before its first record is written. @throws GatewayError `invalid_request` for tags that are no names. */
export function attribute(call: Call, { metadata, task_type: task }: Attributed): void {
  const tags = attributedTags(call.tags, metadata);
  call.attribution = { key: call.caller.keyId, team: call.caller.team, ...tags, task };
  call.line.for_service = tags.service;
}
