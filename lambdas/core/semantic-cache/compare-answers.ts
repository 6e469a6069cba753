import { readText } from './reading';
import { hasExclusion } from './vetoes/exclusion';
import { differsInNegation } from './vetoes/negation';
import { differingQuantity } from './vetoes/quantities';

/** The least cosine of the embeddings of two answers that say the same. Lower than of questions: a model words its answer anew each time. */
const LEAST_SIMILARITY = 0.75;
/** In UTF-16 units, a few sentences: two longer texts that say the same seldom name the same numbers. */
const LONGEST_VETOED = 400;

/**
 * Whether two answers to one question say the same. Short ones in English must also agree in their quantities, in what they deny, and in which of two opposites they
 * name: embeddings put `turn it on` and `turn it off` close together.
 *
 * @param similarity The cosine of their embeddings.
 */
export function answersAgree(one: string, other: string, similarity: number): boolean {
  if (one.trim() === other.trim()) return true;
  if (!(similarity >= LEAST_SIMILARITY)) return false;
  if (Math.max(one.length, other.length) > LONGEST_VETOED) return true;
  const [left, right] = [readText(one), readText(other)];
  if (!left.isEnglish || !right.isEnglish) return true;
  const { tokens } = left;
  return differingQuantity(left, right) === undefined && !differsInNegation(tokens, right.tokens) && !hasExclusion(tokens, right.tokens);
}
