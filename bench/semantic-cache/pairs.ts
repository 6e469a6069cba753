import * as fs from 'node:fs';
import * as z from 'zod';
import { judge } from '../../lambdas/core/semantic-cache/judge';
import { type ScoredPair, curveOf, pointAt, pointOfShare } from './curve';
import type { Embeddings } from './embeddings';
import { percent, table } from './table';

const pairSchema = z.object({ a: z.string(), b: z.string(), same: z.boolean() });
export type Pair = z.infer<typeof pairSchema>;

export interface ScoredPairs {
  readonly plain: readonly ScoredPair[];
  readonly ours: readonly ScoredPair[];
}

/** The part of plain cosine's false hits that ours may have at every whole percent of these. */
export const LIMIT = 0.7;
const [FIRST_PERCENT, LAST_PERCENT] = [10, 40];
const THRESHOLDS = Array.from({ length: 15 }, (_, step) => (70 + 2 * step) / 100);

export function readPairs(file: string): readonly Pair[] {
  return readJsonLines(file).map((value) => pairSchema.parse(value));
}

export function readJsonLines(file: string): readonly unknown[] {
  return fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}

export function scorePairs(pairs: readonly Pair[], embeddings: Embeddings): ScoredPairs {
  const plain = pairs.map(({ a, b, same }) => ({ isSame: same, score: embeddings.cosine(a, b) }));
  const ours = pairs.map(({ a, b, same }, index): ScoredPair => {
    const { veto, score } = judge(a, b, plain[index]?.score ?? 0, { threshold: 0 });
    return { isSame: same, score: veto === undefined ? score : undefined };
  });
  return { plain, ours };
}

/** Shares of duplicates found, in percent, at which ours has more false hits than it may, or cannot find so many. */
export function sharesAboveLimit({ plain, ours }: ScoredPairs): readonly number[] {
  const [plainCurve, ourCurve] = [curveOf(plain), curveOf(ours)];
  const shares = Array.from({ length: LAST_PERCENT - FIRST_PERCENT + 1 }, (_, step) => FIRST_PERCENT + step);
  return shares.filter((share) => {
    const [theirs, own] = [pointOfShare(plainCurve, share / 100), pointOfShare(ourCurve, share / 100)];
    return theirs === undefined || own === undefined || own.falseHits > LIMIT * theirs.falseHits;
  });
}

export function shareTable({ plain, ours }: ScoredPairs): string {
  const [plainCurve, ourCurve] = [curveOf(plain), curveOf(ours)];
  const rows = [10, 15, 20, 25, 30, 35, 40].map((share) => {
    const [theirs, own] = [pointOfShare(plainCurve, share / 100), pointOfShare(ourCurve, share / 100)];
    if (theirs === undefined || own === undefined) throw new RangeError(`${share}% of the duplicates are found at no threshold.`);
    const ratio = own.falseHits / theirs.falseHits;
    return [
      `${share}%`,
      String(theirs.falseHits),
      theirs.threshold.toFixed(3),
      String(own.falseHits),
      own.threshold.toFixed(3),
      ratio.toFixed(2),
    ];
  });
  return table(['duplicates found', 'false hits: cosine', 'at', 'ours', 'at', 'ours / cosine'], rows);
}

export function thresholdTable({ plain, ours }: ScoredPairs): string {
  const rows = THRESHOLDS.map((threshold) => {
    const cells = [plain, ours].flatMap((side) => {
      const { foundShare, falseHits, hits } = pointAt(side, threshold);
      return [percent(foundShare), String(falseHits), percent(hits === 0 ? 0 : falseHits / hits)];
    });
    return [threshold.toFixed(2), ...cells];
  });
  return table(['threshold', 'cosine: found', 'false hits', 'of its hits', 'ours: found', 'false hits', 'of its hits'], rows);
}
