import type { Context } from 'hono';
import type { GatewayPorts } from '../call';
import type { GatewayEnvironment } from '../environment';
import { jsonTo } from '../gateway-answer';
import { ownCall } from './own-call';

/** `GET /v1/calls/{id}`: the audit record. */
export function callsRoute({ audit, content }: GatewayPorts): (c: Context<GatewayEnvironment>) => Promise<Response> {
  return async (c) => {
    const caller = c.get('caller');
    const { id, intent, settlement = null, unknown, outcome } = await ownCall(c.req.param('id') ?? '', caller, audit);
    const [input, output] = await Promise.all([
      intent.input_in === 'object' ? content.get(id, 'input') : intent.input,
      settlement?.output_in === 'object' ? content.get(id, 'output') : settlement?.output,
    ]);
    return jsonTo(c, {
      id,
      tenant: caller.tenant,
      intent: { ...intent, input: parsed(input) },
      settlement: settlement && { ...settlement, output: parsed(output) },
      unknown,
      outcome,
    });
  };
}

/** What is kept as text, as the JSON that it is. */
function parsed(json: string | undefined): unknown {
  return json === undefined ? undefined : JSON.parse(json);
}
