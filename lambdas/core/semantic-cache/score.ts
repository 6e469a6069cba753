import type { Difference } from './difference';
import type { ContentWord, Reading } from './reading';
import { questionKind } from './question';

/**
 * A text that says all that the other does and adds a word narrows the question, and embeddings hardly notice: `termites`, `flying termites`. A word
 * said in place of another they do notice, so that exchanges cost nothing here.
 */
const QUALIFIER_COST = 0.03;
/** Kinds of question that may have one answer (`can I`, `how do I`), and often have not. */
const KIND_COST = 0.03;
/** How alike two texts are: never above their cosine similarity, so that candidates below a threshold need not be read. */
export function scoreOf(similarity: number, left: Reading, right: Reading, difference: Difference): number {
  const qualifier = isQualified(difference) ? QUALIFIER_COST : 0;
  const kind = questionKind(left.tokens) === questionKind(right.tokens) ? 0 : KIND_COST;
  return similarity - qualifier - kind;
}

function isQualified({ onlyLeft, onlyRight }: Difference): boolean {
  return onlyLeft.some(isTelling) !== onlyRight.some(isTelling);
}

function isTelling({ weight }: ContentWord): boolean {
  return weight >= 1;
}
