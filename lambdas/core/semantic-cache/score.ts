import type { Difference } from './difference';
import type { ContentWord } from './reading';

/** What a text pair loses of its cosine similarity, for all its content in each. */
export interface Evidence {
  /** Of the content's weight, the part that one text says in place of what the other says. */
  readonly replaced: number;
  /** The part that one text says and the other leaves out. */
  readonly added: number;
}

export function evidenceOf({ shared, onlyLeft, onlyRight }: Difference): Evidence {
  const [both, left, right] = [2 * weight(shared), weight(onlyLeft), weight(onlyRight)];
  const whole = both + left + right;
  if (whole === 0) return { replaced: 0, added: 0 };
  return { replaced: (2 * Math.min(left, right)) / whole, added: Math.abs(left - right) / whole };
}

function weight(words: readonly ContentWord[]): number {
  return words.reduce((sum, word) => sum + word.weight, 0);
}
