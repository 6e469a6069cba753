import type { Context } from 'hono';
import type { GatewayPorts } from '../call';
import { answerEmbeddings } from '../embeddings';
import type { GatewayEnvironment } from '../environment';
import { webResponse } from '../gateway-answer';
import { readBody } from '../read-body';

/** `POST /v1/embeddings` */
export function embeddingsRoute(ports: GatewayPorts): (c: Context<GatewayEnvironment>) => Promise<Response> {
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
    return (c.env?.answerWith ?? webResponse)(await answerEmbeddings(call, text, ports));
  };
}
