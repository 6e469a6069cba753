import { afterArrivals } from '../../../../lambdas/core/after-arrivals';

test('work of one turn runs after it, in its order', async () => {
  const done: number[] = [];
  afterArrivals(() => done.push(1));
  afterArrivals(() => done.push(2));
  await Promise.resolve();
  expect(done).toEqual([]);
  await new Promise(setImmediate);
  expect(done).toEqual([1, 2]);
});

test('work that is given while others run has a turn of its own', async () => {
  const done: string[] = [];
  afterArrivals(() => afterArrivals(() => done.push('next turn')));
  afterArrivals(() => done.push('this turn'));
  await new Promise(setImmediate);
  expect(done).toEqual(['this turn']);
  await new Promise(setImmediate);
  expect(done).toEqual(['this turn', 'next turn']);
});
