import { StringDecoder } from 'node:string_decoder';
import { GatewayError } from '../../../core/errors';

/** Of one event, in UTF-16 units. Pieces of an answer are small; what is longer than this is none. */
const MAX_EVENT_CHARACTERS = 4_194_304;
const BYTE_ORDER_MARK = '\uFEFF';
const LINE_FEED = 10;

/** What nearly every line begins with. */
export const DATA = 'data: ';
/** What ends nearly every event. */
export const END = '\n\n';

export interface ServerSentEvent {
  /** The event's name; undefined where it has none. */
  readonly event: string | undefined;
  /** Its `data` lines, with line feeds between them. */
  readonly data: string;
}

/** What stands around the text of each of many events. */
export interface Frame {
  /** Begins with `DATA`. */
  readonly head: string;
  /** Ends with `END`. */
  readonly tail: string;
  /** Tail and head, from one text to the next. Kept here: V8 copies one that is put together where it is looked for, again for each event. */
  readonly between: string;
}

export function frameOf(head: string, tail: string): Frame {
  return { head, tail, between: tail + head };
}

/**
 * The events of a `text/event-stream`, as soon as their blank line is there, wherever its bytes are cut (HTML standard, 9.2.6): those that a chunk ends are read one by one
 * after it was written. An event without its blank line was cut off and is not given. Comments, `id` and `retry` are passed over. Each character is looked at
 * a few times, and no more than one chunk and one event are held.
 */
export class ServerSentEventParser {
  /** Keeps the first bytes of a character whose others come with the next chunk. */
  readonly #decoder = new StringDecoder('utf8');
  #isStart = true;
  /** What was written last, and how much of it was read. */
  #text = '';
  #at = 0;
  /** Whether lines may end with CR too. */
  #hasReturns = false;
  /** From where it was last looked for, the next one; the text's length where there is none. */
  #lineFeed = -1;
  #return = -1;
  /** The line that has not ended yet, as far as it is of chunks before. */
  #line = '';
  /** The last line ended with CR: a LF that follows belongs to it. */
  #endedWithReturn = false;
  #event: string | undefined;
  /** Of the event that has not ended yet: its `data` lines, with line feeds between them. */
  #data: string | undefined;
  #dataCharacters = 0;

  /** Call it when `next` has nothing more. */
  write(chunk: Uint8Array): void {
    let text = this.#decoder.write(chunk);
    if (this.#isStart && text !== '') {
      this.#isStart = false;
      if (text.startsWith(BYTE_ORDER_MARK)) text = text.slice(1);
    }
    this.#text = text;
    this.#at = 0;
    this.#hasReturns = text.includes('\r');
    this.#lineFeed = -1;
    this.#return = -1;
    if (!this.#endedWithReturn || text === '') return;
    this.#endedWithReturn = false;
    if (text.startsWith('\n')) this.#at = 1;
  }

  /**
   * The next event that has ended; undefined until more is written.
   *
   * @throws GatewayError `model_stream_interrupted` for an event of more than 4 Mi characters.
   */
  next(): ServerSentEvent | undefined {
    // What nearly every event is: one line.
    if (this.#isBetween && this.#text.startsWith(DATA, this.#at)) {
      const end = this.#text.indexOf('\n', this.#at);
      if (end !== -1 && this.#text.charCodeAt(end + 1) === LINE_FEED) {
        const data = this.#text.slice(this.#at + DATA.length, end);
        this.#checkLength(data);
        this.#at = end + END.length;
        return { event: undefined, data };
      }
    }
    for (let line = this.#nextLine(); line !== undefined; line = this.#nextLine()) {
      const event = this.#endLine(line);
      if (event !== undefined) return event;
    }
    return undefined;
  }

  /**
   * What stands between head and tail of each of the events that come next, as many as have both: at once, for streams whose events are alike.
   *
   * @param isRight Whether it is what may stand there; it and what follows is left for `next` where not.
   */
  takeAlike({ head, tail, between }: Frame, isRight: (text: string) => boolean): readonly string[] {
    const texts: string[] = [];
    if (!this.#isBetween || !this.#text.startsWith(head, this.#at)) return texts;
    for (let start = this.#at + head.length, isLast = false; !isLast; ) {
      let end = this.#text.indexOf(between, start);
      isLast = end === -1;
      if (isLast) end = this.#text.indexOf(tail, start);
      const text = end === -1 ? undefined : this.#text.slice(start, end);
      if (text === undefined || !isRight(text)) break;
      texts.push(text);
      this.#at = end + tail.length;
      start = end + between.length;
    }
    return texts;
  }

  /** Between two events, in a text whose lines end with LF. */
  get #isBetween(): boolean {
    return !this.#hasReturns && this.#line === '' && this.#data === undefined && this.#event === undefined;
  }

  /** Without its end; undefined for one that has not ended. */
  #nextLine(): string | undefined {
    const text = this.#text;
    const end = this.#lineEnd();
    const own = text.slice(this.#at, end);
    const line = this.#line === '' ? own : this.#line + own;
    this.#checkLength(line);
    if (end === text.length) {
      this.#line = line;
      this.#text = '';
      this.#at = 0;
      this.#lineFeed = -1;
      this.#return = -1;
      return undefined;
    }
    this.#line = '';
    this.#at = end + 1;
    if (text[end] === '\r') {
      if (text[this.#at] === '\n') this.#at += 1;
      else this.#endedWithReturn = this.#at === text.length;
    }
    return line;
  }

  /** The text's length where the line has none. */
  #lineEnd(): number {
    if (this.#lineFeed < this.#at) this.#lineFeed = this.#find('\n');
    if (!this.#hasReturns) return this.#lineFeed;
    if (this.#return < this.#at) this.#return = this.#find('\r');
    return Math.min(this.#lineFeed, this.#return);
  }

  #find(character: string): number {
    const index = this.#text.indexOf(character, this.#at);
    return index === -1 ? this.#text.length : index;
  }

  #endLine(line: string): ServerSentEvent | undefined {
    if (line === '') return this.#dispatch();
    if (line.startsWith(DATA)) {
      this.#addData(line.slice(DATA.length));
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
