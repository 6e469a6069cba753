import type { ContentWord, Reading } from '../reading';
import { wordSet } from '../words/word-list';

/** Between these two sides are of one kind, in either order. */
const SYMMETRIC = wordSet('and or vs versus between with');
/** Prepositions that say what part their object plays. */
const ROLES = wordSet(
  'from to into onto than over before after by against for of in under above below toward towards via instead without since until',
);
/** A role is the object's next content words, up to so many tokens on. */
const OBJECT_TOKENS = 4;
const SUBJECTS = wordSet('i we he she they');
const OBJECTS = wordSet('me us him her them');

/** Whether the same things play each other's parts: from X to Y and from Y to X, X beats Y and Y beats X. Needs both texts to have both things. */
export function isReversed(left: Reading, right: Reading): boolean {
  return swapsRoles(left, right) || reordersNumbers(left.tokens, right.tokens) || mirrors(left, right);
}

/** Two prepositions have exchanged their objects, or one thing has another of the paired prepositions. */
function swapsRoles(left: Reading, right: Reading): boolean {
  const [here, there] = [rolesOf(left), rolesOf(right)];
  const origins = (roles: ReadonlyMap<string, string>, word: string) => roles.get(word);
  for (const [word, role] of here) {
    const other = origins(there, word);
    if (other === undefined || other === role) continue;
    if (OPPOSITE_ROLES[role]?.includes(other) === true) return true;
  }
  return false;
}

/** `10 divided by 2` and `2 divided by 10`; but not `500 and 1000`. */
function reordersNumbers(left: Reading['tokens'], right: Reading['tokens']): boolean {
  if ([...left, ...right].some(({ text }) => SYMMETRIC.has(text))) return false;
  const [here, there] = [left, right].map((tokens) => [...new Set(tokens.filter(({ kind }) => kind === 'number').map(({ text }) => text))]);
  if (here === undefined || there === undefined || here.length !== there.length || !here.every((number) => there.includes(number)))
    return false;
  return here.some((number, index) => number !== there[index]);
}

const OPPOSITE_ROLES: Readonly<Record<string, readonly string[]>> = {
  from: ['to', 'into', 'onto', 'toward', 'towards', 'for'],
  to: ['from'],
  into: ['from'],
  onto: ['from'],
  toward: ['from'],
  towards: ['from'],
  for: ['from', 'against'],
  against: ['for'],
  before: ['after', 'since'],
  after: ['before', 'until'],
  since: ['until', 'before'],
  until: ['since', 'after'],
  over: ['under'],
  under: ['over', 'above'],
  above: ['below', 'under'],
  below: ['above'],
};

/** Content words and numbers, each with the preposition before it; ambiguous ones, which have several, are left out. */
function rolesOf({ tokens, content }: Reading): ReadonlyMap<string, string> {
  const isContent = new Set(content.map(({ index }) => index));
  const roles = new Map<string, string>();
  const ambiguous = new Set<string>();
  let role: string | undefined;
  let distance = 0;
  for (const [index, token] of tokens.entries()) {
    distance++;
    if (ROLES.has(token.text) && token.kind === 'word') [role, distance] = [token.text, 0];
    else if (isContent.has(index) || token.kind === 'number') {
      if (role !== undefined && distance <= OBJECT_TOKENS) {
        if (roles.has(token.stem) && roles.get(token.stem) !== role) ambiguous.add(token.stem);
        roles.set(token.stem, role);
      }
      role = undefined;
    }
  }
  for (const word of ambiguous) roles.delete(word);
  return roles;
}

interface Pivot {
  readonly before: string;
  readonly after: string;
}

/** Two things stand on either side of the same word in both texts, and have changed sides; unless that word makes no difference between its sides. */
function mirrors(left: Reading, right: Reading): boolean {
  const [here, there] = [pivotsOf(left), pivotsOf(right)];
  for (const [word, { before, after }] of here) {
    const other = there.get(word);
    if (other !== undefined && before !== after && other.before === after && other.after === before) return true;
  }
  return subjectBecomesObject(left, right) || subjectBecomesObject(right, left);
}

/** The content words next to each word that stands once. */
function pivotsOf({ tokens, content }: Reading): ReadonlyMap<string, Pivot> {
  const pivots = new Map<string, Pivot>();
  const repeated = new Set<string>();
  const byIndex = new Map(content.map((word) => [word.index, word]));
  const afterwards = nextContent(tokens.length, content);
  let before: ContentWord | undefined;
  let isSymmetric = false;
  for (const [index, token] of tokens.entries()) {
    const after = afterwards[index];
    if (SYMMETRIC.has(token.text)) isSymmetric = true;
    if (token.kind === 'word' && before !== undefined && after !== undefined && !isSymmetric && !isJoined(tokens, index, after.index)) {
      if (pivots.has(token.stem)) repeated.add(token.stem);
      pivots.set(token.stem, { before: before.stem, after: after.stem });
    }
    const word = byIndex.get(index);
    if (word !== undefined) [before, isSymmetric] = [word, false];
  }
  for (const word of repeated) pivots.delete(word);
  return pivots;
}

/** At each index the first content word after it. */
function nextContent(length: number, content: readonly ContentWord[]): readonly (ContentWord | undefined)[] {
  const next: (ContentWord | undefined)[] = Array.from({ length });
  let position = content.length - 1;
  let found: ContentWord | undefined;
  for (let index = length - 1; index >= 0; index--) {
    next[index] = found;
    if (content[position]?.index === index) found = content[position--];
  }
  return next;
}

function isJoined(tokens: Reading['tokens'], from: number, to: number): boolean {
  for (let index = from; index < to; index++) if (SYMMETRIC.has(tokens[index]?.text ?? '')) return true;
  return false;
}

/** `Can I sue my landlord` and `Can my landlord sue me`: the first content words have changed places, and so has the speaker. */
function subjectBecomesObject(left: Reading, right: Reading): boolean {
  const has = ({ tokens }: Reading, words: ReadonlySet<string>) => tokens.some(({ text }) => words.has(text));
  if (!has(left, SUBJECTS) || has(left, OBJECTS) || !has(right, OBJECTS) || has(right, SUBJECTS)) return false;
  const order = new Map(right.content.map(({ stem }, index) => [stem, index]));
  const places = left.content.flatMap(({ stem }) => order.get(stem) ?? []);
  return places.some((place, index) => index > 0 && place < (places[index - 1] ?? 0));
}
