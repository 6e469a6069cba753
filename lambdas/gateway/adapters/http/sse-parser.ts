import { StringDecoder } from 'node:string_decoder';
import { GatewayError } from '../../../core/errors';

/** Of one event, in UTF-16 units. Pieces of an answer are small; what is longer than this is none. */
const MAX_EVENT_CHARACTERS = 4_194_304;
const BYTE_ORDER_MARK = '\uFEFF';

export interface ServerSentEvent {
  /** The event's name; undefined where it has none. */
  readonly event: string | undefined;
  /** Its `data` lines, with line feeds between them. */
  readonly data: string;
}

/**
 * The events of a `text/event-stream`, as soon as their blank line is there, wherever the chunks are cut: those that a chunk ends, together (HTML standard, 9.2.6). An event
 * without its blank line was cut off and is not given. Comments, `id` and `retry` are passed over. Each character is looked at twice, and
 * no more than one event is held.
 *
 * @throws GatewayError `model_stream_interrupted` for an event of more than 4 Mi characters.
 */
export async function* parseServerSentEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly ServerSentEvent[], void> {
  // Keeps the first bytes of a character whose others come with the next chunk.
  const decoder = new StringDecoder('utf8');
  const parser = new Parser();
  let isStart = true;
  for await (const chunk of chunks) {
    let text = decoder.write(chunk);
    if (isStart && text !== '') {
      isStart = false;
      if (text.startsWith(BYTE_ORDER_MARK)) text = text.slice(1);
    }
    const events = parser.push(text);
    if (events.length > 0) yield events;
  }
}

class Parser {
  /** The line that has not ended yet. */
  #line = '';
  /** The last line ended with CR: a LF that follows belongs to it. */
  #endedWithReturn = false;
  #event: string | undefined;
  /** Of the event that has not ended yet: its `data` lines, with line feeds between them. */
  #data: string | undefined;
  #dataCharacters = 0;

  /** The events that end in this text. */
  push(text: string): readonly ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    let start = 0;
    if (this.#endedWithReturn && text !== '') {
      this.#endedWithReturn = false;
      if (text.startsWith('\n')) start = 1;
    }
    let lineFeed = text.indexOf('\n', start);
    let carriageReturn = text.indexOf('\r', start);
    while (lineFeed !== -1 || carriageReturn !== -1) {
      const isReturn = carriageReturn !== -1 && (lineFeed === -1 || carriageReturn < lineFeed);
      const end = isReturn ? carriageReturn : lineFeed;
      const event = this.#endLine(this.#line === '' ? text.slice(start, end) : this.#line + text.slice(start, end));
      this.#line = '';
      if (event !== undefined) events.push(event);
      start = end + 1;
      if (isReturn) {
        if (text[start] === '\n') start += 1;
        else this.#endedWithReturn = start === text.length;
        carriageReturn = text.indexOf('\r', start);
      }
      if (lineFeed !== -1 && lineFeed < start) lineFeed = text.indexOf('\n', start);
    }
    this.#line += text.slice(start);
    this.#checkLength(this.#line);
    return events;
  }

  #endLine(line: string): ServerSentEvent | undefined {
    if (line === '') return this.#dispatch();
    this.#checkLength(line);
    // What nearly every line is.
    if (line.startsWith('data: ')) {
      this.#addData(line.slice(6));
      return undefined;
    }
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    if (name !== 'data' && name !== 'event') return undefined;
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'event') {
      this.#event = value === '' ? undefined : value;
    } else {
      this.#addData(value);
    }
    return undefined;
  }

  #addData(value: string): void {
    this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
    this.#dataCharacters += value.length + 1;
  }

  #dispatch(): ServerSentEvent | undefined {
    const event = this.#data === undefined ? undefined : { event: this.#event, data: this.#data };
    this.#event = undefined;
    this.#data = undefined;
    this.#dataCharacters = 0;
    return event;
  }

  #checkLength(line: string): void {
    if (this.#dataCharacters + line.length <= MAX_EVENT_CHARACTERS) return;
    throw new GatewayError('model_stream_interrupted', `The model sent an event of more than ${MAX_EVENT_CHARACTERS} characters.`);
  }
}
