import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Cut } from '../faults';
import type { WireResponse } from '../service';
import type { AnswerStream, Exchange } from './both-protocols';

/** Belong to one connection (HTTP/2 refuses them), or are set here. */
const OWN_HEADERS = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'content-length']);

/**
 * Sends an answer, a stream chunk by chunk and no faster than the caller reads. With `cut` the socket is destroyed instead of a clean end.
 * Stops without a word when the caller goes away. Throws what the stream throws, once what came before has been sent.
 */
export async function sendAnswer(exchange: Exchange, answer: WireResponse, callerGone: AbortSignal, cut?: Cut): Promise<void> {
  const { response } = exchange;
  const headers: Record<string, string> = { 'x-amzn-requestid': randomUUID() };
  for (const [name, value] of Object.entries(answer.headers)) {
    if (!OWN_HEADERS.has(name.toLowerCase())) headers[name.toLowerCase()] = value;
  }
  const { body } = answer;
  if (exchange.method === 'HEAD') {
    // The length of what a GET would get: an answer to HEAD has no body to take it from.
    response.writeHead(answer.status, { ...headers, 'content-length': answer.headers['content-length'] ?? '0' });
    response.end();
    return;
  }
  if (!isStream(body)) {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    response.writeHead(answer.status, { ...headers, 'content-length': String(bytes.length) });
    if (cut) await cutOff(exchange, halves(bytes), callerGone, cut);
    else response.end(bytes);
    return;
  }
  response.writeHead(answer.status, headers);
  if (cut) {
    await cutOff(exchange, body, callerGone, cut);
    return;
  }
  response.flushHeaders?.();
  await new Sender(response, callerGone).pipe(body);
  if (!callerGone.aborted) response.end();
}

async function cutOff(exchange: Exchange, chunks: Chunks, callerGone: AbortSignal, cut: Cut): Promise<void> {
  exchange.response.flushHeaders?.();
  // The head is handed over at the end of this turn of the event loop.
  await setImmediate();
  await new Sender(exchange.response, callerGone).pipe(chunks, cut);
  exchange.destroySocket();
}

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

function isStream(body: WireResponse['body']): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && Symbol.asyncIterator in body;
}

/** An answer that is sent at once has no chunks to cut between. */
function halves(bytes: Uint8Array): readonly Uint8Array[] {
  const half = Math.ceil(bytes.length / 2);
  return [bytes.subarray(0, half), bytes.subarray(half)];
}

/** Writes to one caller, and knows what has left. */
class Sender {
  #unsent = 0;
  #onAllSent?: () => void;

  constructor(
    private readonly response: AnswerStream,
    private readonly callerGone: AbortSignal,
  ) {}

  /** Ends with the chunks, at the limit, or when the caller goes; what was written has then been handed to the operating system. */
  async pipe(chunks: Chunks, { afterChunks = Number.MAX_SAFE_INTEGER, afterBytes = Number.MAX_SAFE_INTEGER }: Cut = {}): Promise<void> {
    let chunksLeft = afterChunks;
    let bytesLeft = afterBytes;
    if (chunksLeft <= 0 || bytesLeft <= 0) return;
    try {
      for await (const chunk of chunks) {
        if (this.callerGone.aborted) return;
        const bytes = chunk.subarray(0, bytesLeft);
        await this.#write(bytes);
        bytesLeft -= bytes.length;
        chunksLeft -= 1;
        if (chunksLeft <= 0 || bytesLeft <= 0) break;
      }
    } finally {
      await this.#allSent();
    }
  }

  /** Resolves when the caller can take more, or has gone. */
  async #write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    this.#unsent += 1;
    const accepted = this.response.write(bytes, () => {
      this.#unsent -= 1;
      if (this.#unsent === 0) this.#onAllSent?.();
    });
    if (!accepted) await this.#until((resolve) => this.response.once('drain', resolve));
  }

  async #allSent(): Promise<void> {
    if (this.#unsent === 0) return;
    await this.#until((resolve) => {
      this.#onAllSent = resolve;
    });
  }

  /** Resolves with the event, or when the caller goes. */
  #until(subscribe: (resolve: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      if (this.callerGone.aborted) {
        resolve();
        return;
      }
      const done = (): void => {
        this.response.off('close', done);
        resolve();
      };
      this.response.once('close', done);
      subscribe(done);
    });
  }
}
