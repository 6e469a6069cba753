import type { Context } from 'hono';
import type { GatewayPorts } from '../call';
import type { GatewayEnvironment } from '../environment';
import { ownCall } from './own-call';

/** `GET /v1/calls/{id}`: the audit record. */
export function callsRoute({ audit }: GatewayPorts): (c: Context<GatewayEnvironment>) => Promise<Response> {
  return async (c) => {
    const caller = c.get('caller');
    const { id, intent, settlement = null, unknown, outcome } = await ownCall(c.req.param('id') ?? '', caller, audit);
    return c.json({ id, tenant: caller.tenant, intent, settlement, unknown, outcome });
  };
}
