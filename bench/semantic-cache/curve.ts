/** One pair of questions, scored. */
export interface ScoredPair {
  /** By its label. */
  readonly isSame: boolean;
  /** Undefined where a veto refuses the pair at any threshold. */
  readonly score: number | undefined;
}

/** What a threshold lets through. */
export interface Point {
  readonly threshold: number;
  readonly hits: number;
  readonly falseHits: number;
  /** Of all pairs labelled the same: how many are hits, 0 to 1. */
  readonly foundShare: number;
}

export function pointAt(pairs: readonly ScoredPair[], threshold: number): Point {
  const hits = pairs.filter(({ score }) => score !== undefined && score >= threshold);
  const found = hits.filter(({ isSame }) => isSame).length;
  return { threshold, hits: hits.length, falseHits: hits.length - found, foundShare: found / duplicatesOf(pairs) };
}

/** Every threshold that makes a difference, from the highest: pairs of one score pass together. */
export function curveOf(pairs: readonly ScoredPair[]): readonly Point[] {
  const whole = duplicatesOf(pairs);
  const sorted = pairs.flatMap(({ isSame, score }) => (score === undefined ? [] : [{ isSame, score }])).sort((a, b) => b.score - a.score);
  const points: Point[] = [];
  let [found, falseHits] = [0, 0];
  for (const [index, { isSame, score }] of sorted.entries()) {
    if (isSame) found++;
    else falseHits++;
    if (sorted[index + 1]?.score !== score)
      points.push({ threshold: score, hits: found + falseHits, falseHits, foundShare: found / whole });
  }
  return points;
}

/** The highest threshold that finds the share; undefined when none does. */
export function pointOfShare(curve: readonly Point[], share: number): Point | undefined {
  return curve.find(({ foundShare }) => foundShare >= share);
}

function duplicatesOf(pairs: readonly ScoredPair[]): number {
  return pairs.filter(({ isSame }) => isSame).length;
}
