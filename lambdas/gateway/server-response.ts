import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { EventStream } from './gateway-answer';
import { LightAnswer } from './light-answer';

/** In UTF-16 units: events that come without a pause are sent in pieces of this size. */
const MAX_PENDING_CHARACTERS = 65_536;

/**
 * Sends a response: events at the reader's pace, those of a turn of the event loop in one piece; any other body at once with its length.
 *
 * @param signal Aborted when nobody is to be answered any more: the events are cancelled and the connection closed.
 * @throws the events' own error, after the connection was cut: an answer that is not whole must not look so.
 */
export function sendResponse(response: Response, outgoing: ServerResponse, signal: AbortSignal): Promise<void> | void {
  if (!(response instanceof LightAnswer)) return sendForeign(response, outgoing);
  const { content, status, headers } = response as LightAnswer;
  if (typeof content === 'string') return sendWhole(content, outgoing, status, headers.raw);
  return sendEvents(content, new EventSender(outgoing, status, headers.raw), outgoing, signal);
}

/** The answer to HEAD, a `Response` of Hono's making. */
async function sendForeign(response: Response, outgoing: ServerResponse): Promise<void> {
  sendWhole(await response.text(), outgoing, response.status, [...response.headers].flat());
}

async function sendEvents(events: EventStream, sender: EventSender, outgoing: ServerResponse, signal: AbortSignal): Promise<void> {
  try {
    await sender.send(events, signal);
  } catch (error) {
    outgoing.destroy();
    if (!signal.aborted) throw error;
  }
}

function sendWhole(body: string, outgoing: ServerResponse, status: number, headers: string[]): void {
  const bytes = Buffer.byteLength(body);
  headers.push('content-length', String(bytes));
  // The same bytes where all of it is ASCII, and nobody has to look at them again.
  outgoing.writeHead(status, headers).end(body, bytes === body.length ? 'latin1' : 'utf8');
}

class EventSender {
  #pending = '';
  #isScheduled = false;
  #isEnded = false;

  constructor(
    private readonly outgoing: ServerResponse,
    private readonly status: number,
    private readonly headers: readonly string[],
  ) {}

  async send(stream: EventStream, signal: AbortSignal): Promise<void> {
    const { events } = stream;
    const leave = () => void stream.onCancel().catch(() => undefined);
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave);
    try {
      for (let next = await events.next(); !next.done && !signal.aborted; next = await events.next()) {
        this.#pending += next.value;
        if (this.#pending.length >= MAX_PENDING_CHARACTERS) this.#flush();
        else this.#schedule();
        if (this.outgoing.writableNeedDrain) await once(this.outgoing, 'drain', { signal });
      }
      if (signal.aborted) this.outgoing.destroy();
      else this.#end();
    } finally {
      this.#isEnded = true;
      signal.removeEventListener('abort', leave);
      await events.return();
      stream.onEnd();
    }
  }

  /** After what is going on now. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(() => {
      this.#isScheduled = false;
      if (!this.#isEnded) this.#flush();
    });
  }

  #flush(): void {
    if (this.#pending === '') return;
    const text = this.#pending;
    this.#pending = '';
    if (!this.outgoing.headersSent) this.outgoing.writeHead(this.status, [...this.headers]);
    this.outgoing.write(text);
  }

  /** What was over within one turn has its length, and goes out with its head in one piece. */
  #end(): void {
    if (this.outgoing.headersSent) this.outgoing.end(this.#pending);
    else sendWhole(this.#pending, this.outgoing, this.status, [...this.headers]);
  }
}
