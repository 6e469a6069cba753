import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { afterArrivals } from '../../../core/after-arrivals';
import { connectionErrorOf, poolOf } from '../../../core/http-pools';

/** An answer that is complete leaves its connection to be used again, if the end of the response comes within this time. */
const DRAIN_MS = 1_000;
/** What may wait for its reader before the connection is read no further. */
const MAX_WAITING_BYTES = 262_144;
/** An error that is longer is cut: nobody reads on. */
const MAX_TEXT_BYTES = 65_536;

export interface HttpRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Aborted, it closes the connection at once, whatever has come of the answer. */
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body as it comes: all since the last time. Rejects when the connection breaks before its end. Whoever has read enough says so by `release`. */
  next(): Promise<IteratorResult<Uint8Array, void>>;
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, void>;
  /** The body's first 64 KB as text. */
  text(): Promise<string>;
  /**
   * Lets go of the connection. Call it once, whatever happened. @param complete Whether the answer was read to its end: the connection is then
   * kept for the next call, else closed.
   */
  release(complete: boolean): void;
}

/**
 * POSTs JSON over a kept-alive connection and resolves with the head of the response. There is no time limit but that of connecting: the whole
 * call has a deadline of its own. Redirects are not followed: a key is for the host that it was configured for. Nothing is tried again.
 *
 * @throws Error of the connection, or the signal's.
 */
export function postJson({ url, headers, body, signal }: HttpRequest): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const { origin, path } = targetOf(url);
    const exchange = new Exchange(signal, resolve, reject);
    if (signal.aborted) return;
    poolOf(origin).dispatch({ path, method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body }, exchange);
  });
}

interface Target {
  readonly origin: string;
  readonly path: string;
}

/** URLs are configured: there are as many as there are providers. */
const targets = new Map<string, Target>();

function targetOf(url: string): Target {
  let target = targets.get(url);
  if (target === undefined) {
    const { origin, pathname, search } = new URL(url);
    target = { origin, path: pathname + search };
    targets.set(url, target);
  }
  return target;
}

/** One request and its response. */
class Exchange implements Dispatcher.DispatchHandler, HttpResponse {
  status = 0;
  headers: IncomingHttpHeaders = {};
  #controller: Dispatcher.DispatchController | undefined;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #hasBegun = false;
  #isOver = false;
  #isReleased = false;
  #failure: Error | undefined;
  #reader: { readonly resolve: (next: IteratorResult<Uint8Array, void>) => void; readonly reject: (error: Error) => void } | undefined;

  constructor(
    private readonly signal: AbortSignal,
    private readonly resolve: (response: HttpResponse) => void,
    private readonly reject: (error: Error) => void,
  ) {
    if (signal.aborted) this.#abort();
    else signal.addEventListener('abort', this.#abort);
  }

  readonly #abort = (): void => {
    const reason: unknown = this.signal.reason;
    this.#fail(reason instanceof Error ? reason : new Error(String(reason)));
  };

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#failure !== undefined) controller.abort(this.#failure);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.status = status;
    this.headers = headers;
    this.#hasBegun = true;
    afterArrivals(() => this.resolve(this));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isReleased) return;
    if (this.#reader !== undefined) {
      const { resolve } = this.#reader;
      this.#reader = undefined;
      resolve({ done: false, value: chunk });
      return;
    }
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.byteLength;
    if (this.#waitingBytes > MAX_WAITING_BYTES) controller.pause();
  }

  onResponseEnd(): void {
    this.#end();
    this.#reader?.resolve({ done: true, value: undefined });
    this.#reader = undefined;
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(connectionErrorOf(error));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, void>> {
    if (this.#waiting.length > 0) {
      const value = this.#waiting.length === 1 ? (this.#waiting[0] as Buffer) : Buffer.concat(this.#waiting);
      this.#waiting = [];
      if (this.#waitingBytes > MAX_WAITING_BYTES && !this.#isOver) this.#controller?.resume();
      this.#waitingBytes = 0;
      return Promise.resolve({ done: false, value });
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  async text(): Promise<string> {
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of this) {
      parts.push(chunk);
      bytes += chunk.byteLength;
      if (bytes >= MAX_TEXT_BYTES) break;
    }
    return Buffer.concat(parts).toString('utf8', 0, MAX_TEXT_BYTES);
  }

  release(complete: boolean): void {
    this.#isReleased = true;
    this.#waiting = [];
    if (this.#isOver) return;
    if (!complete) return this.#fail(new Error('The answer was not read to its end.'));
    this.#controller?.resume();
    const late = setTimeout(() => this.#fail(new Error(`The response did not end within ${DRAIN_MS} ms.`)), DRAIN_MS).unref();
    this.#onEnd = () => clearTimeout(late);
  }

  #onEnd = (): void => undefined;

  #end(): void {
    this.#isOver = true;
    this.signal.removeEventListener('abort', this.#abort);
    this.#onEnd();
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#end();
    this.#failure = error;
    this.#controller?.abort(error);
    // What came before it in the same turn is read first.
    if (!this.#hasBegun) this.reject(error);
    this.#reader?.reject(error);
    this.#reader = undefined;
  }
}
