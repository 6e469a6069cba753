import { type MetricDimension, type MetricName, metricCatalogue, metricNamespace } from '../../config/metrics';
import type { MetricSink } from '../core/metrics';

const NAMES = Object.keys(metricCatalogue) as MetricName[];

/**
 * The lines of the function's metrics, at a small part of the price: which metrics are published by which dimensions is text that is made
 * once for each combination of those that occur together.
 */
export function createLineMetrics(environment: string, write: (line: string) => void, nowMs: () => number): MetricSink {
  const none = new Combination();
  return {
    record({ values, dimensions }) {
      const all: Partial<Record<MetricDimension, string>> = { Environment: environment, ...dimensions };
      let combination = none;
      // One that is empty is none: CloudWatch refuses it.
      for (const name in all) if (all[name as MetricDimension]) combination = combination.by(name as MetricDimension);
      let members = '';
      for (const name in values) {
        const value = values[name as MetricName];
        if (value === undefined) continue;
        combination = combination.with(name as MetricName);
        members += `,"${name}":${numberOf(name, value)}`;
      }
      if (members === '') return;
      const { directives, dimensions: published } = combination.published();
      let own = '';
      for (const name of published) own += `,"${name}":${JSON.stringify(all[name])}`;
      write(`{"_aws":{"Timestamp":${nowMs()},"CloudWatchMetrics":${directives}}${own}${members}}`);
    },
  };
}

interface Published {
  /** As JSON. */
  readonly directives: string;
  /** Those that occur in the directives. */
  readonly dimensions: readonly MetricDimension[];
}

/** Dimensions and metrics that occur together, in the order in which they are given: a few, as few as there are places that measure. */
class Combination {
  readonly #more = new Map<string, Combination>();
  #published: Published | undefined;

  constructor(
    private readonly dimensions: readonly MetricDimension[] = [],
    private readonly names: readonly MetricName[] = [],
  ) {}

  by(dimension: MetricDimension): Combination {
    return this.#more.get(dimension) ?? this.#add(dimension, new Combination([...this.dimensions, dimension], this.names));
  }

  with(name: MetricName): Combination {
    return this.#more.get(name) ?? this.#add(name, new Combination(this.dimensions, [...this.names, name]));
  }

  published(): Published {
    this.#published ??= publish(
      NAMES.filter((name) => this.names.includes(name)),
      this.dimensions,
    );
    return this.#published;
  }

  #add(name: MetricDimension | MetricName, longer: Combination): Combination {
    this.#more.set(name, longer);
    return longer;
  }
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
  return { directives: JSON.stringify(directives), dimensions: [...new Set(directives.flatMap(({ Dimensions }) => Dimensions.flat()))] };
}

function numberOf(name: string, value: number): number {
  if (!Number.isFinite(value)) throw new RangeError(`Metric ${name} is ${value}; it must be a finite number.`);
  return value;
}
