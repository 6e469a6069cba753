import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { ServiceError } from '../../service';
import { JsonLog, replaceLog } from '../../state/json-log';
import { readDocument, type StoredDocument } from './document';
import type { Mapping } from './mapping';
import type { Searched } from './query';

type Entry = { readonly put: string; readonly source: unknown } | { readonly delete: string };

const ID_BYTES = 15;

/** One index of a collection. What is written is found at once; the service takes a little longer. */
export class SearchIndex {
  readonly #documents = new Map<string, StoredDocument>();
  readonly #file: string | undefined;
  #log: JsonLog<Entry> | undefined;

  /** @param file Where its documents are kept. Absent: in memory. */
  constructor(
    readonly mapping: Mapping,
    file: string | undefined,
  ) {
    this.#file = file;
    if (file === undefined) return;
    this.#read(file);
    // Without what was deleted since.
    replaceLog<Entry>(
      file,
      [...this.#documents.values()].map(({ id, source }) => ({ put: id, source })),
    );
    this.#log = JsonLog.open<Entry>(file, () => undefined);
  }

  get searched(): Searched {
    return { mapping: this.mapping, documents: [...this.#documents.values()] };
  }

  /** @returns The id, which the service makes. @throws ServiceError where the document does not fit the mapping */
  add(source: unknown): string {
    const id = randomBytes(ID_BYTES).toString('base64url');
    const document = readDocument(id, source, this.mapping);
    this.#log?.append({ put: id, source });
    this.#documents.set(id, document);
    return id;
  }

  /** Whether it was there. */
  delete(id: string): boolean {
    if (!this.#documents.has(id)) return false;
    this.#log?.append({ delete: id });
    return this.#documents.delete(id);
  }

  close(): void {
    this.#log?.close();
    this.#log = undefined;
  }

  /** Takes away what is kept of it. */
  drop(): void {
    this.close();
    if (this.#file !== undefined) fs.rmSync(this.#file, { force: true });
  }

  #read(file: string): void {
    JsonLog.open<Entry>(file, (entry) => {
      if ('delete' in entry) this.#documents.delete(entry.delete);
      else this.#keep(entry.put, entry.source);
    }).close();
  }

  /** What does not fit a mapping that has changed since is gone: such an index is made anew, in AWS too. */
  #keep(id: string, source: unknown): void {
    try {
      this.#documents.set(id, readDocument(id, source, this.mapping));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
    }
  }
}
