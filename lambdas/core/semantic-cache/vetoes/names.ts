import type { Difference } from '../difference';
import type { ContentWord, Reading } from '../reading';
import { isKnown } from '../vocabulary';

const SHORTEST_TERM = 3;

/** Whether one text names what the other does not, or the two have different words that are no common English: names in small letters, terms. */
export function differsInNames(left: Reading, right: Reading, { onlyLeft, onlyRight }: Difference): boolean {
  if (namesOf(onlyLeft, right).length > 0 || namesOf(onlyRight, left).length > 0) return true;
  return onlyLeft.some(isTerm) && onlyRight.some(isTerm);
}

/** Names that the other text does not have in any form: `IndianOil` is `indian oil`. */
function namesOf(words: readonly ContentWord[], other: Reading): readonly ContentWord[] {
  if (!words.some(({ isName }) => isName)) return [];
  const joined = other.tokens.map(({ text }) => text).join('');
  return words.filter(({ isName, stem }) => isName && !(stem.length > SHORTEST_TERM && joined.includes(stem)));
}

function isTerm({ stem, isName }: ContentWord): boolean {
  return isName || (stem.length >= SHORTEST_TERM && !isKnown(stem));
}
