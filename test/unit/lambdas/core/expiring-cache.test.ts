import { ExpiringCache } from '../../../../lambdas/core/expiring-cache';

function setUp(maxEntries = 10) {
  const clock = { nowMs: 1_000_000 };
  const loads: string[] = [];
  const cache = new ExpiringCache<string | undefined>({ ttlMs: 30_000, maxEntries, nowMs: () => clock.nowMs });
  const get = (key: string, value: string | undefined = `value of ${key}`) =>
    cache.get(key, async () => {
      loads.push(key);
      return value;
    });
  return { clock, loads, cache, get };
}

test('loads once within 30 s, again at 30 s', async () => {
  const { clock, loads, get } = setUp();
  expect(await get('a')).toBe('value of a');
  clock.nowMs += 29_999;
  await get('a');
  expect(loads).toEqual(['a']);
  clock.nowMs += 1;
  await get('a');
  expect(loads).toEqual(['a', 'a']);
});

test('remembers what does not exist', async () => {
  const { loads, cache } = setUp();
  const load = async () => {
    loads.push('a');
    return undefined;
  };
  expect(await cache.get('a', load)).toBeUndefined();
  expect(await cache.get('a', load)).toBeUndefined();
  expect(loads).toEqual(['a']);
});

test('age counts from before the load', async () => {
  const { clock, loads, cache, get } = setUp();
  await cache.get('a', async () => {
    clock.nowMs += 29_000;
    return 'slow';
  });
  clock.nowMs += 1_000;
  await get('a');
  expect(loads).toEqual(['a']);
});

test('a clock that is set back makes entries stale, not eternal', async () => {
  const { clock, loads, get } = setUp();
  await get('a');
  clock.nowMs -= 1;
  await get('a');
  expect(loads).toHaveLength(2);
});

test('callers at the same time share a load', async () => {
  const { loads, get } = setUp();
  expect(await Promise.all([get('a'), get('a'), get('b')])).toEqual(['value of a', 'value of a', 'value of b']);
  expect(loads).toEqual(['a', 'b']);
});

test('a failed load is not kept, and every waiting caller sees it', async () => {
  const { cache, get } = setUp();
  const failing = () => Promise.reject(new Error('down'));
  const outcomes = await Promise.allSettled([cache.get('a', failing), cache.get('a', failing)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await get('a')).toBe('value of a');
});

test('is bounded; the oldest goes first', async () => {
  const { loads, cache, get } = setUp(2);
  for (const key of ['a', 'b', 'c']) await get(key);
  expect(cache.size).toBe(2);
  await get('c');
  await get('b');
  expect(loads).toEqual(['a', 'b', 'c']);
  await get('a');
  expect(loads).toEqual(['a', 'b', 'c', 'a']);
});
