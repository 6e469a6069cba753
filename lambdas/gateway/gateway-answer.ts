import { eventStreamBody, type StreamObserver } from './openai/sse';

/** What is answered with 200. */
export interface GatewayAnswer {
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

export function webResponse({ headers, body }: GatewayAnswer): Response {
  return new Response(typeof body === 'string' ? body : eventStreamBody(body.events, body), { headers });
}
