import type { Context, MiddlewareHandler } from 'hono';
import { GatewayError } from '../../core/errors';
import { slug } from '../../core/prompts/slug';
import type { GatewayPorts } from '../call';
import type { GatewayEnvironment } from '../environment';
import { answerTo } from '../gateway-answer';
import { complete } from '../pipeline';
import { preparePrompt } from '../prompts/prepare-prompt';
import { nameOfVersion, promptLine } from '../prompts/prompt-use';
import { askShadow } from '../prompts/shadow';
import { readBody } from '../read-body';
import { checkPrompt } from '../stages/authorize';
import { callOf } from './call-of';

/** Before who calls is looked up: where both are too old, they are one wait. */
export function refreshPrompt({ prompts }: GatewayPorts): MiddlewareHandler<GatewayEnvironment> {
  return async (c, next) => {
    prompts.refresh(c.req.param('id') ?? '');
    await next();
  };
}

/** `POST /v1/prompts/{id}/completions` */
export function promptsRoute(ports: GatewayPorts): (c: Context<GatewayEnvironment>) => Promise<Response> {
  return async (c) => {
    const text = await readBody(c.req.raw, ports.platform.limits.maxBodyBytes);
    const id = c.req.param('id') ?? '';
    if (!slug.safeParse(id).success) throw new GatewayError('prompt_not_found', 'There is no such prompt here.', { param: 'id' });
    // Before it is looked for: whether there is one, and what it takes, is not for those who may not use it.
    checkPrompt(c.get('caller'), id);
    const line = c.get('line');
    const { prepared, use, shadow } = await preparePrompt(id, text, line.trace_id, ports.prompts);
    Object.assign(line, promptLine(use));
    // Answers have it from the pipeline.
    c.set('errorHeaders', { 'x-blueprint-prompt-version': nameOfVersion(use) });
    const call = { ...callOf(c, ports), prompt: use };
    const answer = await complete(call, prepared, ports);
    if (shadow !== undefined) call.afterAnswer?.((remainingMs) => askShadow(call, shadow, remainingMs, ports));
    return answerTo(c, answer);
  };
}
