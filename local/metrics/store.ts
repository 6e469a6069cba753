import type { MetricDatum, MetricId } from './emf';
import { Distribution } from './statistics';

export const MINUTE_MS = 60_000;

/** The longest that an alarm of the templates looks back is a day. */
const KEPT_MINUTES = 25 * 60;
const MAX_METRICS = 2_000;

/** Metrics of the last day, minute by minute. */
export class MetricStore {
  private readonly metrics = new Map<
    string,
    { readonly id: MetricId; readonly unit: string; readonly minutes: Map<number, Distribution> }
  >();

  /** Data of further metrics is dropped once there are 2,000. */
  put(datum: MetricDatum, atMs: number): void {
    const key = keyOf(datum);
    let metric = this.metrics.get(key);
    if (!metric) {
      if (this.metrics.size >= MAX_METRICS) return;
      const { namespace, name, dimensions, unit } = datum;
      metric = { id: { namespace, name, dimensions }, unit, minutes: new Map() };
      this.metrics.set(key, metric);
    }
    const minute = Math.floor(atMs / MINUTE_MS);
    let data = metric.minutes.get(minute);
    if (!data) {
      data = new Distribution();
      metric.minutes.set(minute, data);
      for (const old of metric.minutes.keys()) if (old <= minute - KEPT_MINUTES) metric.minutes.delete(old);
    }
    for (const value of datum.values) data.add(value);
  }

  /** From the minute of `fromMs` to before the minute of `toMs`; undefined when there is no data. */
  read(id: MetricId, fromMs: number, toMs: number): Distribution | undefined {
    const metric = this.metrics.get(keyOf(id));
    const all = new Distribution();
    for (const [minute, data] of metric?.minutes ?? []) {
      if (minute >= Math.floor(fromMs / MINUTE_MS) && minute < Math.floor(toMs / MINUTE_MS)) all.merge(data);
    }
    return all.count === 0 ? undefined : all;
  }

  /** Every metric that has had data. */
  list(): readonly (MetricId & { readonly unit: string })[] {
    return [...this.metrics.values()].map(({ id, unit }) => ({ ...id, unit }));
  }
}

function keyOf({ namespace, name, dimensions }: MetricId): string {
  return JSON.stringify([namespace, name, ...Object.entries(dimensions).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}
