import type { Kind } from '../kinds';
import type { TextView } from '../text/text-window';

/** A stretch of a text in UTF-16 units, `end` excluded. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What is found: where and what kind. Never the text itself, so that what holds it can be logged. */
export interface Match extends Span {
  readonly kind: Kind;
}

/**
 * Looks for one kind of thing from one place of a text. It reads forward from there, a number of units that does not depend on how long the
 * text is, and at most `LOOK_BEHIND_UNITS` back; it keeps nothing. So all the places of a text cost time in proportion to its length, and what
 * is found does not depend on the pieces in which the text comes.
 */
export interface Detector {
  readonly kind: Kind;
  /** Whether one never begins within a word or a number: spares all other places of these the look. */
  readonly onlyAtWordStart?: boolean;
  /** Whether one may begin with this unit: spares most places the look. */
  mayBeginWith(unit: number): boolean;
  /** What begins here: for what is told by the words before it, at or after `start`. */
  matchAt(text: TextView, start: number): Span | undefined;
}
