import type { ContentPart } from '../../openai/request';
import { refuseMembers, unsupported } from '../refuse-unsupported';

/** Marks the end of a prefix that the provider's prompt cache is to keep: a member of content parts that clients add to OpenAI's. */
export const CACHE_MARKER = 'cache_control';
const MARKER_MEMBERS: ReadonlySet<string> = new Set(['type', 'ttl']);

/** @param allowed Whether the provider's API has markers. @throws GatewayError `unsupported_field` */
export function isCacheMarked(part: ContentPart, path: string, modelId: string, allowed: boolean): boolean {
  const marker = part[CACHE_MARKER];
  if (marker === undefined || marker === null) return false;
  const markerPath = `${path}.${CACHE_MARKER}`;
  if (!allowed) throw unsupported(markerPath, modelId);
  const advice = 'Allowed is `{"type":"ephemeral"}`.';
  if (typeof marker !== 'object') throw unsupported(markerPath, modelId, advice);
  refuseMembers(marker, MARKER_MEMBERS, markerPath, modelId);
  const { type, ttl } = marker as { readonly type?: unknown; readonly ttl?: unknown };
  if (type !== 'ephemeral') throw unsupported(`${markerPath}.type`, modelId, advice);
  if (ttl !== undefined && ttl !== '5m') {
    throw unsupported(`${markerPath}.ttl`, modelId, 'The price table has the price of `5m` alone: send that, or leave it out.');
  }
  return true;
}
