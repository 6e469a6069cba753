import { END } from './text-window';

/** Classes of UTF-16 units. All are false for {@link END}. */

const ZERO = 48;
const LETTER = /\p{L}/u;
const UPPER = /\p{Lu}/u;
const MARK = /\p{M}/u;

export function isDigit(unit: number): boolean {
  return unit >= ZERO && unit <= 57;
}

export function isAsciiUpper(unit: number): boolean {
  return unit >= 65 && unit <= 90;
}

export function isAsciiLetter(unit: number): boolean {
  return isAsciiUpper(unit) || (unit >= 97 && unit <= 122);
}

export function isAsciiAlphanumeric(unit: number): boolean {
  return isDigit(unit) || isAsciiLetter(unit);
}

export function isHex(unit: number): boolean {
  return isDigit(unit) || (unit >= 65 && unit <= 70) || (unit >= 97 && unit <= 102);
}

/** Letters of every script; letters outside the basic plane count by their surrogates. */
export function isLetter(unit: number): boolean {
  if (unit < 128) return isAsciiLetter(unit);
  return isSurrogate(unit) || LETTER.test(String.fromCharCode(unit)) || MARK.test(String.fromCharCode(unit));
}

export function isUpper(unit: number): boolean {
  return unit < 128 ? isAsciiUpper(unit) : UPPER.test(String.fromCharCode(unit));
}

/** What a word or a number consists of, underscore included. */
export function isWord(unit: number): boolean {
  return isDigit(unit) || unit === 95 || isLetter(unit);
}

export function isSpace(unit: number): boolean {
  return unit === 32 || unit === 9 || unit === 160 || unit === 0x202f || unit === 0x2009;
}

export function isLineBreak(unit: number): boolean {
  return unit === 10 || unit === 13;
}

export function digitOf(unit: number): number {
  return unit - ZERO;
}

/** Characters as a set of units: `.-_`. */
export function unitsOf(characters: string): ReadonlySet<number> {
  return new Set(Array.from({ length: characters.length }, (_, index) => characters.charCodeAt(index)));
}

export function unit(character: string): number {
  return character === '' ? END : character.charCodeAt(0);
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
