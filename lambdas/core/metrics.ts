import { Metrics } from '@aws-lambda-powertools/metrics';
import { type MetricDimension, type MetricName, metricCatalogue, metricNamespace } from '../../config/metrics';

/** What was measured of one request. */
export interface Measurements {
  readonly values: Readonly<Partial<Record<MetricName, number>>>;
  /** The environment is added. A metric is not published by a dimension that has no value. */
  readonly dimensions: Readonly<Partial<Record<Exclude<MetricDimension, 'Environment'>, string>>>;
}

/** Where measurements go. */
export interface MetricSink {
  /** @throws what the metrics library says of a value that is none. */
  record(measurements: Measurements): void;
}

type EmfLine = ReturnType<Metrics['serializeMetrics']>;

/**
 * Publishes by CloudWatch's embedded metric format: one line on stdout for each record, made at once. What the library holds is filled and
 * emptied within one record, so that any number of calls may be under way.
 *
 * @param write Takes the line. Not `console.log`, to whose lines Lambda adds a prefix that CloudWatch does not read past.
 */
export function createMetrics(
  environment: string,
  write: (line: string) => void = (line) => void process.stdout.write(`${line}\n`),
): MetricSink {
  const metrics = new Metrics({ namespace: metricNamespace });
  // In place of the library's own, the function's name. The library adds it to each set.
  metrics.clearDefaultDimensions();
  metrics.setDefaultDimensions({ Environment: environment });
  return {
    record(measurements) {
      const lines = groupBySets(measurements.values).map((group) => serialize(group, measurements, metrics));
      if (lines.length > 0) write(JSON.stringify(merge(lines)));
    },
  };
}

interface Group {
  readonly sets: readonly (readonly MetricDimension[])[];
  readonly names: MetricName[];
}

/** A directive of the format publishes all its metrics by all its sets: metrics of different sets go to directives of their own. */
function groupBySets(values: Measurements['values']): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const name of Object.keys(metricCatalogue) as MetricName[]) {
    if (values[name] === undefined) continue;
    const sets: Group['sets'] = metricCatalogue[name].dimensionSets;
    const key = JSON.stringify(sets);
    const group = groups.get(key) ?? { sets, names: [] };
    groups.set(key, group);
    group.names.push(name);
  }
  return [...groups.values()];
}

function serialize({ sets, names }: Group, { values, dimensions }: Measurements, metrics: Metrics): EmfLine {
  try {
    for (const set of sets) {
      const others = set.filter((name) => name !== 'Environment');
      if (others.some((name) => dimensions[name] === undefined)) continue;
      metrics.addDimensions(Object.fromEntries(others.map((name) => [name, dimensions[name] ?? ''])));
    }
    for (const name of names) metrics.addMetric(name, metricCatalogue[name].unit, numberOf(name, values[name]));
    return metrics.serializeMetrics();
  } finally {
    metrics.clearMetrics();
    metrics.clearDimensions();
  }
}

function numberOf(name: MetricName, value: number | undefined): number {
  if (value === undefined || !Number.isFinite(value)) throw new RangeError(`Metric ${name} is ${value}; it must be a finite number.`);
  return value;
}

/** One line for all: dimensions have the same values in each, and a metric is in one alone. */
function merge(lines: readonly EmfLine[]): Record<string, unknown> {
  const members: Record<string, unknown> = Object.assign({}, ...lines);
  const directives = lines.flatMap((line) => line._aws.CloudWatchMetrics);
  return { ...members, _aws: { Timestamp: lines[0]?._aws.Timestamp, CloudWatchMetrics: directives } };
}
