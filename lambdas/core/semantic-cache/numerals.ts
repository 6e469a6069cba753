import type { Token } from './tokens';
import { attachedMultipliers, multipliers, smallNumbers } from './words/number-words';

/** A number as it was written, and how many tokens it took. `key` is equal for equal numbers. */
export interface Numeral {
  readonly key: string;
  /** Absent where the digits are a name rather than a quantity: a version, a number with leading zeros, an ambiguous point. */
  readonly value?: number;
  readonly length: number;
  /** Spelt `one`, which rather points at something than counts it. */
  readonly isPronoun: boolean;
}

const GROUPED = /^\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?$/;
const PLAIN = /^(?:0|[1-9]\d{0,14})(?:[.,]\d{1,9})?$/;
/** 1.500 is one and a half or fifteen hundred, by country. */
const AMBIGUOUS_POINT = /^\d{1,3}\.\d{3}$/;

/** The number that begins at `index`, in digits or in words; undefined when there is none. @param isMoney A currency sign stands before it. */
export function numeralAt(tokens: readonly Token[], index: number, isMoney = false): Numeral | undefined {
  const token = tokens[index];
  if (token === undefined) return undefined;
  if (token.kind === 'number') return multiplied(tokens, index, 1, digitsOf(token.text), isMoney);
  if (token.kind !== 'word') return undefined;
  return wordsAt(tokens, index);
}

/** Numbers that differ only in the last bits of a conversion have one key. */
export function numberKey(value: number): string {
  return String(Number(value.toPrecision(12)));
}

function digitsOf(text: string): number | string {
  if (GROUPED.test(text)) return Number(text.replaceAll(',', ''));
  return PLAIN.test(text) && !AMBIGUOUS_POINT.test(text) ? Number(text.replace(',', '.')) : text;
}

function multiplied(tokens: readonly Token[], start: number, length: number, number: number | string, isMoney: boolean): Numeral {
  const written = tokens[start]?.text ?? '';
  const next = tokens[start + length];
  const isPronoun = written === 'one';
  if (typeof number === 'string') return { key: number, length, isPronoun };
  const letter = next?.isAttached === true && (isMoney || next.text === 'k') ? attachedMultipliers.get(next.text) : undefined;
  const factor = letter ?? (next === undefined ? undefined : multipliers.get(next.text));
  if (factor !== undefined) return { key: numberKey(number * factor), value: number * factor, length: length + 1, isPronoun: false };
  // Python 3.1 is not 3.10, and 2.0 not 2: a point is kept as it was written until a unit makes it a quantity.
  return { key: /[.,]/.test(written) && !GROUPED.test(written) ? written : numberKey(number), value: number, length, isPronoun };
}

/** `twenty-five`, `two hundred and fifty`, `a thousand`. */
function wordsAt(tokens: readonly Token[], start: number): Numeral | undefined {
  let total = 0;
  let part: number | undefined;
  let index = start;
  for (; index < tokens.length; index++) {
    const text = tokens[index]?.text ?? '';
    const small = smallNumbers.get(text);
    const multiplier = multipliers.get(text);
    if (small !== undefined) {
      if (part !== undefined && !continues(part, small)) break;
      part = (part ?? 0) + small;
    } else if (multiplier !== undefined) {
      if (multiplier === 100) part = (part ?? 1) * 100;
      else {
        total += (part ?? 1) * multiplier;
        part = undefined;
      }
    } else if (!joins(tokens, index, start)) break;
  }
  while (index > start && !isNumberWord(tokens[index - 1])) index--;
  if (index === start) return undefined;
  const value = total + (part ?? 0);
  const isPronoun = index === start + 1 && tokens[start]?.text === 'one';
  return { key: numberKey(value), value, length: index - start, isPronoun };
}

/** `two hundred` goes on with `fifty`, `fifty` with `one`. */
function continues(part: number, small: number): boolean {
  if (part >= 100) return part % 100 === 0;
  return part >= 20 && part % 10 === 0 && small > 0 && small < 10;
}

/** `-` and `and` inside a number: between two words of it. */
function joins(tokens: readonly Token[], index: number, start: number): boolean {
  const { text } = tokens[index] ?? { text: '' };
  if (index === start || !isNumberWord(tokens[index + 1])) return false;
  if (text === '-') return true;
  return text === 'and' && multipliers.has(tokens[index - 1]?.text ?? '');
}

function isNumberWord(token: Token | undefined): boolean {
  return token !== undefined && (smallNumbers.has(token.text) || multipliers.has(token.text));
}
