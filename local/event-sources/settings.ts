/** How a mapping hands records to its function; the names are CloudFormation's, in words with units. */
export interface MappingSettings {
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST';
  /** Undefined: until the record expires. */
  readonly maximumRetryAttempts: number | undefined;
  /** Undefined: as long as the source keeps it. */
  readonly maximumRecordAgeMs: number | undefined;
  readonly bisectOnError: boolean;
  readonly partialResponses: boolean;
  /** Undefined: no windows. */
  readonly tumblingWindowMs: number | undefined;
}

type Properties = Readonly<Record<string, unknown>>;

/**
 * Reads the settings of a mapping on a stream.
 *
 * @throws Error for values that Lambda does not take
 */
export function readSettings(properties: Properties): MappingSettings {
  const retries = integer(properties, 'MaximumRetryAttempts', -1, 10_000) ?? -1;
  const ageSeconds = integer(properties, 'MaximumRecordAgeInSeconds', -1, 604_800) ?? -1;
  // As Lambda has it: -1 is no limit, and nothing shorter than a minute is one.
  if (ageSeconds >= 0 && ageSeconds < 60) throw new Error(`its MaximumRecordAgeInSeconds is ${ageSeconds}; it takes -1, or 60 to 604800.`);
  const { StartingPosition: position } = properties;
  if (position !== 'TRIM_HORIZON' && position !== 'LATEST') {
    throw new Error(`its StartingPosition is ${String(position)}; a DynamoDB stream takes TRIM_HORIZON or LATEST.`);
  }
  return {
    batchSize: integer(properties, 'BatchSize', 1, 10_000) ?? 100,
    batchingWindowMs: (integer(properties, 'MaximumBatchingWindowInSeconds', 0, 300) ?? 0) * 1000,
    startingPosition: position,
    maximumRetryAttempts: retries < 0 ? undefined : retries,
    maximumRecordAgeMs: ageSeconds < 0 ? undefined : ageSeconds * 1000,
    bisectOnError: properties.BisectBatchOnFunctionError === true,
    partialResponses: readPartialResponses(properties),
    // As Lambda has it: 0 is none.
    tumblingWindowMs: (integer(properties, 'TumblingWindowInSeconds', 0, 900) ?? 0) * 1000 || undefined,
  };
}

/** How a mapping on a queue hands messages to its function. */
export interface QueueMappingSettings {
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly partialResponses: boolean;
  /** Calls at once. Undefined: as many as the function can take. */
  readonly maximumConcurrency: number | undefined;
}

/** Without a batching window a batch is one receive, which has no more. */
const MAX_UNGATHERED = 10;

/**
 * Reads the settings of a mapping on a queue.
 *
 * @throws Error for values that Lambda does not take
 */
export function readQueueSettings(properties: Properties): QueueMappingSettings {
  const batchSize = integer(properties, 'BatchSize', 1, 10_000) ?? MAX_UNGATHERED;
  const windowSeconds = integer(properties, 'MaximumBatchingWindowInSeconds', 0, 300) ?? 0;
  if (batchSize > MAX_UNGATHERED && windowSeconds === 0) {
    throw new Error(`its BatchSize is ${batchSize}; above ${MAX_UNGATHERED} it needs a MaximumBatchingWindowInSeconds of at least 1.`);
  }
  const scaling = (properties.ScalingConfig ?? {}) as Properties;
  return {
    batchSize,
    batchingWindowMs: windowSeconds * 1000,
    partialResponses: readPartialResponses(properties),
    maximumConcurrency: integer(scaling, 'MaximumConcurrency', 2, 1000),
  };
}

function readPartialResponses({ FunctionResponseTypes: given }: Properties): boolean {
  const types = (given ?? []) as readonly unknown[];
  const unknown = types.find((type) => type !== 'ReportBatchItemFailures');
  if (unknown !== undefined) throw new Error(`its FunctionResponseTypes has ${String(unknown)}; it takes ReportBatchItemFailures.`);
  return types.length > 0;
}

function integer(properties: Properties, name: string, min: number, max: number): number | undefined {
  const value = properties[name];
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isInteger(number) && number >= min && number <= max) return number;
  throw new Error(`its ${name} is ${String(value)}; it takes an integer from ${min} to ${max}.`);
}
