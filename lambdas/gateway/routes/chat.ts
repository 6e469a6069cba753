import type { Context } from 'hono';
import type { GatewayEnvironment } from '../environment';
import type { GatewayPorts } from '../call';
import { answerTo } from '../gateway-answer';
import { complete } from '../pipeline';
import { readBody } from '../read-body';
import { prepare } from '../stages/prepare';
import { callOf } from './call-of';

/** `POST /v1/chat/completions` */
export function chatRoute(ports: GatewayPorts): (c: Context<GatewayEnvironment>) => Promise<Response> {
  return async (c) => {
    const text = await readBody(c.req.raw, ports.platform.limits.maxBodyBytes);
    const answer = await complete(callOf(c, ports), prepare(text), ports);
    return answerTo(c, answer);
  };
}
