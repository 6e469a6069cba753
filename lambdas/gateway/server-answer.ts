import type { EventStream, GatewayAnswer } from './gateway-answer';

/**
 * An answer with those members of `Response` that the app reads. The global class would have it go through streams, encoders and headers of its
 * own, at several times the price of everything else that a call needs.
 */
export class ServerAnswer {
  readonly status = 200;
  readonly headers: AnswerHeaders;
  /** Not `body`: nobody is to take it for a stream of bytes. */
  readonly content: string | EventStream;

  constructor({ headers, body }: GatewayAnswer) {
    this.headers = new AnswerHeaders(headers);
    this.content = body;
  }
}

/** Names and values in turn, as node:http takes them. */
class AnswerHeaders {
  readonly raw: string[] = [];

  constructor(headers: GatewayAnswer['headers']) {
    for (const name in headers) this.raw.push(name, headers[name] as string);
  }

  /** @param name In lower case. */
  set(name: string, value: string): void {
    const index = this.raw.indexOf(name);
    if (index === -1) this.raw.push(name, value);
    else this.raw[index + 1] = value;
  }
}

// Members of the global classes that are not here throw, rather than being undefined.
Object.setPrototypeOf(ServerAnswer.prototype, Response.prototype);
Object.setPrototypeOf(AnswerHeaders.prototype, Headers.prototype);

export function serverAnswer(answer: GatewayAnswer): Response {
  return new ServerAnswer(answer) as unknown as Response;
}
