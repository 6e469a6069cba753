import { assert, double, integer, option, property } from 'fast-check';
import { retryDelayMs } from '../../../../lambdas/core/backoff';

const policy = { maxAttempts: 4, baseDelayMs: 100, maxDelayMs: 300, maxRetryAfterMs: 5_000 };
const almostOne = 1 - Number.EPSILON;
const delay = (failures: number, random = almostOne, retryAfterSeconds?: number, remainingMs = 60_000) =>
  retryDelayMs(policy, { failures, retryAfterSeconds, remainingMs }, () => random);

test('the bound doubles, up to its limit, and the wait is anything below it', () => {
  expect([1, 2, 3].map((failures) => delay(failures))).toEqual([99, 199, 299]);
  expect([1, 2, 3].map((failures) => delay(failures, 0))).toEqual([0, 0, 0]);
  expect(delay(2, 0.5)).toBe(100);
});

test('attempts are counted with the first', () => {
  expect(delay(4)).toBeUndefined();
  expect(
    retryDelayMs({ ...policy, maxAttempts: 1 }, { failures: 1, retryAfterSeconds: undefined, remainingMs: 60_000 }, () => 0),
  ).toBeUndefined();
});

test('the provider’s wish is honoured, up to what the policy waits', () => {
  expect(delay(1, 0, 2)).toBe(2_000);
  expect(delay(1, 0, 5)).toBe(5_000);
  expect(delay(1, 0, 6)).toBeUndefined();
});

test('nothing is tried that the deadline would cut off', () => {
  expect(delay(1, 0, 2, 2_001)).toBe(2_000);
  expect(delay(1, 0, 2, 2_000)).toBeUndefined();
  expect(delay(1, 0, undefined, 0)).toBeUndefined();
  expect(delay(1, 0, undefined, -5)).toBeUndefined();
});

test('whatever the numbers, a wait is within the deadline and no shorter than was asked', () => {
  assert(
    property(
      integer({ min: 1, max: 40 }),
      option(integer({ min: 1, max: 100 }), { nil: undefined }),
      integer({ min: -1_000, max: 100_000 }),
      double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, retryAfterSeconds, remainingMs, random) => {
        const wide = { ...policy, maxAttempts: 100 };
        const waitMs = retryDelayMs(wide, { failures, retryAfterSeconds, remainingMs }, () => random);
        if (waitMs === undefined) return;
        expect(waitMs).toBeLessThan(remainingMs);
        expect(waitMs).toBeGreaterThanOrEqual((retryAfterSeconds ?? 0) * 1000);
        expect(waitMs).toBeLessThanOrEqual(Math.max(wide.maxDelayMs, wide.maxRetryAfterMs));
      },
    ),
  );
});
