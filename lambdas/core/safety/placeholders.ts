import { isDigit, unit } from './text/chars';
import { kinds, type Kind } from './kinds';
import type { TextView } from './text/text-window';
import type { Span } from './detectors/detector';

/** What stands in a text instead of a value: `[EMAIL_1]`. Letters, digits, `_` and brackets alone, so it is safe in a JSON string. */
export type PlaceholderKind = Kind | 'literal';

const OPEN = unit('[');
const CLOSE = unit(']');
const MAX_DIGITS = 6;
const LABELS = [...kinds, 'literal'].map((kind) => `${kind.toUpperCase()}_`);

/**
 * The placeholder that begins at `start`, whether or not a value is behind it.
 *
 * What a caller or a document writes in this form is itself replaced, by `[LITERAL_1]`: after that every placeholder in what a model reads
 * is one of this call's, and none can be made to stand for another's value.
 */
export function placeholderAt(text: TextView, start: number): Span | undefined {
  if (text.at(start) !== OPEN) return undefined;
  for (const label of LABELS) {
    const end = endOf(text, start + 1, label);
    if (end !== undefined) return { start, end };
  }
  return undefined;
}

export function placeholderOf(kind: PlaceholderKind, number: number): string {
  return `[${kind.toUpperCase()}_${number}]`;
}

export function mayBeginPlaceholder(found: number): boolean {
  return found === OPEN;
}

function endOf(text: TextView, start: number, label: string): number | undefined {
  for (let index = 0; index < label.length; index++) {
    if (text.at(start + index) !== label.charCodeAt(index)) return undefined;
  }
  let end = start + label.length;
  while (end - start - label.length < MAX_DIGITS && isDigit(text.at(end))) end++;
  return end > start + label.length && text.at(end) === CLOSE ? end + 1 : undefined;
}
