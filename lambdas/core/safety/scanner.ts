import type { Detector, Match, Span } from './detectors/detector';
import type { Kind } from './kinds';
import { isWord } from './text/chars';
import type { TextView, TextWindow } from './text/text-window';

/** Something looked for beside the kinds: content rules, placeholders. */
export interface Finder<T> {
  readonly onlyAtWordStart?: boolean;
  mayBeginWith(unit: number): boolean;
  matchAt(text: TextView, start: number): Span | undefined;
  readonly tag: T;
}

/** What a finder found. */
export interface Found<T> extends Span {
  readonly tag: T;
}

const ASCII = 128;

/**
 * Looks with all finders from each place of a text in turn. It stops where one would have to see more of a text that is still coming, and
 * goes on from there: what it reports is the same in whatever pieces the text comes.
 */
export class Scanner<T> {
  readonly #atStarts: Candidates<T>;
  readonly #withinWords: Candidates<T>;

  constructor(finders: readonly Finder<T>[]) {
    this.#atStarts = candidates(finders);
    this.#withinWords = candidates(finders.filter(({ onlyAtWordStart }) => onlyAtWordStart !== true));
  }

  /**
   * @param from The first place that has not been looked from.
   * @param report Receives each find, by the place from which it was found: its start may be later.
   * @returns The first place that has yet to be looked from.
   */
  scan(window: TextWindow, from: number, report: (found: Found<T>) => void): number {
    const available = window.length;
    for (let place = from; place < available; place++) {
      const here = this.#lookFrom(window, place);
      if (here === undefined) return place;
      for (const found of here) report(found);
    }
    return available;
  }

  /** Undefined where that takes more of the text than has come. */
  #lookFrom(window: TextWindow, place: number): readonly Found<T>[] | undefined {
    const unit = window.at(place);
    const { byUnit, all } = isWord(window.at(place - 1)) ? this.#withinWords : this.#atStarts;
    const finders = unit < ASCII ? (byUnit[unit] ?? NOTHING) : all;
    let found: Found<T>[] = NOTHING;
    if (finders.length === 0) return found;
    window.starved = false;
    for (const finder of finders) {
      if (unit >= ASCII && !finder.mayBeginWith(unit)) continue;
      const span = finder.matchAt(window, place);
      if (window.starved) return undefined;
      if (span !== undefined) {
        if (found === NOTHING) found = [];
        found.push({ start: span.start, end: span.end, tag: finder.tag });
      }
    }
    return found;
  }
}

const NOTHING: never[] = [];

interface Candidates<T> {
  readonly byUnit: readonly (readonly Finder<T>[])[];
  readonly all: readonly Finder<T>[];
}

function candidates<T>(all: readonly Finder<T>[]): Candidates<T> {
  return { byUnit: Array.from({ length: ASCII }, (_, unit) => all.filter((finder) => finder.mayBeginWith(unit))), all };
}

/** Detectors as finders that say the kind. */
export function kindFinders(detectors: readonly Detector[]): readonly Finder<Kind>[] {
  return detectors.map((detector) => ({
    tag: detector.kind,
    onlyAtWordStart: detector.onlyAtWordStart === true,
    mayBeginWith: (unit) => detector.mayBeginWith(unit),
    matchAt: (text, start) => detector.matchAt(text, start),
  }));
}

/** Finds as matches of their kind, for those that want no more than to know what is there. */
export function toMatch({ start, end, tag }: Found<Kind>): Match {
  return { kind: tag, start, end };
}
