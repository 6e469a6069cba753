import type { IncomingMessage } from 'node:http';

type Next = IteratorResult<Uint8Array, void>;

/** The body of a request of node:http, chunk by chunk: what `for await` over the request itself gives, at a fraction of its price. Read once. */
export class ServerBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, void> {
  readonly #waiting: Uint8Array[] = [];
  #isListening = false;
  #isOver = false;
  #failure: Error | undefined;
  #reader: { readonly resolve: (next: Next) => void; readonly reject: (error: Error) => void } | undefined;

  constructor(private readonly incoming: IncomingMessage) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @throws Error when the caller left before the end. */
  next(): Promise<Next> {
    const value = this.#waiting.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      if (this.#isListening) this.incoming.resume();
      else this.#listen();
    });
  }

  /** The rest stays unread. */
  return(): Promise<Next> {
    this.incoming.pause();
    this.#isOver = true;
    this.#waiting.length = 0;
    return Promise.resolve({ done: true, value: undefined });
  }

  #listen(): void {
    this.#isListening = true;
    // The caller left before anybody listened: no event will say so.
    if (this.incoming.destroyed) return this.#close();
    this.incoming
      .on('data', this.#take)
      .once('end', () => this.#end())
      .once('error', (error) => this.#fail(error))
      .once('close', () => this.#close());
  }

  readonly #take = (chunk: Buffer): void => {
    if (this.#isOver) return;
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader !== undefined) return reader.resolve({ done: false, value: chunk });
    this.#waiting.push(chunk);
    this.incoming.pause();
  };

  #end(): void {
    this.#isOver = true;
    // Else Node deletes it, which makes a table of the request's listeners.
    this.incoming.removeListener('data', this.#take);
    this.#reader?.resolve({ done: true, value: undefined });
    this.#reader = undefined;
  }

  #close(): void {
    // An error is dear: none is made for the requests that ended well.
    if (!this.#isOver) this.#fail(new Error('The request ended before its body did.'));
  }

  #fail(error: Error): void {
    if (this.#isOver || this.#failure !== undefined) return;
    this.#failure = error;
    this.#reader?.reject(error);
    this.#reader = undefined;
  }
}
