import type { EventStream, GatewayAnswer } from './gateway-answer';

/**
 * An answer with those members of `Response` that the app reads. The global class would have it go through streams, encoders and headers of its
 * own, at several times the price of everything else that a call needs.
 */
export class ServerAnswer {
  readonly status = 200;
  readonly headers: Map<string, string>;
  /** Not `body`: nobody is to take it for a stream of bytes. */
  readonly content: string | EventStream;

  constructor({ headers, body }: GatewayAnswer) {
    this.headers = new Map(Object.entries(headers));
    this.content = body;
  }
}

// Members of the global class that are not here throw, rather than being undefined.
Object.setPrototypeOf(ServerAnswer.prototype, Response.prototype);

export function serverAnswer(answer: GatewayAnswer): Response {
  return new ServerAnswer(answer) as unknown as Response;
}
