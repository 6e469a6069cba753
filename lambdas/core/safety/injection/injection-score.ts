import { readingsOf } from './decode';
import { countInvisible, plain, wordsOf } from './normalize';
import { marks, rules } from './rules';
import { WordRules } from './word-rules';

const wordRules = new WordRules(rules);

/** What is hidden from readers, or coded, and then turns out to be an attack was meant as one. */
const HIDDEN_WEIGHT = 0.4;
const MIN_INVISIBLE = 3;

/**
 * How much a text looks like an attempt to give a model other instructions: 0 nothing, towards 1. Rules count once each, as independent
 * chances: 1 − Π(1 − weight). It is a filter for what is known and blunt; it does not understand, and a new wording gets past it.
 *
 * Time is linear in the text: words are looked at with bounded gaps, patterns are bounded.
 */
export function injectionScore(text: string): number {
  const open = scoreOf(text);
  const hidden = Math.max(0, ...readingsOf(text).map((reading) => scoreOf(reading.text)));
  const invisible = countInvisible(text) >= MIN_INVISIBLE && open > 0;
  const readable = combine([open, invisible ? HIDDEN_WEIGHT : 0]);
  return Math.max(readable, hidden === 0 ? 0 : combine([open, hidden, HIDDEN_WEIGHT]));
}

function scoreOf(text: string): number {
  const seen = plain(text);
  const weights = [...wordRules.in(wordsOf(seen))].map(({ weight }) => weight);
  for (const { weight, pattern } of marks) if (pattern.test(seen)) weights.push(weight);
  return combine(weights);
}

function combine(weights: readonly number[]): number {
  return 1 - weights.reduce((chance, weight) => chance * (1 - weight), 1);
}
