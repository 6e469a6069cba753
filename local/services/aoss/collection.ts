import * as path from 'node:path';
import { isJsonObject } from '../json-protocol';
import { errorBody, noSuchIndex, searchError } from './errors';
import { readMapping } from './mapping';
import { search } from './search';
import { SearchIndex } from './search-index';
import { ServiceError } from '../../service';

export interface CollectionDefinition {
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  /** Where its documents are kept. Absent: in memory. */
  readonly directory?: string | undefined;
}

/** A collection with its indexes. */
export class Collection {
  readonly #indexes = new Map<string, SearchIndex>();

  constructor(readonly definition: CollectionDefinition) {}

  /** @param body `{ settings?, mappings? }`. @throws ServiceError where the service would refuse it */
  createIndex(name: string, body: unknown): void {
    if (this.#indexes.has(name)) throw searchError('resource_already_exists_exception', `index [${name}] already exists`);
    const { settings, mappings, ...rest } = isJsonObject(body) ? body : {};
    const other = Object.keys(rest)[0];
    if (other !== undefined) throw searchError('parse_exception', `unknown key [${other}] for create index`);
    const mapping = readMapping(mappings);
    const hasVectors = [...mapping.values()].some(({ type }) => type === 'knn_vector');
    if (hasVectors && !isForVectors(settings)) {
      throw searchError('mapper_parsing_exception', 'An index with a knn_vector field needs the setting index.knn: true');
    }
    const { directory, name: collection } = this.definition;
    this.#indexes.set(name, new SearchIndex(mapping, directory && path.join(directory, `${collection}.${name}.jsonl`)));
  }

  deleteIndex(name: string): void {
    this.index(name).drop();
    this.#indexes.delete(name);
  }

  /** @throws ServiceError where there is none */
  index(name: string): SearchIndex {
    const found = this.#indexes.get(name);
    if (found === undefined) throw noSuchIndex(name);
    return found;
  }

  find(name: string): SearchIndex | undefined {
    return this.#indexes.get(name);
  }

  search(name: string, body: unknown): object {
    return search(body, name, this.index(name).searched);
  }

  /** Every search has an answer of its own, failed or not. */
  searchAll(searches: readonly { readonly index: string; readonly body: unknown }[]): object {
    const responses = searches.map(({ index, body }) => {
      try {
        return { ...this.search(index, body), status: 200 };
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        return { error: errorBody(error), status: error.status };
      }
    });
    return { took: 1, responses };
  }

  close(): void {
    for (const index of this.#indexes.values()) index.close();
  }
}

function isForVectors(settings: unknown): boolean {
  if (!isJsonObject(settings)) return false;
  const { index } = settings;
  const value = (isJsonObject(index) ? index.knn : undefined) ?? settings['index.knn'] ?? settings.knn;
  return value === true || value === 'true';
}
