import { type MetricDimension, type MetricName, metricCatalogue, metricNamespace } from '../../config/metrics';
import type { MetricSink } from '../core/metrics';

const NAMES = Object.keys(metricCatalogue) as MetricName[];

/**
 * The lines of the function's metrics, at a small part of the price: which metrics are published by which dimensions is text that is made
 * once for each combination of those that occur together.
 */
export function createLineMetrics(environment: string, write: (line: string) => void, nowMs: () => number): MetricSink {
  const made = new Map<string, Published>();
  return {
    record({ values, dimensions }) {
      let names = '';
      let members = '';
      for (const name of NAMES) {
        const value = values[name];
        if (value === undefined) continue;
        names += ` ${name}`;
        members += `,"${name}":${numberOf(name, value)}`;
      }
      if (names === '') return;
      const all: Partial<Record<MetricDimension, string>> = { Environment: environment, ...dimensions };
      // One that is empty is none: CloudWatch refuses it.
      const present = (Object.keys(all) as MetricDimension[]).filter((name) => all[name]);
      const key = `${names};${present.join()}`;
      let published = made.get(key);
      if (published === undefined) {
        published = publish(names.slice(1).split(' ') as MetricName[], present);
        made.set(key, published);
      }
      let own = '';
      for (const name of published.dimensions) own += `,"${name}":${JSON.stringify(all[name])}`;
      write(`{"_aws":{"Timestamp":${nowMs()},"CloudWatchMetrics":${published.directives}}${own}${members}}`);
    },
  };
}

interface Published {
  /** As JSON. */
  readonly directives: string;
  /** Those that occur in the directives. */
  readonly dimensions: ReadonlySet<MetricDimension>;
}

/** A directive of the format publishes all its metrics by all its sets: metrics of different sets go to directives of their own. */
function publish(names: readonly MetricName[], present: readonly MetricDimension[]): Published {
  const groups = new Map<string, { readonly sets: readonly (readonly MetricDimension[])[]; readonly names: MetricName[] }>();
  for (const name of names) {
    const all: readonly (readonly MetricDimension[])[] = metricCatalogue[name].dimensionSets;
    const key = JSON.stringify(all);
    const group = groups.get(key) ?? { sets: all.filter((set) => set.every((one) => present.includes(one))), names: [] };
    groups.set(key, group);
    group.names.push(name);
  }
  const directives = [...groups.values()].map((group) => ({
    Namespace: metricNamespace,
    Dimensions: group.sets,
    Metrics: group.names.map((name) => ({ Name: name, Unit: metricCatalogue[name].unit })),
  }));
  return { directives: JSON.stringify(directives), dimensions: new Set(directives.flatMap(({ Dimensions }) => Dimensions.flat())) };
}

function numberOf(name: MetricName, value: number): number {
  if (!Number.isFinite(value)) throw new RangeError(`Metric ${name} is ${value}; it must be a finite number.`);
  return value;
}
