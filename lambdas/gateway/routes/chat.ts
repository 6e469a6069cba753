import type { Context } from 'hono';
import type { GatewayEnvironment } from '../environment';
import type { GatewayPorts } from '../call';
import { webResponse } from '../gateway-answer';
import { complete } from '../pipeline';
import { readBody } from '../read-body';

/** `POST /v1/chat/completions` */
export function chatRoute(ports: GatewayPorts): (c: Context<GatewayEnvironment>) => Promise<Response> {
  return async (c) => {
    const text = await readBody(c.req.raw, ports.platform.limits.maxBodyBytes);
    const line = c.get('line');
    const call = {
      id: line.trace_id,
      startedAtMs: c.get('startedAtMs'),
      startedMs: c.get('startedMs'),
      caller: c.get('caller'),
      signal: c.req.raw.signal,
      line,
      finishAfter: (work: Promise<void>) => c.set('finished', work),
    };
    const answer = await complete(call, text, ports);
    return (c.env?.answerWith ?? webResponse)(answer);
  };
}
