import { type AwsConfig, createSignedJsonCall, type JsonOperation } from '../signed-json-call';
import { type BulkAnswer, inBodies, isGone, lineToDelete, linesToAdd, putResultOf } from './bulk';
import { hitsOf, idsBody, type SearchAnswer, searchBody } from './search-request';
import type { VectorIndex } from './types';
import { readAnswer } from './vector-index-error';
import { checkVector } from './vectors';

const BULK_TIMEOUT_MS = 10_000;
const SEARCH_TIMEOUT_MS = 2_000;

export interface VectorIndexOptions {
  /** Of the collection, from the function's own environment: no client of the AWS SDK knows it. */
  readonly endpoint: string;
  readonly indexName: string;
  /** Numbers in a vector. */
  readonly dimensions: number;
  /** For each request that writes, in milliseconds. @default 10,000: writing waits for replicas */
  readonly bulkTimeoutMs?: number;
}

/**
 * The index of a collection of OpenSearch Serverless, by signed requests of our own: the official client would add 660 kB to a bundle of as much.
 * Calls reject with VectorIndexError where the service refuses them whole, with RangeError for input that cannot be meant, and with the connection's or
 * the credentials' error. Nothing is sent twice: a `put` that failed may have been done, and `distinctBy` hides what is there twice.
 */
export function createVectorIndex(
  config: AwsConfig,
  { endpoint, indexName, dimensions, bulkTimeoutMs = BULK_TIMEOUT_MS }: VectorIndexOptions,
): VectorIndex {
  if (!/^[a-z0-9][a-z0-9_-]*$/.test(indexName))
    throw new Error(`The index name "${indexName}" is not of lower-case letters, digits, - and _.`);
  const callOf = (api: string, contentType: JsonOperation['contentType'], timeoutMs: number) =>
    createSignedJsonCall(config, { service: 'aoss', contentType, path: `/${indexName}/${api}`, timeoutMs, addressIn: () => endpoint });
  const callSearch = callOf('_search', 'application/json', SEARCH_TIMEOUT_MS);
  const callBulk = callOf('_bulk', 'application/x-ndjson', bulkTimeoutMs);

  async function bulk(what: string, pieces: readonly string[]): Promise<BulkAnswer['items'][number][]> {
    const items: BulkAnswer['items'][number][] = [];
    // One after the other: their answers are in the order of what was asked, and an error leaves the rest unsent.
    for (const body of inBodies(pieces)) items.push(...(readAnswer(what, await callBulk(body)) as BulkAnswer).items);
    return items;
  }

  return {
    async put(documents) {
      for (const [position, { vector }] of documents.entries()) checkVector(vector, dimensions, `document ${position}`);
      return (await bulk('documents', documents.map(linesToAdd))).map(putResultOf);
    },
    async search(query) {
      checkVector(query.vector, dimensions, 'the query');
      return hitsOf(readAnswer('a search', await callSearch(searchBody(query))) as SearchAnswer, query);
    },
    async findIds(filter, limit) {
      const { hits } = readAnswer('a search', await callSearch(idsBody(filter, limit))) as SearchAnswer;
      return hits.hits.map(({ _id }) => _id);
    },
    async remove(ids) {
      const items = await bulk('a deletion', ids.map(lineToDelete));
      return ids.filter((_id, position) => !isGone(items[position] ?? {}));
    },
  };
}
