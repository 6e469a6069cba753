import type { SuiteResult } from './run-suite';

/** What another version did with the same cases. */
export interface Comparison {
  /** Cases that it did not pass, and this one does. */
  readonly gained: readonly string[];
  /** Cases that it passed, and this one does not. */
  readonly lost: readonly string[];
  /**
   * Exact two-sided McNemar test: how likely as uneven a split of the cases that differ is, were both equally good. Source: Fagerland, Lydersen, Laake,
   * BMC Medical Research Methodology 2013, doi:10.1186/1471-2288-13-91.
   */
  readonly pValue: number;
}

/** @param before Of the same suite: case by case the same questions. */
export function compare(result: SuiteResult, before: SuiteResult): Comparison {
  const passedBefore = new Set(before.cases.filter(({ outcome }) => outcome === 'passed').map(({ id }) => id));
  const gained = result.cases.filter(({ id, outcome }) => outcome === 'passed' && !passedBefore.has(id)).map(({ id }) => id);
  const lost = result.cases.filter(({ id, outcome }) => outcome !== 'passed' && passedBefore.has(id)).map(({ id }) => id);
  return { gained, lost, pValue: mcNemarExact(gained.length, lost.length) };
}

/** @param gained @param lost Counts of pairs that differ, either way. */
export function mcNemarExact(gained: number, lost: number): number {
  const pairs = gained + lost;
  // By logarithms: the first terms of a thousand pairs are too small for a number.
  let logTerm = pairs * Math.log(0.5);
  let tail = Math.exp(logTerm);
  for (let k = 1; k <= Math.min(gained, lost); k += 1) {
    logTerm += Math.log((pairs - k + 1) / k);
    tail += Math.exp(logTerm);
  }
  return Math.min(1, 2 * tail);
}
