import type { Context } from 'hono';
import type { GatewayPorts } from '../call';
import { answerEmbeddings } from '../embeddings';
import type { GatewayEnvironment } from '../environment';
import { answerTo } from '../gateway-answer';
import { readBody } from '../read-body';
import { callOf } from './call-of';

/** `POST /v1/embeddings` */
export function embeddingsRoute(ports: GatewayPorts): (c: Context<GatewayEnvironment>) => Promise<Response> {
  return async (c) => {
    const text = await readBody(c.req.raw, ports.platform.limits.maxBodyBytes);
    return answerTo(c, await answerEmbeddings(callOf(c, ports), text, ports));
  };
}
