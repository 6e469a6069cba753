import { hash } from 'node:crypto';

const RANGE = 2 ** 32;

/**
 * A place in [0, 1) that the same parts always have, spread evenly over different ones: SHA-256 of the parts as JSON, its first 32 bits.
 */
export function placeOf(...parts: readonly string[]): number {
  return hash('sha256', JSON.stringify(parts), 'buffer').readUInt32BE() / RANGE;
}

/** The one of the weighted that a place in [0, 1) falls on. @throws RangeError when there is none. */
export function weightedAt<T extends { readonly weight: number }>(weighted: readonly T[], place: number): T {
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
  let left = place * total;
  for (const one of weighted) {
    left -= one.weight;
    if (left < 0) return one;
  }
  throw new RangeError(`no share of ${total} at ${place}`);
}
