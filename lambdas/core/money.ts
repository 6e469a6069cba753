import type { ModelPrice } from './platform';
import type { Usage } from './usage';

const TOKENS_PER_PRICE = 1_000_000n;

/**
 * Cost of a call in micro-dollars: exact, and rounded up once, at the end.
 *
 * @throws RangeError when a count or a price is not a safe integer of at least 0, or the cost is none.
 */
export function costMicroUsd(usage: Usage, price: ModelPrice): number {
  const total =
    product('inputTokens', usage.inputTokens, price.input) +
    product('outputTokens', usage.outputTokens, price.output) +
    product('cacheReadTokens', usage.cacheReadTokens, price.cacheRead ?? price.input) +
    product('cacheWriteTokens', usage.cacheWriteTokens, price.cacheWrite ?? price.input);
  const cost = Number((total + TOKENS_PER_PRICE - 1n) / TOKENS_PER_PRICE);
  return checked('cost in micro-dollars', cost);
}

/** `123456` → `"0.123456"`. */
export function formatUsd(microUsd: number): string {
  const digits = String(checked('amount in micro-dollars', microUsd)).padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

function product(name: string, tokens: number, microUsdPerMillion: number): bigint {
  return BigInt(checked(name, tokens)) * BigInt(checked(`price of ${name}`, microUsdPerMillion));
}

function checked(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} must be a safe integer of at least 0, received ${value}`);
  return value;
}
