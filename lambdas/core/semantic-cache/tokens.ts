import { stem } from './words/stem';

/** One word, number or sign of a text. */
export interface Token {
  readonly kind: 'word' | 'number' | 'sign';
  /** Lower case, without accents. */
  readonly text: string;
  /** Of a word: what is left without its inflection; else `text`. */
  readonly stem: string;
  /** Of a word, where it has a capital: at its front, on every letter, or inside (`iPhone`). */
  readonly capital?: 'first' | 'all' | 'inside';
  readonly isSentenceStart: boolean;
  /** No space stands before it. */
  readonly isAttached: boolean;
  /** A word in another script than the Latin one, or a pictograph: nothing here can read it. */
  readonly isForeign: boolean;
}

/**
 * Words with their apostrophes (`don't`) and signs of programming languages (`C++`), numbers with their points and commas, and signs that change what a formula, amount
 * or set of instructions means. No alternative can give back what it took, so that matching takes time linear in the text.
 */
const TOKEN =
  /[\p{L}\p{M}]+(?:'\p{L}+)*(?:\+\+|#)?|\p{N}+(?:[.,:]\p{Nd}+)*|[$€£¥₹₩₽₿%‰°+*=<>^√∫×÷≤≥≠±&/→←↔!?.;\n-]|\p{Extended_Pictographic}/gu;
const WORD = /^[\p{L}\p{M}]/u;
const NUMBER = /^\p{N}/u;
const NOT_LATIN = /[^\p{Script=Latin}\p{M}'+#]/u;
const ACCENTS = /[\u0300-\u036f]/g;
const ENDS_SENTENCE = new Set(['!', '?', '.', ';', '\n']);

/** Tokens of a text in order. The caller bounds its length. */
export function tokenize(raw: string): Token[] {
  const text = plainText(raw);
  const tokens: Token[] = [];
  let isSentenceStart = true;
  let end = -1;
  for (const match of text.matchAll(TOKEN)) {
    const [found] = match;
    const isAttached = match.index === end;
    end = match.index + found.length;
    if (ENDS_SENTENCE.has(found)) {
      isSentenceStart = true;
      continue;
    }
    if (WORD.test(found)) tokens.push(...wordTokens(found, isSentenceStart, isAttached));
    else tokens.push({ ...unread(found.toLowerCase(), isSentenceStart, isAttached), kind: NUMBER.test(found) ? 'number' : 'sign' });
    isSentenceStart = false;
  }
  return tokens;
}

const LONG_NAMES: readonly (readonly [RegExp, string])[] = [
  [/\bunited states(?: of america)?\b/gi, 'USA'],
  [/\bunited kingdom\b/gi, 'UK'],
  [/\beuropean union\b/gi, 'EU'],
  [/\bunited nations\b/gi, 'UN'],
];
const POINTED_INITIALS = /\b\p{Lu}(?:\.\p{Lu})+\b/gu;

/** One form of quotes, dashes, initials (`U.S.`) and of the names that are as often written short. */
function plainText(raw: string): string {
  const text = raw
    .normalize('NFKC')
    .replace(/[‘’ʼ`´]/g, "'")
    .replace(/[‐‑‒–—−]/g, '-');
  const initials = text.replace(POINTED_INITIALS, (letters) => letters.replaceAll('.', ''));
  return LONG_NAMES.reduce((result, [name, short]) => result.replace(name, short), initials);
}

function unread(text: string, isSentenceStart: boolean, isAttached: boolean) {
  return { text, stem: text, isSentenceStart, isAttached, isForeign: /\p{Extended_Pictographic}/u.test(text) && !/[↔→←]/u.test(text) };
}

const WITHOUT_APOSTROPHE: Readonly<Record<string, string>> = { cant: 'can', wont: 'will', cannot: 'can' };
const SHORTENED_NOT = /^(do|does|did|is|are|was|were|has|have|had|could|should|would|must|need)nt$/;
const LONG_FORMS: Readonly<Record<string, string>> = { ll: 'will' };

function wordTokens(found: string, isSentenceStart: boolean, isAttached: boolean): Token[] {
  const isForeign = NOT_LATIN.test(found);
  const plain = isForeign ? found : found.normalize('NFD').replace(ACCENTS, '').normalize('NFC');
  const [head = '', ...tails] = plain.split("'");
  const lower = head.toLowerCase();
  const capital = capitalOf(head);
  const common = { kind: 'word' as const, isAttached, isForeign };
  const word = (text: string): Token => ({
    ...common,
    text,
    stem: isForeign ? text : stem(text),
    isSentenceStart,
    ...(capital === undefined ? {} : { capital }),
  });
  const added = (text: string): Token => ({ ...common, text, stem: text, isSentenceStart: false });
  const tail = tails.join('').toLowerCase();
  if (tail === 't') return [word(UNSHORTENED[lower] ?? lower.replace(/n$/, '')), added('not')];
  const shortened = WITHOUT_APOSTROPHE[lower] ?? SHORTENED_NOT.exec(lower)?.[1];
  if (shortened !== undefined) return [word(shortened), added('not')];
  const long = LONG_FORMS[tail];
  if (long !== undefined) return [word(lower), added(long)];
  return [word(tail.length > 2 ? lower + tail : lower)];
}

const UNSHORTENED: Readonly<Record<string, string>> = { can: 'can', won: 'will', shan: 'shall', ain: 'is' };

function capitalOf(word: string): Token['capital'] {
  const lower = word.toLowerCase();
  if (word === lower) return undefined;
  if (word.length > 1 && word === word.toUpperCase()) return 'all';
  return word.slice(1) === lower.slice(1) ? 'first' : 'inside';
}
