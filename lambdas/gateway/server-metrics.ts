import { type MetricDimension, type MetricName, metricCatalogue, metricNamespace } from '../../config/metrics';
import type { Later } from '../core/clock';
import type { Measurements, MetricSink } from '../core/metrics';

const NAMES = Object.keys(metricCatalogue) as MetricName[];

/** Between the values of dimensions; CloudWatch allows it in none. */
const SEPARATOR = '\n';
/** In one line the format takes so many values of a metric. */
const MAX_VALUES = 100;
/** How long a value waits for others. */
const GATHER_MS = 1_000;

export interface LineMetrics extends MetricSink {
  /** Writes what waits. */
  flush(): void;
}

/**
 * What the function's metrics say, in a small part of the lines and at a small part of the price: values of the same metrics and dimensions that
 * come within a second are lists in one line, of which CloudWatch takes each as if it had come alone. Which metrics are published by which
 * dimensions is text that is made once for each combination of those that occur together.
 */
export function createLineMetrics(environment: string, write: (line: string) => void, nowMs: () => number, later: Later): LineMetrics {
  const none = new Combination();
  /** Lines that are not full. */
  const waiting = new Set<Gathered>();
  const row: number[] = [];

  function begin(combination: Combination, key: string, dimensions: Measurements['dimensions']): Gathered {
    const all: Partial<Record<MetricDimension, string>> = { Environment: environment, ...dimensions };
    const { directives, dimensions: published } = combination.published();
    const own = published.map((name) => `,"${name}":${JSON.stringify(all[name])}`).join('');
    const begun = new Gathered(combination, key, `{"_aws":{"Timestamp":${nowMs()},"CloudWatchMetrics":${directives}}${own}`);
    combination.gathered.set(key, begun);
    if (waiting.size === 0) later(GATHER_MS, flush);
    waiting.add(begun);
    return begun;
  }

  function finish(gathered: Gathered): void {
    waiting.delete(gathered);
    gathered.combination.gathered.delete(gathered.key);
    write(gathered.line());
  }

  function flush(): void {
    for (const gathered of waiting) finish(gathered);
  }

  return {
    record({ values, dimensions }) {
      let combination = none.by('Environment');
      let key = '';
      for (const name in dimensions) {
        const value = dimensions[name as keyof typeof dimensions];
        // One that is empty is none: CloudWatch refuses it.
        if (!value) continue;
        combination = combination.by(name as MetricDimension);
        key += value + SEPARATOR;
      }
      row.length = 0;
      for (const name in values) {
        const value = values[name as MetricName];
        if (value === undefined) continue;
        combination = combination.with(name as MetricName);
        row.push(numberOf(name, value));
      }
      if (row.length === 0) return;
      const gathered = combination.gathered.get(key) ?? begin(combination, key, dimensions);
      if (gathered.add(row) === MAX_VALUES) finish(gathered);
    },
    flush,
  };
}

/** Values of the metrics of a combination, with the same values of its dimensions. */
class Gathered {
  readonly #columns: readonly number[][];

  constructor(
    readonly combination: Combination,
    readonly key: string,
    /** The line up to its metrics. */
    private readonly head: string,
  ) {
    this.#columns = combination.names.map(() => []);
  }

  /** @param row A value for each metric, in their order. @returns how many each has now */
  add(row: readonly number[]): number {
    let count = 0;
    for (let index = 0; index < row.length; index++) count = (this.#columns[index] as number[]).push(row[index] as number);
    return count;
  }

  line(): string {
    const metrics = this.combination.names.map((name, index) => {
      const values = this.#columns[index] as number[];
      return `,"${name}":${values.length === 1 ? values[0] : `[${values.join(',')}]`}`;
    });
    return `${this.head}${metrics.join('')}}`;
  }
}

interface Published {
  /** As JSON. */
  readonly directives: string;
  /** Those that occur in the directives. */
  readonly dimensions: readonly MetricDimension[];
}

/** Dimensions and metrics that occur together, in the order in which they are given: a few, as few as there are places that measure. */
class Combination {
  /** By the values of the dimensions. */
  readonly gathered = new Map<string, Gathered>();
  readonly #more = new Map<string, Combination>();
  #published: Published | undefined;

  constructor(
    private readonly dimensions: readonly MetricDimension[] = [],
    readonly names: readonly MetricName[] = [],
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
