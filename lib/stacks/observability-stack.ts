import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { EnvironmentConfig } from '../../config/schema';
import type { Administration } from '../constructs/administration';
import type { AgentPipeline } from '../constructs/agent-pipeline';
import type { AiGateway } from '../constructs/ai-gateway';
import type { AuditArchive } from '../constructs/audit-archive';
import { AlarmTopic } from '../constructs/alarm-topic';
import type { EventBus } from '../constructs/event-bus';
import { GatewayMetrics } from '../constructs/gateway-metrics';
import { PlatformAlarms } from '../constructs/platform-alarms';
import type { UsageRollup } from '../constructs/usage-rollup';
import { PlatformDashboard } from '../constructs/platform-dashboard';
import { publishParameter } from '../publish-parameter';

export interface ObservabilityStackProps extends StackProps {
  readonly config: EnvironmentConfig;
  readonly gateway: AiGateway;
  readonly administration: Administration;
  readonly auditArchive: AuditArchive;
  readonly usageRollup: UsageRollup;
  readonly eventBus: EventBus;
  readonly pipelines: readonly AgentPipeline[];
}

/** Each day's share of a month's budget. */
const DAYS_PER_MONTH = 30;
/** Now and then a caller meets a limit; this many in five minutes are more than that. */
const THROTTLED_CALLS = 10;
/** The stream forgets a record after a day: there is time to act. */
const AUDIT_COPY_MINUTES = 30;
const USAGE_MINUTES = 30;
/** Now and then Lambda loses an environment; this many in an hour are more than that. */
const UNKNOWN_CALLS = 10;
/** Of verified answers to questions in other words, where the config does not say. */
const FALSE_HITS_PERCENT = 5;
/** A model that is left alone for a moment comes back by itself; this many calls in five minutes have waited for longer. */
const BREAKER_SKIPS = 10;

/** Alarms, who is told of them, and the dashboard. Holds no state: it may be deleted and deployed again. */
export class ObservabilityStack extends Stack {
  readonly alarmTopic: AlarmTopic;
  readonly alarms: PlatformAlarms;
  readonly dashboard: PlatformDashboard;

  constructor(scope: Construct, id: string, props: ObservabilityStackProps) {
    super(scope, id, props);
    const { config, gateway } = props;
    const { alarms, notifications } = config;
    const metrics = new GatewayMetrics(config.name);
    const models = config.models.map((model) => (typeof model === 'string' ? model : model.id));
    this.alarmTopic = new AlarmTopic(this, 'Topic', { emails: notifications.emails });
    const told = {
      topic: this.alarmTopic.topic,
      owner: notifications.owner ?? config.tags.team ?? config.platform,
      runbooks: notifications.runbooks?.replace(/\/$/, ''),
    };
    this.alarms = new PlatformAlarms(this, 'Alarms', {
      ...told,
      metrics,
      handler: gateway.function.function,
      alarms: {
        errorRate: { percent: alarms.errorRatePercent },
        latencyP99: { ms: alarms.latencyP99Ms },
        throttledCalls: { count: THROTTLED_CALLS },
        functionThrottles: { count: 0 },
        functionErrors: { count: 0 },
        administrationErrors: { count: 0, handler: props.administration.function.function },
        hourlySpend: { usd: alarms.spendUsdPerHour },
        // An alarm looks back a week at most, so that none can tell what a month has cost so far: this one tells of a pace that the month's
        // budget does not allow.
        dailySpend: { usd: roundUsd(alarms.monthlyBudgetUsd / DAYS_PER_MONTH) },
        ...(alarms.tenants && {
          tenantSpend: Object.fromEntries(
            Object.entries(alarms.tenants).map(([tenant, { dailySpendUsd }]) => [tenant, { usd: dailySpendUsd }]),
          ),
        }),
        settlementFailures: { count: 0 },
        invalidAnswers: { percent: alarms.invalidAnswersPercent, models, prompts: alarms.prompts },
        escalations: { percent: alarms.escalationsPercent, models, prompts: alarms.prompts },
        ...(config.answerCache?.semantic && {
          falseHits: { percent: alarms.falseHitsPercent ?? FALSE_HITS_PERCENT, prompts: alarms.prompts },
        }),
        softLimits: { count: 0 },
        unknownCalls: { count: UNKNOWN_CALLS },
        auditCopyDelay: { minutes: AUDIT_COPY_MINUTES, copier: props.auditArchive.copier },
        usageDelay: { minutes: USAGE_MINUTES, counter: props.usageRollup.function },
        uncountedRecords: { count: 0 },
        auditChanges: { count: 0 },
        auditDiscrepancies: { count: 0 },
        breakerSkips: { count: BREAKER_SKIPS },
        degradedAnswers: { count: 0 },
      },
    });
    this.dashboard = new PlatformDashboard(this, 'Dashboard', {
      metrics,
      models,
      logGroup: gateway.function.logGroup,
      alarms: [
        ...this.alarms.alarms,
        ...props.eventBus.addAlarms(this, told),
        ...props.pipelines.flatMap((pipeline) => pipeline.addAlarms(this, told)),
      ],
    });
    publishParameter(this, config, 'alarm-topic', this.alarmTopic.topic.topicArn);
  }
}

/** To a cent, and never to nothing. */
function roundUsd(usd: number): number {
  return Math.max(0.01, Math.round(usd * 100) / 100);
}
