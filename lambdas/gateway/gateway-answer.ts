import type { Context } from 'hono';
import type { GatewayEnvironment } from './environment';
import { eventStreamBody, type StreamObserver } from './openai/sse';

export interface GatewayAnswer {
  /** @default 200 */
  readonly status?: number;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Text; or events that are rendered as they are asked for. */
  readonly body: string | EventStream;
}

export interface EventStream extends StreamObserver {
  readonly events: AsyncGenerator<string, void>;
}

/** An answer in the form that whoever serves the app sends on. */
export type AnswerWith = (answer: GatewayAnswer) => Response;

/** The answer for whoever serves the app. Not by Hono's own `c.json`, which makes a global `Response` of each. */
export function answerTo(c: Context<GatewayEnvironment>, answer: GatewayAnswer): Response {
  return (c.env?.answerWith ?? webResponse)(answer);
}

export function jsonTo(c: Context<GatewayEnvironment>, value: unknown, status = 200): Response {
  return answerTo(c, { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) });
}

function webResponse({ status = 200, headers, body }: GatewayAnswer): Response {
  return new Response(typeof body === 'string' ? body : eventStreamBody(body.events, body), { status, headers });
}
