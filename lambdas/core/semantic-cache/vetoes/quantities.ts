import type { Quantity } from '../quantities';
import type { Reading } from '../reading';
import type { Token } from '../tokens';
import { units } from '../words/units';

/** Signs of which each is an operation, a comparison or an arrow; currencies and percent belong to their amounts. */
const OPERATIONS = new Set('+ * < > ^ √ ∫ × ÷ ≤ ≥ ≠ ± → ← ↔'.split(' '));
/** Dimensions of which one is asked for instead of another: a price in euros or in dollars, a month or a day. */
const QUESTIONED: Readonly<Record<string, string>> = {
  months: 'time',
  celsius: 'temperature',
  fahrenheit: 'temperature',
  kelvin: 'temperature',
};
const CURRENCIES = new Set([
  'usd',
  'eur',
  'gbp',
  'inr',
  'jpy',
  'cny',
  'chf',
  'krw',
  'rub',
  'aed',
  'cad',
  'aud',
  'sar',
  'brl',
  'mxn',
  'pln',
  'sek',
  'bitcoin',
  'bitcoin-ether',
]);

/** What one text counts, measures, dates or computes and the other does not. */
export function differingQuantity(left: Reading, right: Reading): Quantity['kind'] | undefined {
  const differing = [...unmatched(left.quantities, right.quantities), ...unmatched(right.quantities, left.quantities)];
  const [first] = differing;
  if (first !== undefined) return first.kind;
  if (signsOf(left.tokens) !== signsOf(right.tokens)) return 'number';
  return differsInUnitNames(left.tokens, right.tokens) ? 'unit' : undefined;
}

/** `one` and `first`: hardly ever in place of another number. */
const SINGULAR = new Set(['1', '#1']);

/** A number said again says nothing new. Quantities that may be left out may not be exchanged. */
function unmatched(here: readonly Quantity[], there: readonly Quantity[]): Quantity[] {
  const said = new Set(there.map(({ key }) => key));
  const amounts = new Set(there.map(({ amount }) => amount));
  const missing = here.filter(({ key, amount }) => !said.has(key) && !said.has(amount ?? '') && !amounts.has(key));
  const own = new Set(here.map(({ key }) => key));
  const isExchanged = there.some(({ key }) => !own.has(key) && !SINGULAR.has(key));
  return missing.filter(({ isOptional }) => !isOptional || isExchanged);
}

function signsOf(tokens: readonly Token[]): string {
  return tokens
    .filter((token, index) => (OPERATIONS.has(token.text) && isBetween(tokens, index)) || isSpacedOperation(tokens, index))
    .map(({ text }) => text)
    .sort()
    .join(' ');
}

/** Bullets and emphasis stand alone or touch one word; an operation has something on both sides. */
function isBetween(tokens: readonly Token[], index: number): boolean {
  return index > 0 && index < tokens.length - 1;
}

/** `-5`, `7 - 5` and `7 / 5`; but not `3-5`, `covid-19` and `and/or`. */
function isSpacedOperation(tokens: readonly Token[], index: number): boolean {
  const [before, sign, after] = [tokens[index - 1], tokens[index], tokens[index + 1]];
  if ((sign?.text !== '-' && sign?.text !== '/') || after?.kind !== 'number') return false;
  return !sign.isAttached && (after.isAttached ? sign.text === '-' : before?.kind === 'number');
}

/** Units named without a number: only one text has kilometres, and only the other miles. */
function differsInUnitNames(left: readonly Token[], right: readonly Token[]): boolean {
  const [named, others] = [unitNames(left), unitNames(right)];
  for (const [name, kind] of named) {
    if (others.has(name)) continue;
    for (const [other, otherKind] of others) if (kind === otherKind && !named.has(other)) return true;
  }
  return false;
}

/** Names short enough to be something else (`mi`, `bar`) are not read as units without a number. */
const SHORTEST_NAME = 3;
const OTHER_MEANINGS = new Set([
  'bar',
  'second',
  'won',
  'real',
  'foot',
  'feet',
  'cup',
  'cups',
  'bit',
  'bits',
  'min',
  'try',
  'sec',
  'degree',
  'degrees',
  'quid',
  'gig',
  'gigs',
  'sterling',
  'percentage',
]);

function unitNames(tokens: readonly Token[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { kind, text } of tokens) {
    const unit = kind === 'word' && text.length >= SHORTEST_NAME && !OTHER_MEANINGS.has(text) ? units.get(text) : undefined;
    if (unit === undefined) continue;
    names.set(
      `${unit.factor} ${unit.dimension}`,
      CURRENCIES.has(unit.dimension) ? 'currency' : (QUESTIONED[unit.dimension] ?? unit.dimension),
    );
  }
  return names;
}
