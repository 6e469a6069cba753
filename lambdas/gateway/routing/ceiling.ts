const MICRO_PER_USD = 1_000_000;

/** A caller's ceiling in whole micro-dollars; what is less than one of them is not there to be spent. */
export function microUsdOf(usd: number): number {
  // Of 0.29 × 1,000,000 floating point makes 289,999.99…: to the tenth first, then down.
  return Math.floor(Math.round(usd * MICRO_PER_USD * 10) / 10);
}
