import type { ContentWord, Reading } from './reading';
import { synonymsOf } from './vocabulary';

/** What two texts say and what only one of them says, in content words. Synonyms count as shared. */
export interface Difference {
  /** Words of the first text that the second has too, in another form or by a synonym. */
  readonly shared: readonly ContentWord[];
  readonly onlyLeft: readonly ContentWord[];
  readonly onlyRight: readonly ContentWord[];
}

export function differenceOf(left: Reading, right: Reading): Difference {
  const exact = pairUp(left.content, right.content, ({ stem }) => [stem]);
  const spelt = pairUp(exact.onlyLeft, exact.onlyRight, ({ stem }) => spellings(stem));
  const derived = pairUp(spelt.onlyLeft, spelt.onlyRight, ({ stem }) => [rootOf(stem)]);
  const meant = pairUp(derived.onlyLeft, derived.onlyRight, ({ stem }) => synonymsOf.get(stem)?.map(String) ?? []);
  // A word said again says nothing new.
  const saidLeft = new Set(left.content.map(({ stem }) => stem));
  const saidRight = new Set(right.content.map(({ stem }) => stem));
  return {
    shared: [...exact.shared, ...spelt.shared, ...derived.shared, ...meant.shared],
    onlyLeft: meant.onlyLeft.filter(({ stem }) => !saidRight.has(stem)),
    onlyRight: meant.onlyRight.filter(({ stem }) => !saidLeft.has(stem)),
  };
}

/** Takes words off both sides where they have a key in common; each word once. */
function pairUp(left: readonly ContentWord[], right: readonly ContentWord[], keysOf: (word: ContentWord) => readonly string[]): Difference {
  const waiting = new Map<string, number[]>();
  for (const [index, word] of right.entries()) {
    for (const key of keysOf(word)) {
      const indexes = waiting.get(key);
      if (indexes === undefined) waiting.set(key, [index]);
      else indexes.push(index);
    }
  }
  const paired = new Set<number>();
  const shared: ContentWord[] = [];
  const onlyLeft: ContentWord[] = [];
  for (const word of left) {
    const partner = takeFirst(keysOf(word), waiting, paired);
    (partner ? shared : onlyLeft).push(word);
  }
  return { shared, onlyLeft, onlyRight: right.filter((_, index) => !paired.has(index)) };
}

function takeFirst(keys: readonly string[], waiting: ReadonlyMap<string, number[]>, paired: Set<number>): boolean {
  for (const key of keys) {
    const indexes = waiting.get(key);
    // Each index is popped once for every key that it stands under: linear in all.
    for (let index = indexes?.pop(); index !== undefined; index = indexes?.pop()) {
      if (paired.has(index)) continue;
      paired.add(index);
      return true;
    }
  }
  return false;
}

const SHORTEST_MISSPELT = 5;

/** What common slips of spelling leave equal: doubled letters, `ei` for `ie`. Short words differ by so little that they are taken as written. */
function spellings(stem: string): readonly string[] {
  if (stem.length < SHORTEST_MISSPELT) return [];
  return [stem.replace(/(.)\1/gu, '$1').replaceAll('ei', 'ie').replaceAll('ph', 'f')];
}

const SHORTEST_ROOT = 6;
const NOUN_OR_ADVERB = /(?:ation|ion|ly)$/;

/** `demonetize` and `demonetization`, `fluent` and `fluently`. No further endings: a developer is no development. */
function rootOf(stem: string): string {
  const root = stem.replace(NOUN_OR_ADVERB, '');
  return root.length >= SHORTEST_ROOT ? root : stem;
}
