import { isAsciiAlphanumeric, isAsciiLetter, isDigit, isWord, unit } from './chars';
import type { TextView } from './text-window';

const ANY_DIGIT = unit('#');
const ANY_LETTER = unit('A');
const ANY_OF_BOTH = unit('*');

/**
 * Where a text that looks like a template ends, or undefined. `#` stands for a digit, `A` for an ASCII letter, `*` for either; all else for
 * itself.
 */
export function endOfTemplate(text: TextView, start: number, template: string): number | undefined {
  for (let offset = 0; offset < template.length; offset++) {
    if (!isAs(template.charCodeAt(offset), text.at(start + offset))) return undefined;
  }
  return start + template.length;
}

function isAs(wanted: number, found: number): boolean {
  if (wanted === ANY_DIGIT) return isDigit(found);
  if (wanted === ANY_LETTER) return isAsciiLetter(found);
  if (wanted === ANY_OF_BOTH) return isAsciiAlphanumeric(found);
  return found === wanted;
}

/** Whether a number or a code may begin here: not in the middle of a longer one. */
export function standsFreeBefore(text: TextView, start: number): boolean {
  const before = text.at(start - 1);
  if (isWord(before)) return false;
  // 1.5 and 7-8: the number began before the sign.
  return !(isJoint(before) && isAsciiAlphanumeric(text.at(start - 2)));
}

/** Whether it may end here. */
export function standsFreeAfter(text: TextView, end: number): boolean {
  const next = text.at(end);
  if (isWord(next)) return false;
  return !(isJoint(next) && isDigit(text.at(end + 1)));
}

/** The letters and digits of a stretch, in capitals. */
export function compact(text: TextView, start: number, end: number): string {
  return text
    .slice(start, end)
    .replace(/[^0-9A-Za-z]/g, '')
    .toUpperCase();
}

/** How far back a word may stand that says what a number is. */
const CONTEXT_UNITS = 48;

/** Whether one of the words (lower case) stands shortly before. */
export function hasContext(text: TextView, start: number, words: RegExp): boolean {
  return words.test(text.slice(Math.max(0, start - CONTEXT_UNITS), start).toLowerCase());
}

function isJoint(character: number): boolean {
  return character === 46 || character === 45;
}
