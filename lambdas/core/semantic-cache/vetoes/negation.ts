import type { Token } from '../tokens';
import { wordSet } from '../words/word-list';
import { stem } from '../words/stem';

const NEGATIONS = wordSet('not no never none nothing nobody nowhere neither nor without cannot non hardly barely except besides excluding');
/** Words that deny something without a `not`: what cannot be done fails. They answer a negation, and alone are none. */
const FAILURES = new Set(
  [
    ...wordSet(
      'unable fail failure refuse decline reject trouble impossible stop missing lost problem broken error stuck wrong issue invalid lack avoid prevent',
    ),
  ].map(stem),
);
const PREFIXES = ['un', 'in', 'im', 'il', 'ir', 'dis', 'non', 'mis', 'de', 'anti', 'ab'];
const SHORTEST_ROOT = 3;

/** Whether one text denies what the other says: `can` and `cannot`, `with` and `without`, `legal` and `illegal`. */
export function differsInNegation(left: readonly Token[], right: readonly Token[]): boolean {
  const [denied, other] = [negationsOf(left), negationsOf(right)];
  if (denied !== other && !(denied === 0 ? hasFailure(left) : other === 0 && hasFailure(right))) return true;
  return hasOppositePrefix(left, right) || hasOppositePrefix(right, left);
}

/** `or not` at the end of a question and `not only` deny nothing; `why not` proposes. */
function negationsOf(tokens: readonly Token[]): number {
  let count = 0;
  for (const [index, { text }] of tokens.entries()) {
    const [before, after] = [tokens[index - 1]?.text, tokens[index + 1]];
    if (text === 'free' && before === '-') count++;
    if (!NEGATIONS.has(text)) continue;
    const isEmpty = (text === 'not' && (before === 'or' || after?.text === 'only')) || (text === 'no' && after?.kind === 'number');
    if (!isEmpty) count++;
  }
  return count;
}

function hasFailure(tokens: readonly Token[]): boolean {
  return tokens.some((token) => FAILURES.has(token.stem));
}

/** A word with a denying prefix in one text, and only without it in the other. */
function hasOppositePrefix(left: readonly Token[], right: readonly Token[]): boolean {
  const here = new Set(left.map((token) => token.stem));
  const there = new Set(right.map((token) => token.stem));
  for (const word of here) {
    if (there.has(word)) continue;
    for (const prefix of PREFIXES) {
      const root = word.startsWith(prefix) ? word.slice(prefix.length) : '';
      if (root.length >= SHORTEST_ROOT && there.has(root) && !here.has(root)) return true;
    }
  }
  return false;
}
