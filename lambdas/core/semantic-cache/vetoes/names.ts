import type { Difference } from '../difference';
import type { ContentWord, Reading } from '../reading';
import { isKnown } from '../vocabulary';
import { wordSet } from '../words/word-list';

const SHORTEST_TERM = 3;

/** Whether one text names what the other does not, or the two have different words that are no common English: names in small letters, terms. */
export function differsInNames(left: Reading, right: Reading, { onlyLeft, onlyRight }: Difference): boolean {
  if (namesOf(onlyLeft, left, right).length > 0 || namesOf(onlyRight, right, left).length > 0) return true;
  return onlyLeft.some(isTerm) && onlyRight.some(isTerm);
}

/** Names that the other text does not have in any form: `IndianOil` is `indian oil`, and `Gandhi` may be all of `Mahatma Gandhi`. */
function namesOf(words: readonly ContentWord[], own: Reading, other: Reading): readonly ContentWord[] {
  if (!words.some(({ isName }) => isName)) return [];
  const joined = other.tokens.map(({ text }) => text).join('');
  const others = new Set(other.content.map(({ stem }) => stem));
  const added = new Set(words.map(({ index }) => index));
  return words.filter(
    (word) => word.isName && !(word.stem.length > SHORTEST_TERM && joined.includes(word.stem)) && !isFirstName(word, own, others, added),
  );
}

/** Words before a name that make it another one. */
const DISTINGUISHING = wordSet(
  'new north south east west northern southern eastern western central upper lower great greater saint st san los las el la air bank mount lake fort old',
);

/** Whether the name goes on, without a word between, to one that both texts have. */
function isFirstName(
  { index, stem }: ContentWord,
  { tokens, content }: Reading,
  others: ReadonlySet<string>,
  added: ReadonlySet<number>,
): boolean {
  if (DISTINGUISHING.has(stem)) return false;
  const byIndex = new Map(content.map((word) => [word.index, word]));
  let next = index + 1;
  while (added.has(next) && byIndex.get(next)?.isName === true) next++;
  const last = byIndex.get(next);
  return last?.isName === true && tokens[next]?.isSentenceStart === false && others.has(last.stem);
}

function isTerm({ stem, isName }: ContentWord): boolean {
  return isName || (stem.length >= SHORTEST_TERM && !isKnown(stem));
}
