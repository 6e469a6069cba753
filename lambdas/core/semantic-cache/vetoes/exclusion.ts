import type { Token } from '../tokens';
import { exclusionsOf } from '../vocabulary';
import { wordSet } from '../words/word-list';

/** Words in nearly every text, of which only a surplus means something: `turn off` where the other turns on and both ask `on my phone`. */
const COUNTED = wordSet('on off up down in out with over under before after inside outside more less');

/**
 * Whether one text has a word and the other one that excludes it (antonyms, states, colours, sexes, seasons), or one asks for two opposites and the other
 * for one of them: `advantages and disadvantages`.
 */
export function hasExclusion(left: readonly Token[], right: readonly Token[]): boolean {
  const [here, there] = [countStems(left), countStems(right)];
  const [onlyHere, onlyThere] = [surplusOf(here, there), surplusOf(there, here)];
  return areOpposed(onlyHere, onlyThere) || addsOpposite(onlyHere, here, there) || addsOpposite(onlyThere, there, here);
}

type Counts = ReadonlyMap<string, number>;

function countStems(tokens: readonly Token[]): Counts {
  const counts = new Map<string, number>();
  for (const [index, token] of tokens.entries()) {
    // `with no` is without.
    const word = token.text === 'with' && tokens[index + 1]?.text === 'no' ? 'without' : token.stem;
    if (token.kind === 'word') counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

/** Words that only the first text has, or that it has more often. */
function surplusOf(here: Counts, there: Counts): readonly string[] {
  return [...here].filter(([word, count]) => (COUNTED.has(word) ? count > (there.get(word) ?? 0) : !there.has(word))).map(([word]) => word);
}

function areOpposed(words: readonly string[], others: readonly string[]): boolean {
  const sides = new Map<number, Set<number>>();
  for (const { line, side } of words.flatMap((word) => exclusionsOf.get(word) ?? []))
    sides.set(line, (sides.get(line) ?? new Set()).add(side));
  return others
    .flatMap((word) => exclusionsOf.get(word) ?? [])
    .some(({ line, side }) => {
      const taken = sides.get(line);
      return taken !== undefined && !taken.has(side);
    });
}

/** The opposite of a word that both texts have. */
function addsOpposite(added: readonly string[], here: Counts, there: Counts): boolean {
  const shared = [...here.keys()].filter((word) => there.has(word) && !COUNTED.has(word));
  return areOpposed(
    shared,
    added.filter((word) => !COUNTED.has(word)),
  );
}
