import type { EventStream, GatewayAnswer } from './gateway-answer';
import { lacking } from './lacking';

/**
 * An answer with those members of `Response` that the app reads. The global class would have it go through streams, encoders and headers of its
 * own, at several times the price of everything else that a call needs.
 */
export class LightAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** Not `body`: nobody is to take it for a stream of bytes. */
  readonly content: string | EventStream;

  constructor({ status = 200, headers, body }: GatewayAnswer) {
    this.status = status;
    this.headers = new AnswerHeaders(headers);
    this.content = body;
  }

  /** By this and the headers' iterator, Hono makes the answer to HEAD of that to GET. */
  get statusText(): string {
    return '';
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

  *[Symbol.iterator](): Generator<[string, string]> {
    for (let index = 0; index + 1 < this.raw.length; index += 2) yield [this.raw[index] as string, this.raw[index + 1] as string];
  }
}

Object.setPrototypeOf(LightAnswer.prototype, lacking('An answer'));
Object.setPrototypeOf(AnswerHeaders.prototype, lacking('An answer’s headers'));

export function lightAnswer(answer: GatewayAnswer): Response {
  return new LightAnswer(answer) as unknown as Response;
}
