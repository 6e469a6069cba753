import * as fc from 'fast-check';
import { Distribution, enoughSamples, isStatistic, percentOf, statisticOf } from '../../../../local/metrics/statistics';

function distribution(values: readonly number[]): Distribution {
  const data = new Distribution();
  for (const value of values) data.add(value);
  return data;
}

test.each([
  ['SampleCount', 5],
  ['Sum', 15],
  ['Average', 3],
  ['Minimum', 1],
  ['Maximum', 5],
  ['p50', 3],
  ['p99', 5],
  ['p100', 5],
  ['p20', 1],
  ['p20.1', 2],
])('%s of 1 to 5 is %d', (statistic, expected) => {
  expect(statisticOf(distribution([5, 3, 1, 2, 4]), statistic)).toBe(expected);
});

test.each(['p0', 'p101', 'p-1', 'px', 'p', 'tm90', 'sum', '', 'toString'])('%j is no statistic', (statistic) => {
  expect(isStatistic(statistic)).toBe(false);
  expect(percentOf(statistic)).toBeUndefined();
  expect(() => statisticOf(distribution([1]), statistic)).toThrow('is not computed here');
});

test('percentiles are the nearest rank, to three digits', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 999 }), { minLength: 1, maxLength: 200 }),
      fc.integer({ min: 1, max: 100 }),
      (values, percent) => {
        const sorted = values.toSorted((a, b) => a - b);
        expect(distribution(values).percentile(percent)).toBe(sorted[Math.ceil((percent / 100) * values.length) - 1]);
      },
    ),
  );
  expect(distribution([12_345]).percentile(50)).toBe(12_300);
});

test('two that are merged are one of all values', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(500)), fc.array(fc.nat(500), { minLength: 1 }), (first, second) => {
      const merged = distribution(first);
      merged.merge(distribution(second));
      const whole = distribution([...first, ...second]);
      for (const statistic of ['SampleCount', 'Sum', 'Minimum', 'Maximum', 'p1', 'p50', 'p99']) {
        expect(statisticOf(merged, statistic)).toBe(statisticOf(whole, statistic));
      }
    }),
  );
});

test('memory does not grow with the number of values', () => {
  const data = new Distribution();
  for (let value = 0; value < 200_000; value++) data.add(1000 + value / 10);
  expect((data as unknown as { counts: Map<number, number> }).counts.size).toBeLessThan(2000);
});

test.each([
  [99, 1000],
  [90, 100],
  [50, 20],
  [10, 100],
])('a p%d needs %d samples', (percent, samples) => {
  expect(enoughSamples(percent)).toBeCloseTo(samples, 9);
});
