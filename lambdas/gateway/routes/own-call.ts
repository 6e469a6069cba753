import type { AuditStore, CallRecords } from '../../core/audit';
import { GatewayError } from '../../core/errors';
import { type CallId, parseCallId } from '../../core/trace-id';
import type { Caller } from '../call';

/**
 * A call of the caller's team, or where it has none of its tenant.
 *
 * @throws GatewayError `call_not_found`, for another's call exactly as for one that does not exist; or what the audit store throws.
 */
export async function ownCall(asked: string, { tenant, team }: Caller, audit: AuditStore): Promise<CallRecords & { readonly id: CallId }> {
  const id = parseCallId(asked);
  const records = id === undefined ? undefined : await audit.read(id);
  const isOwn = records?.intent.tenant === tenant && (team === undefined || records.intent.attribution?.team === team);
  if (id !== undefined && isOwn) return { id, ...records };
  throw new GatewayError('call_not_found', `There is no call \`${asked}\`. Ids are those of \`x-blueprint-trace-id\`.`, { param: 'id' });
}
