import type { IncomingMessage } from 'node:http';
import { json, text } from 'node:stream/consumers';

/** Host and scheme do not reach the app's routes; a request needs some. */
const ORIGIN = 'http://gateway';

/**
 * A request of node:http with those members of `Request` that the app reads. The global class would copy the body through streams of its
 * own, at several times the price of everything else that a call needs.
 */
class ServerRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly #incoming: IncomingMessage;

  constructor(
    incoming: IncomingMessage,
    readonly signal: AbortSignal,
  ) {
    this.#incoming = incoming;
    this.method = incoming.method ?? 'GET';
    this.url = urlOf(incoming.url ?? '/');
    this.headers = headersOf(incoming.rawHeaders);
  }

  /** The body as it arrives; leaving its iteration early leaves the rest unread. */
  get body(): AsyncIterable<Uint8Array> {
    // Else the connection would close, and with it the way of the answer.
    return this.#incoming.iterator({ destroyOnReturn: false });
  }

  text(): Promise<string> {
    return text(this.#incoming);
  }

  json(): Promise<unknown> {
    return json(this.#incoming);
  }
}

// Members of the global class that are not here throw, rather than being undefined.
Object.setPrototypeOf(ServerRequest.prototype, Request.prototype);

/** @param signal Aborted when the caller leaves. */
export function serverRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  return new ServerRequest(incoming, signal) as unknown as Request;
}

/** A target may also be a whole URL (`GET http://host/path`), of which host and scheme say nothing here, or no path at all (`OPTIONS *`). */
function urlOf(target: string): string {
  if (target.startsWith('/')) return ORIGIN + target;
  const url = URL.parse(target);
  return url === null ? `${ORIGIN}/` : ORIGIN + url.pathname + url.search;
}

function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    try {
      headers.append(raw[index] as string, raw[index + 1] as string);
    } catch {
      // A value that HTTP does not allow. The request is judged without it.
    }
  }
  return headers;
}
