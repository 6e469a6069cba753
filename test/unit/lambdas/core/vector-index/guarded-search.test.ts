import { createGuardedSearch, type SearchOutcome } from '../../../../../lambdas/core/vector-index/guarded-search';
import type { VectorHit } from '../../../../../lambdas/core/vector-index/types';
import { VectorIndexError } from '../../../../../lambdas/core/vector-index/vector-index-error';

const query = { vector: [1], limit: 1, filter: {} };
const HIT: VectorHit = { id: 'a', similarity: 1, text: undefined, fields: {} };
const DEAD = new Error('connect ECONNREFUSED');

/** An index whose searches the test ends, and time that the test moves. */
function setUp() {
  const asked: { readonly answer: (hits: VectorHit[]) => void; readonly fail: (error: unknown) => void }[] = [];
  const failures: string[] = [];
  const search = createGuardedSearch({
    search: () => new Promise<readonly VectorHit[]>((answer, fail) => asked.push({ answer, fail })),
    clock: { nowMs: () => Date.now() },
    onFailure: (error) => failures.push((error as Error).message),
  });
  return { asked, failures, search: () => search(query) };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const searched = { state: 'searched', hits: [HIT] };

/** Whether it has an outcome by now, without waiting for one. */
async function outcomeOf(outcome: Promise<SearchOutcome>): Promise<SearchOutcome | 'none yet'> {
  await jest.advanceTimersByTimeAsync(0);
  return Promise.race([outcome, Promise.resolve('none yet' as const)]);
}

async function failOnce({ asked, search }: ReturnType<typeof setUp>, error: unknown = DEAD): Promise<void> {
  const first = search();
  asked.at(-1)?.fail(error);
  expect(await first).toEqual({ state: 'failed' });
}

test('an answer in time is passed on, and no timer is left', async () => {
  const { asked, failures, search } = setUp();
  const outcome = search();
  asked[0]?.answer([HIT]);
  expect(await outcome).toEqual(searched);
  expect(jest.getTimerCount()).toBe(0);
  expect(failures).toEqual([]);
});

test('a silent index costs one call 150 ms and the calls after it nothing', async () => {
  const { asked, failures, search } = setUp();
  const first = search();
  await jest.advanceTimersByTimeAsync(149);
  expect(await outcomeOf(first)).toBe('none yet');
  await jest.advanceTimersByTimeAsync(1);
  expect(await outcomeOf(first)).toEqual({ state: 'failed' });
  for (let call = 0; call < 100; call++) expect(await outcomeOf(search())).toEqual({ state: 'skipped' });
  expect(asked).toHaveLength(1);
  expect(failures).toEqual(['The vector index did not answer within 150 ms.']);
});

test('what fails late is told once', async () => {
  const { asked, failures, search } = setUp();
  const first = search();
  await jest.advanceTimersByTimeAsync(150);
  asked[0]?.fail(DEAD);
  expect(await first).toEqual({ state: 'failed' });
  expect(failures).toHaveLength(1);
});

test('after a while one search probes, and nobody waits for it', async () => {
  const all = setUp();
  const { asked, search } = all;
  await failOnce(all);
  await jest.advanceTimersByTimeAsync(29_999);
  await search();
  expect(asked).toHaveLength(1);
  await jest.advanceTimersByTimeAsync(1);
  expect(await outcomeOf(search())).toEqual({ state: 'skipped' });
  expect(await outcomeOf(search())).toEqual({ state: 'skipped' });
  expect(asked).toHaveLength(2);
  // It was cold, and took its time.
  await jest.advanceTimersByTimeAsync(20_000);
  asked[1]?.answer([HIT]);
  await jest.advanceTimersByTimeAsync(0);
  const next = search();
  asked[2]?.answer([HIT]);
  expect(await next).toEqual(searched);
});

test('a probe that fails leaves it as it was, and is told', async () => {
  const all = setUp();
  const { asked, failures, search } = all;
  await failOnce(all);
  await jest.advanceTimersByTimeAsync(30_000);
  await search();
  asked[1]?.fail(DEAD);
  await jest.advanceTimersByTimeAsync(0);
  expect(await outcomeOf(search())).toEqual({ state: 'skipped' });
  expect(asked).toHaveLength(2);
  expect(failures).toEqual([DEAD.message, DEAD.message]);
});

test.each([
  [new VectorIndexError('a search', 403, 'security_exception'), 1],
  [new VectorIndexError('a search', 404, 'index_not_found_exception'), 1],
  [new VectorIndexError('a search', 429, 'circuit_breaking_exception'), 1],
  [new VectorIndexError('a search', 503, 'unknown'), 1],
  [new VectorIndexError('a search', 400, 'search_phase_execution_exception'), 2],
  [new RangeError('The vector of the query has 3 numbers'), 2],
])('after %s the index is asked %d times in two calls', async (error, times) => {
  const all = setUp();
  await failOnce(all, error);
  void all.search();
  expect(all.asked).toHaveLength(times);
  expect(all.failures).toEqual([error.message]);
});
