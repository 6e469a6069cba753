import type { Token } from '../tokens';
import { exclusionsOf } from '../vocabulary';
import { wordSet } from '../words/word-list';

/** Words in nearly every text, of which only a surplus means something: `turn off` where the other turns on and both ask `on my phone`. */
const COUNTED = wordSet('on off up down in out with over under before after inside outside more less');

/** Whether one text has a word and the other one that excludes it: antonyms, states, colours, sexes, seasons. */
export function hasExclusion(left: readonly Token[], right: readonly Token[]): boolean {
  const [here, there] = [countStems(left), countStems(right)];
  const linesLeft = linesOf(here, there);
  const linesRight = linesOf(there, here);
  for (const [line, word] of linesLeft) {
    const other = linesRight.get(line);
    if (other !== undefined && other !== word) return true;
  }
  return false;
}

function countStems(tokens: readonly Token[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const token of tokens) if (token.kind === 'word') counts.set(token.stem, (counts.get(token.stem) ?? 0) + 1);
  return counts;
}

/** Lines of the words that only the first text has, or that it has more often. */
function linesOf(here: ReadonlyMap<string, number>, there: ReadonlyMap<string, number>): ReadonlyMap<number, string> {
  const lines = new Map<number, string>();
  for (const [word, count] of here) {
    const other = there.get(word) ?? 0;
    if (COUNTED.has(word) ? count <= other : other > 0) continue;
    for (const line of exclusionsOf.get(word) ?? []) lines.set(line, word);
  }
  return lines;
}
