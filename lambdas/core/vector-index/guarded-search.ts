import { Breakers } from '../breaker';
import type { Clock } from '../clock';
import type { VectorHit, VectorQuery } from './types';
import { VectorIndexError } from './vector-index-error';

/** What a search came to. `failed` cost its caller up to the time limit, `skipped` nothing. */
export type SearchOutcome<Hits = readonly VectorHit[]> =
  | { readonly state: 'searched'; readonly hits: Hits }
  | { readonly state: 'failed' | 'skipped' };

export interface GuardedSearchOptions<Query = VectorQuery, Hits = readonly VectorHit[]> {
  /** All that the time limit is for. */
  readonly search: (query: Query) => Promise<Hits>;
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
export function createGuardedSearch<Query = VectorQuery, Hits = readonly VectorHit[]>(
  options: GuardedSearchOptions<Query, Hits>,
): (query: Query) => Promise<SearchOutcome<Hits>> {
  const { search, clock, onFailure, timeoutMs = 150, retryAfterMs = 30_000 } = options;
  const breakers = new Breakers({ failureThreshold: 1, openMs: retryAfterMs }, clock, 1);

  return async (query) => {
    const isProbe = breakers.size > 0;
    const permit = breakers.enter(KEY);
    if (permit === undefined) return { state: 'skipped' };
    let timer: NodeJS.Timeout | undefined;
    let isLate = false;
    const searched = search(query).then(
      (hits): SearchOutcome<Hits> => {
        permit.succeeded();
        return { state: 'searched', hits };
      },
      (error: unknown): SearchOutcome<Hits> => {
        // What is wrong with this query is not wrong with the index.
        if (isOfTheQuery(error)) permit.released();
        else permit.failed();
        if (!isLate) onFailure(error);
        return { state: 'failed' };
      },
    );
    if (isProbe) return { state: 'skipped' };
    const late = new Promise<SearchOutcome<Hits>>((resolve) => {
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
