/** A metric by one set of dimensions, as CloudWatch tells one from another. */
export interface MetricId {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface MetricDatum extends MetricId {
  readonly unit: string;
  readonly values: readonly number[];
}

/** Of one metric in one line. */
const MAX_VALUES = 100;

interface Directive {
  readonly Namespace?: unknown;
  readonly Dimensions?: unknown;
  readonly Metrics?: unknown;
}

/**
 * The metrics in a log line of CloudWatch's embedded metric format, one for each set of dimensions. None when the line is another, or is not
 * as the format's specification says: CloudWatch passes over such lines in silence too.
 */
export function parseEmf(line: string): readonly MetricDatum[] {
  if (!line.includes('"_aws"')) return [];
  const record = asObject(parseJson(line));
  const directives = asObject(record?._aws)?.CloudWatchMetrics;
  if (record === undefined || !Array.isArray(directives)) return [];
  return directives.flatMap((directive) => readDirective(asObject(directive) ?? {}, record));
}

function readDirective({ Namespace, Dimensions, Metrics }: Directive, record: Readonly<Record<string, unknown>>): MetricDatum[] {
  if (typeof Namespace !== 'string' || !Array.isArray(Dimensions) || !Array.isArray(Metrics)) return [];
  const sets = Dimensions.map((names: unknown) => readSet(names, record)).filter((set) => set !== undefined);
  return Metrics.flatMap((definition: unknown) => {
    const { Name: name, Unit: unit = 'None' } = asObject(definition) ?? {};
    if (typeof name !== 'string' || typeof unit !== 'string') return [];
    const values = [record[name]].flat();
    if (values.length > MAX_VALUES || !values.every((value): value is number => typeof value === 'number')) return [];
    return sets.map((dimensions) => ({ namespace: Namespace, name, unit, dimensions, values }));
  });
}

/** A set one of whose members is missing is no set. */
function readSet(names: unknown, record: Readonly<Record<string, unknown>>): Record<string, string> | undefined {
  if (!Array.isArray(names)) return undefined;
  const pairs = names.map((name) => [String(name), record[String(name)]] as const);
  return pairs.every((pair): pair is readonly [string, string] => typeof pair[1] === 'string') ? Object.fromEntries(pairs) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}
