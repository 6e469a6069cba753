import type { Context } from 'hono';
import { GatewayError } from '../../core/errors';
import { parseCallId } from '../../core/trace-id';
import type { GatewayEnvironment } from '../environment';
import type { GatewayPorts } from '../call';

/** `GET /v1/calls/{id}`: the audit record. Another tenant's call is answered exactly as one that does not exist. */
export function callsRoute({ audit }: GatewayPorts): (c: Context<GatewayEnvironment>) => Promise<Response> {
  return async (c) => {
    const asked = c.req.param('id') ?? '';
    const id = parseCallId(asked);
    const records = id === undefined ? undefined : await audit.read(id);
    const { tenant } = c.var.caller;
    if (records === undefined || records.intent.tenant !== tenant) {
      throw new GatewayError('call_not_found', `There is no call \`${asked}\`. Ids are those of \`x-blueprint-trace-id\`.`, {
        param: 'id',
      });
    }
    return c.json({ id, tenant, intent: records.intent, settlement: records.settlement ?? null, unknown: records.unknown });
  };
}
