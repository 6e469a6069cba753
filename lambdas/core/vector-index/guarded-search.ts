import { Breakers } from '../breaker';
import type { Clock } from '../clock';
import type { VectorHit, VectorIndex, VectorQuery } from './types';
import { VectorIndexError } from './vector-index-error';

/** What a search came to. `failed` cost its caller up to the time limit, `skipped` nothing. */
export type SearchOutcome = { readonly state: 'searched'; readonly hits: readonly VectorHit[] } | { readonly state: 'failed' | 'skipped' };

export interface GuardedSearchOptions {
  readonly search: VectorIndex['search'];
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Told of each failure, of probes too: for the log and a metric. */
  readonly onFailure: (error: unknown) => void;
  /** Longest that a caller waits. @default 150 */
  readonly timeoutMs?: number;
  /** From a failure until the index is tried again. @default 30,000 */
  readonly retryAfterMs?: number;
}

const KEY = 'index';

/**
 * Searches for those who can do without: it never rejects, and an index that is dead, cold or not granted costs one call its time limit and the calls
 * after it nothing. Whether the index is back is found out by a search that nobody waits for, which also wakes a collection that fell asleep.
 */
export function createGuardedSearch(options: GuardedSearchOptions): (query: VectorQuery) => Promise<SearchOutcome> {
  const { search, clock, onFailure, timeoutMs = 150, retryAfterMs = 30_000 } = options;
  const breakers = new Breakers({ failureThreshold: 1, openMs: retryAfterMs }, clock, 1);

  return async (query) => {
    const isProbe = breakers.size > 0;
    const permit = breakers.enter(KEY);
    if (permit === undefined) return { state: 'skipped' };
    let timer: NodeJS.Timeout | undefined;
    let isLate = false;
    const searched = search(query).then(
      (hits): SearchOutcome => {
        permit.succeeded();
        return { state: 'searched', hits };
      },
      (error: unknown): SearchOutcome => {
        // What is wrong with this query is not wrong with the index.
        if (isOfTheQuery(error)) permit.released();
        else permit.failed();
        if (!isLate) onFailure(error);
        return { state: 'failed' };
      },
    );
    if (isProbe) return { state: 'skipped' };
    const late = new Promise<SearchOutcome>((resolve) => {
      timer = setTimeout(() => {
        isLate = true;
        permit.failed();
        onFailure(new Error(`The vector index did not answer within ${timeoutMs} ms.`));
        resolve({ state: 'failed' });
      }, timeoutMs);
    });
    try {
      return await Promise.race([searched, late]);
    } finally {
      clearTimeout(timer);
    }
  };
}

function isOfTheQuery(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof VectorIndexError && error.status === 400);
}
