/** Values are told apart to this many digits in percentiles, which bounds how many there are; sums and extremes are exact. */
const PERCENTILE_DIGITS = 3;

/** What came of a metric in some time. */
export class Distribution {
  count = 0;
  sum = 0;
  minimum = Number.POSITIVE_INFINITY;
  maximum = Number.NEGATIVE_INFINITY;
  private readonly counts = new Map<number, number>();

  add(value: number): void {
    this.count += 1;
    this.sum += value;
    this.minimum = Math.min(this.minimum, value);
    this.maximum = Math.max(this.maximum, value);
    const rounded = Number(value.toPrecision(PERCENTILE_DIGITS));
    this.counts.set(rounded, (this.counts.get(rounded) ?? 0) + 1);
  }

  merge(other: Distribution): void {
    this.count += other.count;
    this.sum += other.sum;
    this.minimum = Math.min(this.minimum, other.minimum);
    this.maximum = Math.max(this.maximum, other.maximum);
    for (const [value, count] of other.counts) this.counts.set(value, (this.counts.get(value) ?? 0) + count);
  }

  /** The smallest value that this share of all is not above (nearest rank). @param percent Above 0, at most 100. */
  percentile(percent: number): number {
    const rank = Math.ceil((percent / 100) * this.count);
    let seen = 0;
    for (const value of [...this.counts.keys()].sort((a, b) => a - b)) {
      seen += this.counts.get(value) ?? 0;
      if (seen >= rank) return value;
    }
    return Number.NaN;
  }
}

const PERCENTILE = /^p(\d{1,2}(?:\.\d+)?|100)$/;

/** Percent of a percentile statistic such as `p99` or `p99.9`; undefined for any other. */
export function percentOf(statistic: string): number | undefined {
  const percent = Number(PERCENTILE.exec(statistic)?.[1]);
  return percent > 0 && percent <= 100 ? percent : undefined;
}

const STATISTICS: ReadonlyMap<string, (data: Distribution) => number> = new Map([
  ['SampleCount', (data) => data.count],
  ['Sum', (data) => data.sum],
  ['Average', (data) => data.sum / data.count],
  ['Minimum', (data) => data.minimum],
  ['Maximum', (data) => data.maximum],
]);

export function isStatistic(statistic: string): boolean {
  return STATISTICS.has(statistic) || percentOf(statistic) !== undefined;
}

/** @throws Error for a statistic that `isStatistic` does not know. */
export function statisticOf(data: Distribution, statistic: string): number {
  const percent = percentOf(statistic);
  if (percent !== undefined) return data.percentile(percent);
  const compute = STATISTICS.get(statistic);
  if (!compute) throw new Error(`The statistic ${statistic} is not computed here.`);
  return compute(data);
}

/**
 * Samples of which CloudWatch says that a percentile of fewer is chance.
 * Source: "Percentile-based alarms and low data samples", Amazon CloudWatch user guide: 10 / (1 − p) above the median, 10 / p below.
 */
export function enoughSamples(percent: number): number {
  return percent >= 50 ? 1000 / (100 - percent) : 1000 / percent;
}
