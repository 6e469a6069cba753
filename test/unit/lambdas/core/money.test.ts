import * as fc from 'fast-check';
import { costMicroUsd, formatUsd } from '../../../../lambdas/core/money';
import type { ModelPrice } from '../../../../lambdas/core/platform';
import { NO_USAGE, totalInputTokens, type Usage } from '../../../../lambdas/core/usage';

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

function expectExact(usage: Usage, rates: Required<ModelPrice>): void {
  const exact =
    BigInt(usage.inputTokens) * BigInt(rates.input) +
    BigInt(usage.outputTokens) * BigInt(rates.output) +
    BigInt(usage.cacheReadTokens) * BigInt(rates.cacheRead) +
    BigInt(usage.cacheWriteTokens) * BigInt(rates.cacheWrite);
  expect(BigInt(costMicroUsd(usage, rates))).toBe((exact + 999_999n) / 1_000_000n);
}

test('is exact where floating point is not', () => {
  // Products on both sides of what floating point holds.
  const bits = fc.integer({ min: 0, max: 40 });
  const count = bits.chain((exponent) => fc.integer({ min: 0, max: 2 ** exponent }));
  const rate = bits.chain((exponent) => fc.integer({ min: 0, max: 2 ** Math.min(exponent, 30) }));
  const usage = fc.record({ inputTokens: count, outputTokens: count, cacheReadTokens: count, cacheWriteTokens: count });
  fc.assert(fc.property(usage, fc.record({ input: rate, output: rate, cacheRead: rate, cacheWrite: rate }), expectExact), {
    numRuns: 2_000,
  });
});

test.each([2 ** 51 - 1, 2 ** 51, 2 ** 51 + 1, 2 ** 53 - 1])('is exact for four products of %d', (tokens) => {
  const usage = { inputTokens: tokens, outputTokens: tokens, cacheReadTokens: tokens, cacheWriteTokens: tokens };
  expectExact(usage, { input: 1, output: 1, cacheRead: 1, cacheWrite: 1 });
});

// In floating point both sums would be 9,007,199,255,000,000, and a micro-dollar less.
test.each([
  ['one product', [9_007_199_254_000_000, 0]],
  ['two products', [4_503_599_627_000_000, 4_503_599_627_000_000]],
])('is exact where %s and the smallest make an odd sum', (_what, [inputTokens = 0, cacheReadTokens = 0]) => {
  const usage = { inputTokens, cacheReadTokens, outputTokens: 1_000_001, cacheWriteTokens: 0 };
  expectExact(usage, { input: 1, output: 1, cacheRead: 1, cacheWrite: 1 });
  expect(costMicroUsd(usage, { input: 1, output: 1, cacheRead: 1, cacheWrite: 1 })).toBe(9_007_199_256);
});

test('formats micro-dollars as dollars', () => {
  expect([0, 1, 999_999, 1_000_000, 12_345_678].map(formatUsd)).toEqual(['0.000000', '0.000001', '0.999999', '1.000000', '12.345678']);
});

test('counts all input tokens', () => {
  expect(totalInputTokens({ inputTokens: 1, outputTokens: 100, cacheReadTokens: 2, cacheWriteTokens: 3 })).toBe(6);
});
