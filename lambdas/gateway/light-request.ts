import { lacking } from './lacking';

export interface RequestParts {
  readonly method: string;
  /** Whole. */
  readonly url: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** As it arrives; leaving its iteration early leaves the rest unread. */
  readonly body: AsyncIterable<Uint8Array> | readonly Uint8Array[];
  /** Aborted when the caller leaves. */
  readonly signal: AbortSignal;
}

/**
 * A request with those members of `Request` that the app reads. The global class would copy the body through streams of its own, at several times the
 * price of everything else that a call needs.
 */
export function lightRequest(parts: RequestParts): Request {
  return new LightRequest(parts) as unknown as Request;
}

class LightRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: LightHeaders;
  readonly body: RequestParts['body'];
  readonly signal: AbortSignal;

  constructor({ method, url, headers, body, signal }: RequestParts) {
    this.method = method;
    this.url = url;
    this.headers = new LightHeaders(headers);
    this.body = body;
    this.signal = signal;
  }
}

/** Headers as they came. Only a few of them are ever asked for. */
class LightHeaders {
  readonly #raw: readonly string[];

  constructor(raw: readonly string[]) {
    this.#raw = raw;
  }

  /** The values of all headers of the name, as one list. */
  get(name: string): string | null {
    const wanted = name.toLowerCase();
    let found: string | null = null;
    for (let index = 0; index + 1 < this.#raw.length; index += 2) {
      const given = this.#raw[index] as string;
      if (given.length !== wanted.length || given.toLowerCase() !== wanted) continue;
      const value = this.#raw[index + 1] as string;
      found = found === null ? value : `${found}, ${value}`;
    }
    return found;
  }
}

Object.setPrototypeOf(LightRequest.prototype, lacking('A request'));
Object.setPrototypeOf(LightHeaders.prototype, lacking('A request’s headers'));
