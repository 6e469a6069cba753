import type { MetricId } from './emf';
import { type Expression, parseExpression } from './expression';
import { isStatistic } from './statistics';

/** Something of an alarm that is not evaluated here; the message names it. */
export class UnsupportedAlarmError extends Error {
  override readonly name = 'UnsupportedAlarmError';
}

/** Metrics that the emulator publishes in the place of AWS's services. */
const OF_AWS: Readonly<Record<string, readonly string[]>> = {
  'AWS/Lambda': ['Invocations', 'Errors', 'Throttles', 'IteratorAge'],
  'AWS/SQS': [
    'ApproximateNumberOfMessagesVisible',
    'ApproximateNumberOfMessagesNotVisible',
    'ApproximateNumberOfMessagesDelayed',
    'ApproximateAgeOfOldestMessage',
    'NumberOfMessagesSent',
    'NumberOfMessagesReceived',
    'NumberOfMessagesDeleted',
    'NumberOfEmptyReceives',
  ],
  'AWS/Events': [
    'MatchedEvents',
    'TriggeredRules',
    'Invocations',
    'FailedInvocations',
    'InvocationsSentToDlq',
    'InvocationsFailedToBeSentToDlq',
  ],
};

const COMPARISONS = {
  GreaterThanThreshold: { symbol: '>', breaches: (value: number, threshold: number) => value > threshold },
  GreaterThanOrEqualToThreshold: { symbol: '>=', breaches: (value: number, threshold: number) => value >= threshold },
  LessThanThreshold: { symbol: '<', breaches: (value: number, threshold: number) => value < threshold },
  LessThanOrEqualToThreshold: { symbol: '<=', breaches: (value: number, threshold: number) => value <= threshold },
} as const;

export type MissingData = 'breaching' | 'notBreaching' | 'ignore' | 'missing';

/** One metric that an alarm reads. */
export interface AlarmMetric {
  readonly id: MetricId;
  readonly statistic: string;
}

/** What an alarm looks at in each period: a metric, or an expression of several. */
export type Watched =
  | { readonly metric: AlarmMetric }
  | { readonly expression: Expression; readonly metrics: ReadonlyMap<string, AlarmMetric> };

export interface AlarmDefinition {
  readonly name: string;
  readonly arn: string;
  readonly description: string;
  readonly watched: Watched;
  readonly periodMs: number;
  readonly comparison: (typeof COMPARISONS)[keyof typeof COMPARISONS];
  readonly threshold: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly missingData: MissingData;
  /** Whether the state stays while a percentile has too few samples. */
  readonly keepsStateOnLowSamples: boolean;
  /** ARNs to act on, by the state that is entered. */
  readonly actions: Readonly<Record<AlarmState, readonly string[]>>;
}

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

interface MetricStat {
  readonly Metric: { readonly Namespace: string; readonly MetricName: string; readonly Dimensions?: readonly Dimension[] };
  readonly Period: number;
  readonly Stat: string;
  readonly Unit?: string;
}

interface Dimension {
  readonly Name: string;
  readonly Value: string;
}

interface MetricQuery {
  readonly Id: string;
  readonly Expression?: string;
  readonly MetricStat?: MetricStat;
  readonly ReturnData?: boolean;
}

/** Members of `AWS::CloudWatch::Alarm` that are evaluated, or say nothing of when an alarm is raised. */
interface AlarmProperties {
  readonly AlarmDescription?: string;
  readonly ActionsEnabled?: boolean;
  readonly AlarmActions?: readonly string[];
  readonly OKActions?: readonly string[];
  readonly InsufficientDataActions?: readonly string[];
  readonly ComparisonOperator: string;
  readonly Threshold?: number;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly TreatMissingData?: MissingData;
  readonly EvaluateLowSampleCountPercentile?: string;
  readonly Metrics?: readonly MetricQuery[];
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly Dimension[];
  readonly Period?: number;
  readonly Statistic?: string;
  readonly ExtendedStatistic?: string;
  readonly Unit?: string;
}

/**
 * An alarm from its resolved properties in a template.
 *
 * @throws UnsupportedAlarmError, UnsupportedExpressionError
 */
export function alarmDefinitionOf(properties: Record<string, unknown>, name: string, arn: string): AlarmDefinition {
  const alarm = properties as unknown as AlarmProperties;
  const comparison = COMPARISONS[alarm.ComparisonOperator as keyof typeof COMPARISONS];
  if (!comparison) throw new UnsupportedAlarmError(`the comparison ${alarm.ComparisonOperator}`);
  if (alarm.Threshold === undefined) throw new UnsupportedAlarmError('a threshold that is no number');
  const enabled = alarm.ActionsEnabled ?? true;
  const { watched, periodSeconds } = watchedBy(alarm);
  return {
    name,
    arn,
    description: alarm.AlarmDescription ?? '',
    watched,
    periodMs: periodSeconds * 1000,
    comparison,
    threshold: alarm.Threshold,
    evaluationPeriods: alarm.EvaluationPeriods,
    datapointsToAlarm: alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods,
    missingData: alarm.TreatMissingData ?? 'missing',
    keepsStateOnLowSamples: alarm.EvaluateLowSampleCountPercentile === 'ignore',
    actions: {
      ALARM: enabled ? (alarm.AlarmActions ?? []) : [],
      OK: enabled ? (alarm.OKActions ?? []) : [],
      INSUFFICIENT_DATA: enabled ? (alarm.InsufficientDataActions ?? []) : [],
    },
  };
}

function watchedBy(alarm: AlarmProperties): { readonly watched: Watched; readonly periodSeconds: number } {
  if (alarm.Metrics) return watchedByQueries(alarm.Metrics);
  const statistic = {
    Metric: { Namespace: alarm.Namespace ?? '', MetricName: alarm.MetricName ?? '', Dimensions: alarm.Dimensions },
    Period: alarm.Period ?? 60,
    Stat: alarm.ExtendedStatistic ?? alarm.Statistic ?? '',
    Unit: alarm.Unit,
  };
  return { watched: { metric: metricOf(statistic) }, periodSeconds: statistic.Period };
}

function watchedByQueries(queries: readonly MetricQuery[]): ReturnType<typeof watchedBy> {
  const metrics = new Map(queries.flatMap(({ Id, MetricStat }) => (MetricStat ? [[Id, metricOf(MetricStat)] as const] : [])));
  const periods = new Set(queries.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Period] : [])));
  const [periodSeconds] = periods;
  if (periodSeconds === undefined || periods.size > 1) throw new UnsupportedAlarmError('metrics of different periods');
  const returned = queries.filter(({ ReturnData }) => ReturnData ?? true);
  const [watched] = returned;
  if (watched === undefined || returned.length > 1) throw new UnsupportedAlarmError('more than one query that returns data');
  if (watched.Expression === undefined) {
    const metric = metrics.get(watched.Id);
    if (!metric) throw new UnsupportedAlarmError(`the query ${watched.Id}, which has neither a metric nor an expression`);
    return { watched: { metric }, periodSeconds };
  }
  const expression = parseExpression(watched.Expression);
  for (const id of expression.uses) {
    if (!metrics.has(id)) throw new UnsupportedAlarmError(`the expression "${watched.Expression}", whose ${id} is no metric`);
  }
  return { watched: { expression, metrics }, periodSeconds };
}

function metricOf({ Metric, Stat, Unit }: MetricStat): AlarmMetric {
  const { Namespace: namespace, MetricName: name } = Metric;
  if (!isStatistic(Stat)) throw new UnsupportedAlarmError(`the statistic ${Stat}`);
  if (Unit !== undefined) throw new UnsupportedAlarmError(`a metric by its unit (${Unit})`);
  if (namespace.startsWith('AWS/') && !OF_AWS[namespace]?.includes(name)) {
    throw new UnsupportedAlarmError(`the metric ${namespace} ${name}, which nothing here publishes`);
  }
  const dimensions = Object.fromEntries((Metric.Dimensions ?? []).map(({ Name, Value }) => [Name, Value]));
  return { id: { namespace, name, dimensions }, statistic: Stat };
}
