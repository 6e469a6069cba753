import type { Token } from './tokens';
import { wordSet } from './words/word-list';

/** What kind of answer a question wants. `thing` is what and which, `whether` yes or no, `statement` no question at all. */
export type QuestionKind =
  | 'manner'
  | 'amount'
  | 'duration'
  | 'frequency'
  | 'reason'
  | 'time'
  | 'place'
  | 'person'
  | 'thing'
  | 'whether'
  | 'statement';

const BY_WORD: Readonly<Record<string, QuestionKind>> = {
  how: 'manner',
  why: 'reason',
  when: 'time',
  where: 'place',
  who: 'person',
  whom: 'person',
  whose: 'person',
  what: 'thing',
  which: 'thing',
};
const AFTER_HOW: Readonly<Record<string, QuestionKind>> = {
  much: 'amount',
  many: 'amount',
  big: 'amount',
  tall: 'amount',
  high: 'amount',
  deep: 'amount',
  heavy: 'amount',
  far: 'amount',
  old: 'amount',
  fast: 'amount',
  expensive: 'amount',
  long: 'duration',
  soon: 'duration',
  often: 'frequency',
  frequently: 'frequency',
  come: 'reason',
};
/** Nouns that make a what of another kind. */
const AFTER_WHAT: Readonly<Record<string, QuestionKind>> = {
  time: 'time',
  date: 'time',
  day: 'time',
  year: 'time',
  month: 'time',
  reason: 'reason',
  reasons: 'reason',
  cause: 'reason',
  way: 'manner',
  ways: 'manner',
  method: 'manner',
  methods: 'manner',
  process: 'manner',
  procedure: 'manner',
  steps: 'manner',
  cost: 'amount',
  price: 'amount',
  salary: 'amount',
  place: 'place',
  location: 'place',
  city: 'place',
  person: 'person',
  people: 'person',
};
const AUXILIARIES = wordSet('is are was were am do does did can could will would shall should may might must have has had');
/** How far after `what` its noun stands: what is the best way. */
const REACH = 5;
const LINKS = wordSet(
  'is are was were the a an some best good easiest fastest main exact right safest quickest simplest most of your possible most common effective',
);

/** The kind of the first question in a text. */
export function questionKind(tokens: readonly Token[]): QuestionKind {
  let isAsked = false;
  for (const [index, { text, isSentenceStart }] of tokens.entries()) {
    const kind = BY_WORD[text];
    // `Is it? If so, why?`
    if (isAsked && isSentenceStart) return 'whether';
    if (kind !== undefined && !isRelative(tokens, index)) return refined(tokens, index, kind);
    if (isSentenceStart && AUXILIARIES.has(text)) isAsked = true;
  }
  return isAsked ? 'whether' : 'statement';
}

/** `the man who`, `when I log in, …`: clauses that describe. After a noun only what is told, known or asked is a question. */
function isRelative(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index];
  if (token === undefined || token.isSentenceStart) return false;
  if (token.text === 'what' || token.text === 'how' || token.text === 'why') return false;
  const next = tokens[index + 1]?.text ?? '';
  return !AUXILIARIES.has(next) || !isAtFront(tokens, index);
}

const FRONT = 3;
function isAtFront(tokens: readonly Token[], index: number): boolean {
  for (let before = index; before >= Math.max(0, index - FRONT); before--) if (tokens[before]?.isSentenceStart === true) return true;
  return false;
}

function refined(tokens: readonly Token[], index: number, kind: QuestionKind): QuestionKind {
  if (kind === 'manner') return AFTER_HOW[tokens[index + 1]?.text ?? ''] ?? kind;
  if (kind !== 'thing') return kind;
  for (let at = index + 1; at <= index + REACH; at++) {
    const text = tokens[at]?.text ?? '';
    const refinement = AFTER_WHAT[text];
    if (refinement !== undefined) return refinement;
    if (!LINKS.has(text)) return kind;
  }
  return kind;
}

/** Kinds that say little of the answer: a way can be asked for by what, whether and how. */
const OPEN = new Set<QuestionKind>(['thing', 'whether', 'statement']);

/** Whether the answer to one is none to the other: when and where, why and how. */
export function asksAnother(left: QuestionKind, right: QuestionKind): boolean {
  if (left === right) return false;
  if (!OPEN.has(left) && !OPEN.has(right)) return true;
  const pair = new Set([left, right]);
  return (
    pair.has('whether') &&
    (pair.has('reason') || pair.has('time') || pair.has('place') || pair.has('person') || pair.has('amount') || pair.has('duration'))
  );
}
