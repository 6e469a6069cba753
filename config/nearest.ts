/**
 * The candidate that a misspelt word most probably meant, or undefined when none is near. Case does not count; of several equally near
 * candidates the first wins.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const [a, b] = [word.toLowerCase(), candidate.toLowerCase()];
    const distance = editDistance(a, b);
    const near = distance <= tolerance(a, b) || isLongForm(a, b) || isLongForm(b, a);
    if (near && (best === undefined || distance < best.distance)) best = { candidate, distance };
  }
  return best?.candidate;
}

/** A third of the letters may be wrong; in short words two may, or a swap in `dev` would find nothing. */
function tolerance(a: string, b: string): number {
  const length = Math.max(a.length, b.length);
  return Math.min(length - 1, Math.max(2, Math.ceil(length / 3)));
}

/** As `production` is of `prod`. */
function isLongForm(long: string, short: string): boolean {
  return short.length >= 3 && long.startsWith(short);
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours each count one. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = at(previous, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? at(beforePrevious, j - 2) + 1 : Number.POSITIVE_INFINITY;
      current.push(Math.min(at(previous, j) + 1, at(current, j - 1) + 1, substitution, swap));
    }
    beforePrevious = previous;
    previous = current;
  }
  return at(previous, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
