import { BrokenLogError } from './log-records';

// Tags of a version edit: https://github.com/google/leveldb/blob/main/db/version_edit.cc
const COMPARATOR = 1;
const COMPACT_POINTER = 5;
const DELETED_FILE = 6;
const NEW_FILE = 7;
/** Log number, next file number, last sequence and previous log number: one number each. */
const SINGLE_NUMBERS: ReadonlySet<number> = new Set([2, 3, 4, 9]);

/**
 * The table files that make up a LevelDB store, by number, with their sizes in bytes. Other table files may lie beside them: compactions that were broken off.
 * Throws BrokenLogError for a manifest that does not read as one.
 */
export async function readLiveTables(records: AsyncIterable<Buffer>): Promise<ReadonlyMap<number, number>> {
  const sizes = new Map<number, number>();
  for await (const record of records) {
    const fields = new FieldReader(record);
    while (!fields.isAtEnd) applyField(fields, sizes);
  }
  return sizes;
}

function applyField(fields: FieldReader, sizes: Map<number, number>): void {
  const tag = fields.number();
  if (SINGLE_NUMBERS.has(tag)) {
    fields.number();
  } else if (tag === COMPARATOR) {
    fields.skipText();
  } else if (tag === COMPACT_POINTER) {
    fields.number();
    fields.skipText();
  } else if (tag === DELETED_FILE) {
    fields.number();
    sizes.delete(fields.number());
  } else if (tag === NEW_FILE) {
    fields.number();
    const file = fields.number();
    sizes.set(file, fields.number());
    fields.skipText();
    fields.skipText();
  } else {
    throw new BrokenLogError(`an unknown field ${tag}`);
  }
}

class FieldReader {
  #at = 0;

  constructor(private readonly record: Buffer) {}

  get isAtEnd(): boolean {
    return this.#at >= this.record.length;
  }

  /** A number in groups of seven bits, the lowest first. */
  number(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.record[this.#at++];
      if (byte === undefined) throw new BrokenLogError('a field that ends too soon');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  skipText(): void {
    const length = this.number();
    this.#at += length;
  }
}
