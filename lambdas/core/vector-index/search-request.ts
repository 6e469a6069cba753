import { TEXT_FIELD, VECTOR_FIELD } from './bulk';
import type { Fields, Filter, Range, VectorHit, VectorQuery } from './types';
import { cosineOf } from './vectors';

const MAX_LIMIT = 1_000;
/** The service ranks by compressed vectors: the best hits stand among so many times more of its own. */
const CANDIDATES_PER_HIT = 4;
const MIN_CANDIDATES = 16;

export interface SearchAnswer {
  readonly hits: { readonly hits: readonly { readonly _id: string; readonly _source?: Readonly<Record<string, unknown>> }[] };
}

/** The body of the search. @throws RangeError for a limit that is none */
export function searchBody({ vector, limit, filter }: VectorQuery): string {
  checkLimit(limit);
  const k = Math.max(MIN_CANDIDATES, limit * CANDIDATES_PER_HIT);
  const clauses = clausesOf(filter);
  const knn = { vector, k, ...(clauses.length > 0 && { filter: { bool: { filter: clauses } } }) };
  return JSON.stringify({ size: k, query: { knn: { [VECTOR_FIELD]: knn } } });
}

/** The body of a search for ids alone. @throws RangeError for a limit that is none */
export function idsBody(filter: Filter, limit: number): string {
  checkLimit(limit);
  return JSON.stringify({ size: limit, _source: false, query: { bool: { filter: clausesOf(filter) } } });
}

function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return;
  throw new RangeError(`limit is ${limit}; a search takes a whole number from 1 to ${MAX_LIMIT}.`);
}

/** The candidates by their exact cosine, the best first, and no more than were asked for. */
export function hitsOf({ hits: { hits } }: SearchAnswer, { vector, limit, distinctBy }: VectorQuery): VectorHit[] {
  const found = hits.flatMap(({ _id: id, _source: source = {} }): VectorHit[] => {
    const { [VECTOR_FIELD]: own, [TEXT_FIELD]: text, ...fields } = source;
    // Without its vector nothing can be said of a hit.
    if (!Array.isArray(own) || own.length !== vector.length) return [];
    return [
      { id, similarity: cosineOf(vector, own as number[]), text: typeof text === 'string' ? text : undefined, fields: fields as Fields },
    ];
  });
  const sorted = found.sort((one, other) => other.similarity - one.similarity);
  return (distinctBy === undefined ? sorted : distinct(sorted, distinctBy)).slice(0, limit);
}

function distinct(hits: readonly VectorHit[], field: string): VectorHit[] {
  const seen = new Set<unknown>();
  return hits.filter(({ fields }) => {
    const value = fields[field];
    if (value === undefined) return true;
    const key = Array.isArray(value) ? JSON.stringify(value) : value;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function clausesOf(filter: Filter): object[] {
  return Object.entries(filter).map(([field, wanted]) => {
    if (Array.isArray(wanted)) return { terms: { [field]: wanted } };
    if (typeof wanted !== 'object') return { term: { [field]: wanted } };
    return rangeOf(field, wanted as Range);
  });
}

function rangeOf(field: string, range: Range): object {
  const bounds = Object.values(range) as unknown[];
  if (bounds.length === 0 || bounds.some((bound) => typeof bound !== 'number' || !Number.isFinite(bound))) {
    throw new RangeError(
      `The range of ${field} is ${JSON.stringify(range)}; it takes at least one of gt, gte, lt and lte, each a finite number.`,
    );
  }
  return { range: { [field]: range } };
}
