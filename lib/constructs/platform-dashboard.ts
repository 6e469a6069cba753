import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { MetricName } from '../../config/metrics';
import type { GatewayMetrics } from './gateway-metrics';

export interface PlatformDashboardProps {
  /** Of the gateway to show. */
  readonly metrics: GatewayMetrics;
  /** Ids of the models that the gateway offers: each gets a line. */
  readonly models: readonly string[];
  /**
   * Of the gateway's function. What each tenant and each service has cost by day is read of its lines whenever the page is looked at: however many there are, they are
   * no metrics.
   *
   * @default - no such tables
   */
  readonly logGroup?: logs.ILogGroup;
  /** Shown with their state. @default - none */
  readonly alarms?: readonly cloudwatch.IAlarm[];
}

/** Of the dashboard's 24 columns. */
const WHOLE = 24;
const HALF = 12;
const THIRD = 8;
const HEIGHT = 6;
/** Of a table: the dearest of the last days. */
const ROWS = 1_000;

/** What a gateway costs, how well it answers and how fast, on one page. */
export class PlatformDashboard extends Construct {
  readonly dashboard: cloudwatch.Dashboard;

  constructor(scope: Construct, id: string, { metrics, models, logGroup, alarms = [] }: PlatformDashboardProps) {
    super(scope, id);
    const daily = { period: Duration.days(1) };
    const byModel = (name: MetricName, options: cloudwatch.MetricOptions = {}) =>
      models.map((model) => metrics.metric(name, { model, label: model, ...options }));
    const shareByModel = (name: 'InvalidAnswers' | 'Escalations') =>
      models.map((model) => metrics.metricShareOfAnswers(name, { model, label: model }));
    const percentiles = (name: MetricName) =>
      [50, 95, 99].map((percent) => metrics.metric(name, { statistic: cloudwatch.Stats.p(percent), label: `p${percent}` }));

    const byAgent = (name: MetricName) => [metrics.searchByAgent(name, { period: Duration.minutes(5) })];

    this.dashboard = new cloudwatch.Dashboard(this, 'Resource', {
      defaultInterval: Duration.days(7),
      widgets: [
        alarms.length === 0 ? [] : [new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: WHOLE, height: 3 })],
        [
          stacked('Daily cost by service, USD', [metrics.searchByService('CostUsd', daily)], HALF, daily.period),
          stacked('Daily cost by model, USD', byModel('CostUsd', daily), HALF, daily.period),
        ],
        logGroup === undefined
          ? []
          : [
              dailyCost('Daily cost by tenant, USD', logGroup, 'tenant', 'tenant'),
              dailyCost('Daily cost of every service, USD', logGroup, 'service', 'coalesce(for_service, "unattributed")'),
            ],
        [
          lines('Calls', [metrics.metric('Calls'), metrics.metric('Errors'), metrics.metric('Refusals'), metrics.metric('Throttles')]),
          lines('Calls by service', [metrics.searchByService('Calls', { period: Duration.minutes(5) })]),
          lines('Error rate, %', [metrics.metricErrorRate()]),
        ],
        [
          lines('Calls by model', byModel('Calls')),
          lines('Errors by model', byModel('Errors')),
          lines('Audit trail', [
            metrics.metric('SettlementFailures'),
            metrics.metric('UsageEstimated'),
            metrics.metric('UnknownCalls'),
            metrics.metric('AuditRecordsSealed'),
            metrics.metric('AuditChanges'),
            metrics.metric('AuditDiscrepancies'),
          ]),
        ],
        [
          lines('Latency, ms', percentiles('LatencyMs')),
          lines('To the first token, ms', percentiles('FirstTokenMs')),
          lines('The gateway’s own overhead, ms', percentiles('OverheadMs')),
        ],
        [
          lines('Waiting for models, ms', percentiles('ModelMs')),
          lines('Waiting for each model, p99, ms', byModel('ModelMs')),
          lines('To the first token of each model, p99, ms', byModel('FirstTokenMs')),
        ],
        [
          lines('Answers held to a schema', [
            metrics.metric('CheckedAnswers'),
            metrics.metric('InvalidAnswers'),
            metrics.metric('Escalations'),
          ]),
          lines('Invalid answers by model, %', shareByModel('InvalidAnswers')),
          lines('Failures passed over', [
            metrics.metric('Retries'),
            metrics.metric('Fallbacks'),
            metrics.metric('BreakerSkips'),
            metrics.metric('DegradedAnswers'),
          ]),
        ],
        [
          lines('Accounts', [metrics.metric('SoftLimitCrossings'), metrics.metric('OpenHolds'), metrics.metric('SweptHolds')]),
          lines('Safety', [
            metrics.metric('SafetyBlocks'),
            metrics.metric('SafetyRedactions'),
            metrics.metric('SafetyReports'),
            metrics.metric('GuardrailUnits'),
          ]),
          lines('Cache, calls and US dollars saved', [
            metrics.metric('CacheLookups'),
            metrics.metric('CacheHits'),
            metrics.metric('SemanticHits'),
            metrics.metric('CacheSavedUsd'),
          ]),
          lines('Answers to questions in other words', [
            metrics.metric('VerifiedHits'),
            metrics.metric('FalseHits'),
            metrics.metric('UnverifiedHits'),
          ]),
        ],
        [
          lines('Tokens', [metrics.metric('InputTokens'), metrics.metric('OutputTokens')]),
          lines('Input tokens by model', byModel('InputTokens')),
          lines('Output tokens by model', byModel('OutputTokens')),
        ],
        [
          lines('Decisions by agent', byAgent('AgentRuns')),
          lines('Failures and unreadable events by agent', [...byAgent('AgentFailures'), ...byAgent('AgentQuarantined')]),
          lines('Reviews and effects by agent', [...byAgent('AgentReviews'), ...byAgent('AgentEffects')]),
        ],
      ],
    });
  }
}

/** @param of An expression of the gateway's lines. */
function dailyCost(title: string, logGroup: logs.ILogGroup, by: 'tenant' | 'service', of: string): cloudwatch.LogQueryWidget {
  return new cloudwatch.LogQueryWidget({
    title,
    logGroupNames: [logGroup.logGroupName],
    view: cloudwatch.LogQueryVisualizationType.TABLE,
    queryLines: [
      // Copies that experiments make have lines of their own.
      'filter message in ["request", "shadow call"] and ispresent(cost_micro_usd)',
      `fields datefloor(@timestamp, 1d) as day, ${of} as of_${by}`,
      `stats sum(cost_micro_usd) / 1000000 as cost_usd, count(*) as calls by day, of_${by}`,
      'sort day desc, cost_usd desc',
      `limit ${ROWS}`,
    ],
    width: HALF,
    height: HEIGHT,
  });
}

function lines(title: string, left: cloudwatch.IMetric[]): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({ title, left, width: THIRD, height: HEIGHT, leftYAxis: { min: 0, showUnits: false } });
}

function stacked(title: string, left: cloudwatch.IMetric[], width: number, period: Duration): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({
    title,
    left,
    width,
    height: HEIGHT,
    period,
    stacked: true,
    leftYAxis: { min: 0, showUnits: false },
  });
}
