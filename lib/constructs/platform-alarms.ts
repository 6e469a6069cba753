import { Duration, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { GatewayMetrics } from './gateway-metrics';

/** A share of the answers that were held to a schema, in percent, by whose answers they are: an alarm for each. */
export interface QualityAlarm {
  readonly percent: number;
  readonly models: readonly string[];
  /** Ids of prompts. @default - none */
  readonly prompts?: readonly string[];
}

/** The alarms to make: one for each entry, none for what is absent. */
export interface PlatformAlarmSelection {
  /** Share of failed calls, in percent, in two of three periods of five minutes. Periods with too few calls to tell do not count. */
  readonly errorRate?: { readonly percent: number };
  /**
   * 99th percentile of a call's duration, over two periods of fifteen minutes. It stays as it is while there are fewer than 1,000 calls in a
   * period: CloudWatch takes a percentile of fewer for chance.
   */
  readonly latencyP99?: { readonly ms: number };
  /** Calls answered with 429, in each of two periods of five minutes. */
  readonly throttledCalls?: { readonly count: number };
  /** Invocations of the gateway function that Lambda refused, in five minutes. */
  readonly functionThrottles?: { readonly count: number };
  /** Invocations of the gateway function that ended in an error or ran out of time, in five minutes. */
  readonly functionErrors?: { readonly count: number };
  /** Invocations of `handler`, the function that administers, that ended in an error or ran out of time, in five minutes. */
  readonly administrationErrors?: { readonly count: number; readonly handler: lambda.IFunction };
  /** Spending on models in an hour, in US dollars. */
  readonly hourlySpend?: { readonly usd: number };
  /** Spending on models in a day, in US dollars. */
  readonly dailySpend?: { readonly usd: number };
  /**
   * Spending of single tenants on models in a day, in US dollars, by their ids: an alarm for each. The gateway has to watch them (`watchedTenants` of its
   * `platform.json`).
   */
  readonly tenantSpend?: Readonly<Record<string, { readonly usd: number }>>;
  /**
   * Share of a model's answers that do not hold to the schema that was asked for, in percent, in two of three periods of fifteen minutes: one alarm
   * for each model. Periods with too few answers to tell do not count. The same of the prompts that are named.
   */
  readonly invalidAnswers?: QualityAlarm;
  /** Share of them for which a larger model was asked, likewise. */
  readonly escalations?: QualityAlarm;
  /**
   * Share of verified answers to questions in other words that were none to the question, in percent, in a day; the same of the prompts that are named. Days with too few
   * to tell do not count.
   */
  readonly falseHits?: { readonly percent: number; readonly prompts?: readonly string[] };
  /** Times that a model was left alone after failing several times in a row, in five minutes. */
  readonly breakerSkips?: { readonly count: number };
  /** Calls answered with a static text, in five minutes. */
  readonly degradedAnswers?: { readonly count: number };
  /** Accounts whose spending crossed their soft limit, in an hour. */
  readonly softLimits?: { readonly count: number };
  /** Calls of which nobody knows what they cost, since their process died, in an hour. */
  readonly unknownCalls?: { readonly count: number };
  /** How far `copier`, the function that copies the audit trail, is behind, in minutes, in two periods of five. */
  readonly auditCopyDelay?: { readonly minutes: number; readonly copier: lambda.IFunction };
  /** How far `counter`, the function that counts usage, is behind the audit trail, in minutes, in two periods of five. */
  readonly usageDelay?: { readonly minutes: number; readonly counter: lambda.IFunction };
  /** Audit records that usage could not be counted from, in five minutes. */
  readonly uncountedRecords?: { readonly count: number };
  /** Audit records that were changed or deleted, in five minutes. */
  readonly auditChanges?: { readonly count: number };
  /** Records and objects of a day of which the audit trail, its archive and the day's manifest do not say the same. */
  readonly auditDiscrepancies?: { readonly count: number };
  /** Settlements that could not be written, in five minutes. */
  readonly settlementFailures?: { readonly count: number };
}

export interface PlatformAlarmsProps {
  /** Of the gateway to watch. */
  readonly metrics: GatewayMetrics;
  /** The gateway function. */
  readonly handler: lambda.IFunction;
  /** Is told of each alarm. */
  readonly topic: sns.ITopic;
  /** Who acts on them: stands in each description. */
  readonly owner: string;
  /** Where the runbooks are: a URL or path, without a trailing slash. @default 'docs/runbooks' */
  readonly runbooks?: string;
  /** An alarm is raised above its number. */
  readonly alarms: PlatformAlarmSelection;
}

const MS_PER_MINUTE = 60_000;

interface AlarmDefinition {
  readonly metric: cloudwatch.IMetric;
  readonly threshold: number;
  /** What an alarm says, as the first sentence of its description. */
  readonly says: string;
  /** File in the folder of runbooks, without its ending. */
  readonly runbook: string;
  readonly evaluationPeriods: number;
  /** @default - all of them */
  readonly datapointsToAlarm?: number;
  readonly isPercentile?: boolean;
}

/**
 * Alarms on a gateway, each with who acts on it and a runbook. The construct id of an alarm is its key in `alarms`, with a model's or tenant's id after
 * it where there is one for each.
 */
export class PlatformAlarms extends Construct {
  readonly alarms: readonly cloudwatch.Alarm[];

  constructor(scope: Construct, id: string, props: PlatformAlarmsProps) {
    super(scope, id);
    this.alarms = definitionsOf(props).map(([alarmId, definition]) => this.createAlarm(alarmId, definition, props));
  }

  private createAlarm(id: string, definition: AlarmDefinition, props: PlatformAlarmsProps): cloudwatch.Alarm {
    checkThreshold(id, definition.threshold);
    const alarm = new cloudwatch.Alarm(this, id.charAt(0).toUpperCase() + id.slice(1), {
      alarmDescription: `${definition.says} Owner: ${props.owner}. Runbook: ${props.runbooks ?? 'docs/runbooks'}/${definition.runbook}.md`,
      metric: definition.metric,
      threshold: definition.threshold,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: definition.evaluationPeriods,
      datapointsToAlarm: definition.datapointsToAlarm,
      // No data is no calls, and nothing is wrong with that.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      evaluateLowSampleCountPercentile: definition.isPercentile ? 'ignore' : undefined,
    });
    alarm.addAlarmAction(new actions.SnsAction(props.topic));
    return alarm;
  }
}

function definitionsOf(props: PlatformAlarmsProps): readonly (readonly [string, AlarmDefinition])[] {
  const ofPlatform = Object.entries(platformDefinitions(props)).flatMap(([id, definition]) =>
    definition === undefined ? [] : [[id, definition] as const],
  );
  return [...ofPlatform, ...qualityDefinitions(props), ...tenantDefinitions(props)];
}

function tenantDefinitions({ alarms, metrics }: PlatformAlarmsProps): readonly (readonly [string, AlarmDefinition])[] {
  return Object.entries(alarms.tenantSpend ?? {}).map(([tenant, { usd }]) => [
    `tenantSpend-${tenant}`,
    {
      metric: metrics.metric('CostUsd', { tenant, period: Duration.days(1) }),
      threshold: usd,
      says: `Models cost more than $${usd} in a day for tenant ${tenant}.`,
      runbook: 'spend',
      evaluationPeriods: 1,
    },
  ]);
}

/** Shares of answers: by model and by prompt, and of those that the cache gave. */
function qualityDefinitions({ alarms, metrics }: PlatformAlarmsProps): readonly (readonly [string, AlarmDefinition])[] {
  const share = (
    name: 'InvalidAnswers' | 'Escalations',
    percent: number,
    of: { readonly model?: string; readonly prompt?: string },
    says: string,
  ): AlarmDefinition => ({
    metric: metrics.metricShareOfAnswers(name, { ...of, period: Duration.minutes(15) }),
    threshold: percent,
    says,
    runbook: 'answer-quality',
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
  });
  const each = (
    id: string,
    name: 'InvalidAnswers' | 'Escalations',
    alarm: QualityAlarm | undefined,
    says: (of: string) => string,
  ): readonly (readonly [string, AlarmDefinition])[] => {
    const { percent = 0, models = [], prompts = [] } = alarm ?? {};
    return [
      ...models.map((model) => [`${id}-${model}`, share(name, percent, { model }, says(model))] as const),
      ...prompts.map((prompt) => [`${id}-prompt-${prompt}`, share(name, percent, { prompt }, says(`prompt ${prompt}`))] as const),
    ];
  };
  const { invalidAnswers, escalations, falseHits } = alarms;
  const ofHits = (of: string, prompt?: string): AlarmDefinition => ({
    metric: metrics.metricShareOfFalseHits({ prompt, period: Duration.days(1) }),
    threshold: falseHits?.percent ?? 0,
    says: `More than ${falseHits?.percent} % of the verified answers from the semantic cache${of} are none to the question.`,
    runbook: 'false-hits',
    evaluationPeriods: 1,
  });
  return [
    ...(falseHits === undefined ? [] : [['falseHits', ofHits('')] as const]),
    ...(falseHits?.prompts ?? []).map((prompt) => [`falseHits-prompt-${prompt}`, ofHits(` for prompt ${prompt}`, prompt)] as const),
    ...each(
      'invalidAnswers',
      'InvalidAnswers',
      invalidAnswers,
      (of) => `More than ${invalidAnswers?.percent} % of the answers of ${of} do not hold to their schema.`,
    ),
    ...each(
      'escalations',
      'Escalations',
      escalations,
      (of) => `For more than ${escalations?.percent} % of the answers of ${of} a larger model has to be asked.`,
    ),
  ];
}

type PlatformAlarmId = Exclude<keyof PlatformAlarmSelection, 'invalidAnswers' | 'escalations' | 'falseHits' | 'tenantSpend'>;

function platformDefinitions({
  alarms,
  metrics,
  handler,
}: PlatformAlarmsProps): Readonly<Record<PlatformAlarmId, AlarmDefinition | undefined>> {
  return {
    errorRate: alarms.errorRate && {
      metric: metrics.metricErrorRate(),
      threshold: alarms.errorRate.percent,
      says: `More than ${alarms.errorRate.percent} % of calls fail.`,
      runbook: 'error-rate',
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
    },
    latencyP99: alarms.latencyP99 && {
      metric: metrics.metric('LatencyMs', { period: Duration.minutes(15) }),
      threshold: alarms.latencyP99.ms,
      says: `One call in a hundred takes more than ${alarms.latencyP99.ms} ms.`,
      runbook: 'latency',
      evaluationPeriods: 2,
      isPercentile: true,
    },
    throttledCalls: alarms.throttledCalls && {
      metric: metrics.metric('Throttles'),
      threshold: alarms.throttledCalls.count,
      says: `More than ${alarms.throttledCalls.count} calls in five minutes are answered with 429.`,
      runbook: 'throttles',
      evaluationPeriods: 2,
    },
    functionThrottles: alarms.functionThrottles && {
      metric: handler.metricThrottles({ statistic: cloudwatch.Stats.SUM, period: Duration.minutes(5) }),
      threshold: alarms.functionThrottles.count,
      says: 'Lambda refuses to run the gateway function.',
      runbook: 'throttles',
      evaluationPeriods: 1,
    },
    functionErrors: alarms.functionErrors && {
      metric: handler.metricErrors({ statistic: cloudwatch.Stats.SUM, period: Duration.minutes(5) }),
      threshold: alarms.functionErrors.count,
      says: 'Invocations of the gateway function end in an error or run out of time.',
      runbook: 'function-errors',
      evaluationPeriods: 1,
    },
    administrationErrors: alarms.administrationErrors && {
      metric: alarms.administrationErrors.handler.metricErrors({ statistic: cloudwatch.Stats.SUM, period: Duration.minutes(5) }),
      threshold: alarms.administrationErrors.count,
      says: 'Invocations of the function that administers end in an error or run out of time: what was asked may be done, and not said.',
      runbook: 'function-errors',
      evaluationPeriods: 1,
    },
    hourlySpend: alarms.hourlySpend && {
      metric: metrics.metric('CostUsd', { period: Duration.hours(1) }),
      threshold: alarms.hourlySpend.usd,
      says: `Models cost more than $${alarms.hourlySpend.usd} in an hour.`,
      runbook: 'spend',
      evaluationPeriods: 1,
    },
    dailySpend: alarms.dailySpend && {
      metric: metrics.metric('CostUsd', { period: Duration.days(1) }),
      threshold: alarms.dailySpend.usd,
      says: `Models cost more than $${alarms.dailySpend.usd} in a day.`,
      runbook: 'spend',
      evaluationPeriods: 1,
    },
    settlementFailures: alarms.settlementFailures && {
      metric: metrics.metric('SettlementFailures'),
      threshold: alarms.settlementFailures.count,
      says: 'Settlements are not written: the audit trail says what was asked, and not what came of it.',
      runbook: 'settlement-failures',
      evaluationPeriods: 1,
    },
    softLimits: alarms.softLimits && {
      metric: metrics.metric('SoftLimitCrossings', { period: Duration.hours(1) }),
      threshold: alarms.softLimits.count,
      says: 'An account has used up its budget to the soft limit.',
      runbook: 'spend',
      evaluationPeriods: 1,
    },
    unknownCalls: alarms.unknownCalls && {
      metric: metrics.metric('UnknownCalls', { period: Duration.hours(1) }),
      threshold: alarms.unknownCalls.count,
      says: 'Processes died before they could say what their calls cost: those are charged at their worst case.',
      runbook: 'settlement-failures',
      evaluationPeriods: 1,
    },
    auditCopyDelay: alarms.auditCopyDelay && {
      metric: alarms.auditCopyDelay.copier.metric('IteratorAge', { statistic: cloudwatch.Stats.MAXIMUM, period: Duration.minutes(5) }),
      threshold: alarms.auditCopyDelay.minutes * MS_PER_MINUTE,
      says: `The copy of the audit trail is more than ${alarms.auditCopyDelay.minutes} minutes behind.`,
      runbook: 'audit-archive',
      evaluationPeriods: 2,
    },
    usageDelay: alarms.usageDelay && {
      metric: alarms.usageDelay.counter.metric('IteratorAge', { statistic: cloudwatch.Stats.MAXIMUM, period: Duration.minutes(5) }),
      threshold: alarms.usageDelay.minutes * MS_PER_MINUTE,
      says: `Usage is counted more than ${alarms.usageDelay.minutes} minutes late.`,
      runbook: 'usage',
      evaluationPeriods: 2,
    },
    uncountedRecords: alarms.uncountedRecords && {
      metric: metrics.metric('UncountedRecords'),
      threshold: alarms.uncountedRecords.count,
      says: 'Audit records could not be read when usage was counted: reports of usage lack them.',
      runbook: 'usage',
      evaluationPeriods: 1,
    },
    auditChanges: alarms.auditChanges && {
      metric: metrics.metric('AuditChanges'),
      threshold: alarms.auditChanges.count,
      says: 'Audit records were changed or deleted.',
      runbook: 'audit-archive',
      evaluationPeriods: 1,
    },
    auditDiscrepancies: alarms.auditDiscrepancies && {
      metric: metrics.metric('AuditDiscrepancies', { period: Duration.hours(1) }),
      threshold: alarms.auditDiscrepancies.count,
      says: 'The audit trail, its archive and the manifest of a day do not say the same.',
      runbook: 'audit-archive',
      evaluationPeriods: 1,
    },
    breakerSkips: alarms.breakerSkips && {
      metric: metrics.metric('BreakerSkips'),
      threshold: alarms.breakerSkips.count,
      says: 'A model fails so often that it is left alone.',
      runbook: 'model-outage',
      evaluationPeriods: 1,
    },
    degradedAnswers: alarms.degradedAnswers && {
      metric: metrics.metric('DegradedAnswers'),
      threshold: alarms.degradedAnswers.count,
      says: 'Calls are answered with a static text, since no model does.',
      runbook: 'model-outage',
      evaluationPeriods: 1,
    },
  };
}

function checkThreshold(id: string, threshold: number): void {
  if (Token.isUnresolved(threshold)) return;
  if (!Number.isFinite(threshold) || threshold < 0) {
    throw new Error(`The threshold of alarm ${id} is ${threshold}; it must be a finite number of at least 0.`);
  }
}
