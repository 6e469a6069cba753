import type { ModelPrice } from './platform';
import type { Usage } from './usage';

const TOKENS_PER_PRICE = 1_000_000;
/** Four products of no more than this have a sum that is exact in floating point. */
const MAX_EXACT_PRODUCT = 2 ** 51;

/**
 * Cost of a call in micro-dollars: exact, and rounded up once, at the end.
 *
 * @throws RangeError when a count or a price is not a safe integer of at least 0, or the cost is none.
 */
export function costMicroUsd(usage: Usage, price: ModelPrice): number {
  const { input, output, cacheRead = input, cacheWrite = input } = price;
  const products = [
    product('inputTokens', usage.inputTokens, input),
    product('outputTokens', usage.outputTokens, output),
    product('cacheReadTokens', usage.cacheReadTokens, cacheRead),
    product('cacheWriteTokens', usage.cacheWriteTokens, cacheWrite),
  ];
  let total = 0;
  for (const one of products) {
    if (typeof one === 'bigint') return checked('cost in micro-dollars', dividedUp(products));
    total += one;
  }
  const rest = total % TOKENS_PER_PRICE;
  return (total - rest) / TOKENS_PER_PRICE + Number(rest > 0);
}

/** `123456` → `"0.123456"`. */
export function formatUsd(microUsd: number): string {
  const digits = String(checked('amount in micro-dollars', microUsd)).padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

/** As a number where that is exact. */
function product(name: string, tokens: number, microUsdPerMillion: number): number | bigint {
  const exact = checked(name, tokens) * checked(`price of ${name}`, microUsdPerMillion);
  return exact <= MAX_EXACT_PRODUCT ? exact : BigInt(tokens) * BigInt(microUsdPerMillion);
}

function dividedUp(products: readonly (number | bigint)[]): number {
  const total = products.reduce<bigint>((sum, one) => sum + BigInt(one), 0n);
  return Number((total + BigInt(TOKENS_PER_PRICE) - 1n) / BigInt(TOKENS_PER_PRICE));
}

function checked(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} must be a safe integer of at least 0, received ${value}`);
  return value;
}
