/** What an enum's values have in common with what was said. */
export interface Choice {
  readonly value: string;
  /** Share of the value's words that were said, from 0 to 1. */
  readonly share: number;
  /** Of the next best value. */
  readonly nextShare: number;
}

/**
 * The value whose words were said most: `price_shock` where somebody speaks of a shock at the price. The first of equals.
 *
 * @returns undefined when no word of any value was said
 */
export function chooseWord(values: readonly unknown[], said: string): Choice | undefined {
  const words = new Set(said.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
  const shares = values
    .filter((value) => typeof value === 'string')
    .map((value) => ({ value, share: shareOf(value, words) }))
    .toSorted((a, b) => b.share - a.share);
  const [best, next] = shares;
  return best === undefined || best.share === 0 ? undefined : { ...best, nextShare: next?.share ?? 0 };
}

function shareOf(value: string, words: ReadonlySet<string>): number {
  const own = value.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return own.length === 0 ? 0 : own.filter((word) => words.has(word)).length / own.length;
}
