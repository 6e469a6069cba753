import * as fc from 'fast-check';
import { costMicroUsd, formatUsd } from '../../../../lambdas/core/money';
import { NO_USAGE, totalInputTokens } from '../../../../lambdas/core/usage';

const price = { input: 3_000_000, output: 15_000_000, cacheRead: 300_000, cacheWrite: 3_750_000 };

test('each kind of token has its price', () => {
  expect(costMicroUsd({ inputTokens: 1000, outputTokens: 100, cacheReadTokens: 10_000, cacheWriteTokens: 400 }, price)).toBe(
    3000 + 1500 + 3000 + 1500,
  );
});

test('cache tokens without a price of their own cost what input costs', () => {
  const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 7, cacheWriteTokens: 5 };
  expect(costMicroUsd(usage, { input: 2_000_000, output: 0 })).toBe(24);
});

test('rounds up once, at the end', () => {
  const cheap = { input: 1, output: 1 };
  expect(costMicroUsd({ ...NO_USAGE, inputTokens: 1, outputTokens: 1 }, cheap)).toBe(1);
  expect(costMicroUsd({ ...NO_USAGE, inputTokens: 500_000, outputTokens: 500_000 }, cheap)).toBe(1);
  expect(costMicroUsd({ ...NO_USAGE, inputTokens: 500_000, outputTokens: 500_001 }, cheap)).toBe(2);
  expect(costMicroUsd(NO_USAGE, price)).toBe(0);
});

test.each([Number.NaN, -1, 1.5, Number.POSITIVE_INFINITY, 2 ** 53])('refuses %p tokens and prices', (value) => {
  expect(() => costMicroUsd({ ...NO_USAGE, outputTokens: value }, price)).toThrow(/outputTokens must be a safe integer/);
  expect(() => costMicroUsd({ ...NO_USAGE, outputTokens: 1 }, { ...price, output: value })).toThrow(/price of outputTokens/);
});

test('refuses a cost beyond safe integers', () => {
  const most = Number.MAX_SAFE_INTEGER;
  expect(() => costMicroUsd({ ...NO_USAGE, inputTokens: most }, { input: most, output: 0 })).toThrow(/cost in micro-dollars/);
});

test('is exact where floating point is not, and never less than the parts', () => {
  const count = fc.integer({ min: 0, max: 2 ** 40 });
  fc.assert(
    fc.property(count, count, fc.integer({ min: 0, max: 2 ** 30 }), (input, output, rate) => {
      const cost = BigInt(costMicroUsd({ ...NO_USAGE, inputTokens: input, outputTokens: output }, { input: rate, output: rate }));
      const exact = (BigInt(input) + BigInt(output)) * BigInt(rate);
      expect(cost * 1_000_000n).toBeGreaterThanOrEqual(exact);
      expect((cost - 1n) * 1_000_000n).toBeLessThan(exact === 0n ? 1n : exact);
    }),
  );
});

test('formats micro-dollars as dollars', () => {
  expect([0, 1, 999_999, 1_000_000, 12_345_678].map(formatUsd)).toEqual(['0.000000', '0.000001', '0.999999', '1.000000', '12.345678']);
});

test('counts all input tokens', () => {
  expect(totalInputTokens({ inputTokens: 1, outputTokens: 100, cacheReadTokens: 2, cacheWriteTokens: 3 })).toBe(6);
});
