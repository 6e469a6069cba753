import * as fs from 'node:fs';

/** Where an entry stands in its file, in bytes. */
export interface EntryPlace {
  readonly offset: number;
  readonly length: number;
}

const NEWLINE = 0x0a;
const READ_BYTES = 1 << 20;

/**
 * A file of JSON lines that only grows. An entry is there once its newline is: what a crash left of a last line is cut off on opening, and what cannot
 * be read before that is an error, never passed over.
 */
export class JsonLog<T> {
  /**
   * Opens a log, or makes it; hands on each entry that is in it.
   *
   * @throws Error naming the line that is not JSON
   */
  static open<T>(file: string, onEntry: (entry: T, place: EntryPlace) => void): JsonLog<T> {
    const descriptor = fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
    try {
      const size = readLines(descriptor, (line, place, number) => onEntry(parse(line, number) as T, place));
      fs.ftruncateSync(descriptor, size);
      return new JsonLog<T>(descriptor, size);
    } catch (error) {
      fs.closeSync(descriptor);
      throw error;
    }
  }

  private constructor(
    private readonly descriptor: number,
    private size: number,
  ) {}

  /** Writes at once, so that entries stand in the order of the calls. Throws the system's error, and the entry is then not there. */
  append(entry: T): EntryPlace {
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    const place = { offset: this.size, length: line.length };
    for (let written = 0; written < line.length; ) {
      written += fs.writeSync(this.descriptor, line, written, line.length - written, this.size + written);
    }
    this.size += line.length;
    return place;
  }

  read({ offset, length }: EntryPlace): T {
    const line = Buffer.alloc(length);
    fs.readSync(this.descriptor, line, 0, length, offset);
    return JSON.parse(line.toString('utf8')) as T;
  }

  close(): void {
    fs.closeSync(this.descriptor);
  }
}

/** Writes a whole log anew, in one step for whoever reads it afterwards. */
export function replaceLog<T>(file: string, entries: Iterable<T>): void {
  fs.rmSync(`${file}.new`, { force: true });
  const log = JsonLog.open<T>(`${file}.new`, () => undefined);
  for (const entry of entries) log.append(entry);
  log.close();
  fs.renameSync(`${file}.new`, file);
}

/** Returns the bytes up to the end of the last whole line. */
function readLines(descriptor: number, onLine: (line: Buffer, place: EntryPlace, number: number) => void): number {
  const chunk = Buffer.alloc(READ_BYTES);
  let rest = Buffer.alloc(0);
  let end = 0;
  let number = 0;
  for (let position = 0; ; ) {
    const read = fs.readSync(descriptor, chunk, 0, READ_BYTES, position);
    if (read === 0) return end;
    position += read;
    let data = Buffer.concat([rest, chunk.subarray(0, read)]);
    for (let at = data.indexOf(NEWLINE); at >= 0; at = data.indexOf(NEWLINE)) {
      onLine(data.subarray(0, at), { offset: end, length: at + 1 }, ++number);
      end += at + 1;
      data = data.subarray(at + 1);
    }
    rest = Buffer.from(data);
  }
}

function parse(line: Buffer, number: number): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    throw new Error(`line ${number} is not JSON`);
  }
}
