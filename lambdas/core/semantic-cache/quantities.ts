import { numberKey, numeralAt } from './numerals';
import type { Token } from './tokens';
import { doubtfulMonths, months, multiples, ordinalEndings, ordinals, romanNumerals, tensOrdinals, weekdays } from './words/number-words';
import { units, unitSigns } from './words/units';

/** Something that a text counts, measures or dates. Two texts that differ in one ask different things. */
export interface Quantity {
  readonly kind: 'number' | 'unit' | 'date';
  /** Equal for equal quantities, whatever the words, units of one dimension and formats of dates. */
  readonly key: string;
  /** Of an amount of money: the key of its number, which may stand alone in the other text (`under 25000`). */
  readonly amount?: string;
  /** `one`, `first` and the length of a list (`top 10`) may be said by one text alone. */
  readonly isOptional: boolean;
}

export interface Quantities {
  readonly quantities: readonly Quantity[];
  /** Indexes of the tokens that they are made of. */
  readonly tokens: ReadonlySet<number>;
}

interface Found {
  readonly found: readonly Quantity[];
  readonly length: number;
}

const TIME = /^(\d{1,2}):(\d{2})(?::\d{2})?$/;
const MERIDIEM = new Set(['am', 'pm', 'a', 'p']);
const TIMES_OF_DAY: Readonly<Record<string, number>> = { noon: 720, midday: 720, midnight: 0 };
const BEFORE_MONTH = new Set([
  'in',
  'of',
  'since',
  'until',
  'till',
  'by',
  'last',
  'next',
  'this',
  'during',
  'from',
  'to',
  'between',
  'before',
  'after',
  'early',
  'late',
  'mid',
]);
const LISTED = new Set(['top', 'best', 'greatest', 'biggest', 'coolest', 'worst']);
const CURRENCY_DIMENSIONS = new Set(['usd', 'eur', 'gbp', 'inr', 'jpy', 'cny', 'chf', 'krw', 'rub', 'aed', 'cad', 'aud', 'sar', 'bitcoin']);
const AFTER_DEGREE: Readonly<Record<string, string>> = {
  c: 'celsius',
  f: 'fahrenheit',
  k: 'kelvin',
  celsius: 'celsius',
  centigrade: 'celsius',
  fahrenheit: 'fahrenheit',
};

/** Quantities of a text in order, each found once. */
export function readQuantities(tokens: readonly Token[]): Quantities {
  const quantities: Quantity[] = [];
  const taken = new Set<number>();
  for (let index = 0; index < tokens.length; ) {
    const match = quantityAt(tokens, index);
    const length = match?.length ?? 1;
    if (match !== undefined) {
      quantities.push(...match.found);
      for (let part = index; part < index + length; part++) taken.add(part);
    }
    index += length;
  }
  return { quantities, tokens: taken };
}

function quantityAt(tokens: readonly Token[], index: number): Found | undefined {
  return dateAt(tokens, index) ?? timeAt(tokens, index) ?? ordinalAt(tokens, index) ?? amountAt(tokens, index) ?? wordAt(tokens, index);
}

function quantity(kind: Quantity['kind'], key: string, isOptional = false): Quantity {
  return { kind, key, isOptional };
}

/** `2024-03-05`, `5/3/2024`: as the same month, day and year in words. Day and month that could be either stay as they were written. */
function dateAt(tokens: readonly Token[], index: number): Found | undefined {
  const parts = [0, 2, 4].map((offset) => tokens[index + offset]);
  const signs = [1, 3].map((offset) => tokens[index + offset]?.text);
  if (!parts.every((part) => part?.kind === 'number') || signs[0] !== signs[1] || !['-', '/'].includes(signs[0] ?? '')) return undefined;
  const [first = '', second = '', third = ''] = parts.map((part) => part?.text);
  if (/^\d{4}$/.test(first)) return { length: 5, found: calendarDay(Number(first), Number(second), Number(third)) };
  if (!/^\d{2,4}$/.test(third)) return undefined;
  const [left, right] = [Number(first), Number(second)];
  if (left > 12 || left === right) return { length: 5, found: calendarDay(Number(third), right, left) };
  if (right > 12) return { length: 5, found: calendarDay(Number(third), left, right) };
  return { length: 5, found: [quantity('date', `${left}/${right}`), quantity('number', numberKey(Number(third)))] };
}

function calendarDay(year: number, month: number, day: number): Quantity[] {
  return [quantity('date', `month ${month}`), quantity('number', numberKey(day)), quantity('number', numberKey(year))];
}

/** `15:30`, `3:30 pm`, `3pm`, `3 o'clock`, as minutes of the day. */
function timeAt(tokens: readonly Token[], index: number): Found | undefined {
  const token = tokens[index];
  if (token?.kind !== 'number') {
    const minutes = TIMES_OF_DAY[token?.text ?? ''];
    return minutes === undefined ? undefined : { length: 1, found: [quantity('date', `minute ${minutes}`)] };
  }
  const clock = TIME.exec(token.text);
  const next = tokens[index + 1]?.text ?? '';
  const isMeridiem = MERIDIEM.has(next) && (next.length === 2 || tokens[index + 1]?.isAttached === true);
  if (clock === null && !isMeridiem && next !== 'oclock') return undefined;
  const hour = Number(clock?.[1] ?? token.text);
  if (!Number.isInteger(hour)) return undefined;
  const hours = next.startsWith('p') ? (hour % 12) + 12 : isMeridiem ? hour % 12 : hour;
  // `3 p.m.` is three tokens: the point between its letters ends no sentence.
  const length = isMeridiem ? (next.length === 1 && tokens[index + 2]?.text === 'm' ? 3 : 2) : next === 'oclock' ? 2 : 1;
  return { length, found: [quantity('date', `minute ${60 * hours + Number(clock?.[2] ?? 0)}`)] };
}

/** `1st`, `third`, `twenty-first`. Beside a month it is a day. */
function ordinalAt(tokens: readonly Token[], index: number): Found | undefined {
  const token = tokens[index];
  const next = tokens[index + 1];
  if (token?.kind === 'number' && next?.isAttached === true && ordinalEndings.has(next.text)) {
    return { length: 2, found: [ordinal(tokens, index, 2, Number(token.text))] };
  }
  const word = token?.text ?? '';
  const ten = numeralAt(tokens, index)?.value;
  const last = tokens[index + 1]?.text === '-' ? index + 2 : index + 1;
  const unit = ordinals.get(tokens[last]?.text ?? '');
  if (ten !== undefined && ten >= 20 && ten < 100 && ten % 10 === 0 && token?.kind === 'word' && unit !== undefined) {
    return { length: last + 1 - index, found: [ordinal(tokens, index, last + 1 - index, ten + unit)] };
  }
  const value = ordinals.get(word) ?? tensOrdinals.get(word);
  return value === undefined ? undefined : { length: 1, found: [ordinal(tokens, index, 1, value)] };
}

function ordinal(tokens: readonly Token[], index: number, length: number, value: number): Quantity {
  const after = tokens[index + length]?.text === 'of' ? index + length + 1 : index + length;
  const before = tokens[index - 1]?.text === 'the' ? index - 2 : index - 1;
  const isDay = months.has(tokens[after]?.text ?? '') || months.has(tokens[before]?.text ?? '');
  return isDay ? quantity('number', numberKey(value)) : quantity('number', `#${value}`, value === 1);
}

/** A number with its unit or currency, before or after it. */
function amountAt(tokens: readonly Token[], index: number): Found | undefined {
  const before = currencyBefore(tokens, index);
  const start = before === undefined ? index : index + 1;
  const numeral = numeralAt(tokens, start, before !== undefined);
  if (numeral === undefined) return undefined;
  const end = start + numeral.length;
  const gap = tokens[end]?.text === '-' ? 1 : 0;
  const after = before === undefined ? unitAfter(tokens, end + gap) : undefined;
  const unit = before ?? after?.unit;
  const length = end - index + (after === undefined ? 0 : gap + after.length);
  if (unit === undefined) {
    const isDecade = tokens[end]?.isAttached === true && tokens[end]?.text === 's' && tokens[start]?.kind === 'number';
    const found = [quantity('number', isDecade ? `${numeral.key}s` : numeral.key, numeral.isPronoun || isListLength(tokens, start))];
    return { length: isDecade ? length + 1 : length, found };
  }
  const size = numeral.value === undefined ? numeral.key : numberKey(numeral.value * unit.factor);
  const money = CURRENCY_DIMENSIONS.has(unit.dimension) ? { amount: numeral.key } : {};
  return { length, found: [{ ...quantity('unit', `${size} ${unit.dimension}`, numeral.isPronoun), ...money }] };
}

/** `top 10 movies`, `the five best books`. */
function isListLength(tokens: readonly Token[], index: number): boolean {
  const [before, after] = [tokens[index - 1]?.text ?? '', tokens[index + 1]?.text ?? ''];
  return LISTED.has(before) || (before === 'the' && LISTED.has(after));
}

function currencyBefore(tokens: readonly Token[], index: number) {
  const token = tokens[index];
  if (token === undefined || tokens[index + 1]?.kind !== 'number') return undefined;
  const unit = units.get(unitSigns[token.text] ?? token.text);
  return unit !== undefined && CURRENCY_DIMENSIONS.has(unit.dimension) ? unit : undefined;
}

function unitAfter(tokens: readonly Token[], index: number) {
  const token = tokens[index];
  if (token === undefined) return undefined;
  const next = tokens[index + 1]?.text ?? '';
  if (token.text === '°' || token.text === 'degree' || token.text === 'degrees') {
    const scale = units.get(AFTER_DEGREE[next] ?? 'degree');
    return scale && { unit: scale, length: AFTER_DEGREE[next] === undefined ? 1 : 2 };
  }
  if (token.text === 'per' && next === 'cent') return { unit: { dimension: 'percent', factor: 1 }, length: 2 };
  const name =
    token.text === 'second'
      ? 'seconds'
      : token.isAttached && token.capital === 'all'
        ? (AFTER_DEGREE[token.text] ?? token.text)
        : token.text;
  const unit = units.get(unitSigns[name] ?? name);
  return unit && { unit, length: 1 };
}

/** Months, days of the week, Roman numerals, `half`, `twice`. */
function wordAt(tokens: readonly Token[], index: number): Found | undefined {
  const token = tokens[index];
  if (token?.kind !== 'word') return undefined;
  const weekday = weekdays.get(token.text);
  if (weekday !== undefined) return { length: 1, found: [quantity('date', `weekday ${weekday}`)] };
  const month = isMonth(tokens, index) ? months.get(token.text) : undefined;
  if (month !== undefined) return { length: 1, found: [quantity('date', `month ${month}`)] };
  const roman = token.capital === 'all' ? romanNumerals.get(token.text) : undefined;
  if (roman !== undefined) return { length: 1, found: [quantity('number', numberKey(roman))] };
  const multiple = multiples.get(token.text);
  return multiple === undefined ? undefined : { length: 1, found: [quantity('number', `×${multiple}`)] };
}

function isMonth(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index];
  if (token === undefined || !months.has(token.text)) return false;
  if (!doubtfulMonths.has(token.text)) return true;
  const isBeside = [tokens[index - 1], tokens[index + 1]].some((other) => other?.kind === 'number');
  return isBeside || (token.capital === 'first' && !token.isSentenceStart && BEFORE_MONTH.has(tokens[index - 1]?.text ?? ''));
}
