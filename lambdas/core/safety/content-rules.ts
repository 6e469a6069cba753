import type { ContentRule, Direction } from './safety-policy';
import type { Span } from './detectors/detector';
import { isWord } from './text/chars';
import { PhraseTrie } from './text/phrase-trie';
import type { TextView } from './text/text-window';

/** Looks for the phrases and patterns of one content rule. */
export interface RuleFinder {
  readonly name: string;
  readonly action: ContentRule['action'];
  mayBeginWith(unit: number): boolean;
  matchAt(text: TextView, start: number): Span | undefined;
}

/** The finders of the rules of a direction. */
export function ruleFinders(rules: readonly ContentRule[], direction: Direction): readonly RuleFinder[] {
  return rules.filter((rule) => rule.directions.includes(direction)).map(finderOf);
}

function finderOf(rule: ContentRule): RuleFinder {
  const trie = new PhraseTrie();
  for (const phrase of rule.phrases) trie.add(phrase, 0);
  for (const pattern of rule.patterns) trie.addPattern(pattern, 0);
  return {
    name: rule.name,
    action: rule.action,
    mayBeginWith: (unit) => trie.mayBeginWith(unit),
    matchAt(text, start) {
      // Whole words: `ass` is not in `class`. A phrase that begins with a sign needs no space before.
      if (isWord(text.at(start)) && isWord(text.at(start - 1))) return undefined;
      const match = trie.matchesAt(text, start).findLast(({ end }) => !(isWord(text.at(end - 1)) && isWord(text.at(end))));
      return match && { start, end: match.end };
    },
  };
}
