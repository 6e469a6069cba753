import type { Context } from 'hono';
import type { GatewayEnvironment } from '../environment';
import type { GatewayPorts } from '../call';
import { complete } from '../pipeline';
import { readBody } from '../read-body';

/** `POST /v1/chat/completions` */
export function chatRoute(ports: GatewayPorts): (c: Context<GatewayEnvironment>) => Promise<Response> {
  return async (c) => {
    const text = await readBody(c.req.raw, ports.platform.limits.maxBodyBytes);
    const call = {
      id: c.var.line.trace_id,
      startedAtMs: c.var.startedAtMs,
      startedMs: c.var.startedMs,
      caller: c.var.caller,
      signal: c.req.raw.signal,
      line: c.var.line,
      finishAfter: (work: Promise<void>) => c.set('finished', work),
    };
    return complete(call, text, ports);
  };
}
