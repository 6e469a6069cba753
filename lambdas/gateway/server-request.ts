import type { IncomingMessage } from 'node:http';
import { lacking } from './lacking';
import { ServerBody } from './server-body';

/** Host and scheme do not reach the app's routes; a request needs some. */
const ORIGIN = 'http://gateway';

/**
 * A request of node:http with those members of `Request` that the app reads. The global class would copy the body through streams of its
 * own, at several times the price of everything else that a call needs.
 */
class ServerRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: ServerHeaders;
  /** As it arrives; leaving its iteration early leaves the rest unread. */
  readonly body: ServerBody;

  constructor(
    incoming: IncomingMessage,
    readonly signal: AbortSignal,
  ) {
    this.method = incoming.method ?? 'GET';
    this.url = urlOf(incoming.url ?? '/');
    this.headers = new ServerHeaders(incoming.rawHeaders);
    this.body = new ServerBody(incoming);
  }
}

/** Headers as they came. Only a few of them are ever asked for. */
class ServerHeaders {
  readonly #raw: readonly string[];

  /** @param raw Names and values in turn. */
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

Object.setPrototypeOf(ServerRequest.prototype, lacking('A request'));
Object.setPrototypeOf(ServerHeaders.prototype, lacking('A request’s headers'));

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
