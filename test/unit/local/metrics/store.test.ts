import { MetricStore, MINUTE_MS } from '../../../../local/metrics/store';

const datum = (value: number, more: object = {}) => ({
  namespace: 'N',
  name: 'M',
  unit: 'Count',
  dimensions: { A: 'a', B: 'b' },
  values: [value],
  ...more,
});
const id = { namespace: 'N', name: 'M', dimensions: { B: 'b', A: 'a' } };

test('reads whole minutes, the first and not the last', () => {
  const store = new MetricStore();
  for (const [minute, value] of [
    [0, 1],
    [1, 10],
    [2, 100],
    [3, 1000],
  ] as const) {
    store.put(datum(value), minute * MINUTE_MS + 59_999);
  }
  expect(store.read(id, MINUTE_MS, 3 * MINUTE_MS)?.sum).toBe(110);
  expect(store.read(id, 4 * MINUTE_MS, 9 * MINUTE_MS)).toBeUndefined();
});

test('a metric is told apart by namespace, name and all of its dimensions, in any order', () => {
  const store = new MetricStore();
  store.put(datum(1), 0);
  store.put(datum(2, { dimensions: { A: 'a' } }), 0);
  store.put(datum(4, { name: 'L' }), 0);
  store.put(datum(8, { namespace: 'O' }), 0);
  expect(store.read(id, 0, MINUTE_MS)?.sum).toBe(1);
  expect(store.read({ ...id, dimensions: { A: 'a' } }, 0, MINUTE_MS)?.sum).toBe(2);
  expect(store.list()).toHaveLength(4);
});

test('keeps a day, and a bounded number of metrics', () => {
  const store = new MetricStore();
  const minutes = 3 * 24 * 60;
  for (let minute = 0; minute < minutes; minute++) store.put(datum(1), minute * MINUTE_MS);
  const kept = store.read(id, 0, minutes * MINUTE_MS)?.count ?? 0;
  expect(kept).toBeGreaterThanOrEqual(24 * 60);
  expect(kept).toBeLessThan(26 * 60);
  for (let index = 0; index < 5000; index++) store.put(datum(1, { name: `M${index}` }), 0);
  expect(store.list()).toHaveLength(2000);
});
