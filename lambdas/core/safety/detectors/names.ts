import { isLetter, isSpace, isUpper, unit, unitsOf } from '../text/chars';
import type { TextView } from '../text/text-window';

const INNER = unitsOf("'’-");
const MAX_WORD_UNITS = 40;

/** Where a word ends that begins with a capital, as names and places do; undefined where none stands. `O'Neil`, `Jean-Luc`, `É.`. */
export function endOfCapitalized(text: TextView, start: number): number | undefined {
  if (!isUpper(text.at(start)) && !isCaseless(text.at(start))) return undefined;
  let end = start + 1;
  while (end - start < MAX_WORD_UNITS && (isLetter(text.at(end)) || (INNER.has(text.at(end)) && isLetter(text.at(end + 1))))) end++;
  return end;
}

/** Where a word of letters ends, whatever its case. */
export function endOfWord(text: TextView, start: number): number {
  let end = start;
  while (end - start < MAX_WORD_UNITS && isLetter(text.at(end))) end++;
  return end;
}

/** After at most two spaces. */
export function afterSpaces(text: TextView, start: number): number {
  let index = start;
  while (index - start < 2 && isSpace(text.at(index))) index++;
  return index;
}

export const FULL_STOP = unit('.');

/** Scripts without capitals: Han, Kana, Hangul, Devanagari, Arabic, Hebrew. */
function isCaseless(found: number): boolean {
  return found >= 0x590 && isLetter(found) && String.fromCharCode(found).toLowerCase() === String.fromCharCode(found).toUpperCase();
}
