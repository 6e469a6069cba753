import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { metricNamespace, type MetricName } from '../../config/metrics';

export interface AgentAlarmOptions {
  /** Is told of each alarm. */
  readonly topic: sns.ITopic;
  /** Who acts on them: stands in each description. */
  readonly owner: string;
  /** Where the runbooks are: a URL or path, without a trailing slash. @default 'docs/runbooks' */
  readonly runbooks?: string;
  /** How long a message may wait. @default Duration.minutes(15) */
  readonly oldestMessage?: Duration;
  /** Share of attempts that may fail, in percent. @default 10 */
  readonly errorRatePercent?: number;
}

/** What is watched. */
export interface WatchedAgent {
  readonly agentName: string;
  readonly queue: sqs.IQueue;
  readonly deadLetterQueue: sqs.IQueue;
}

/** Of attempts in a period that a share says nothing of. */
const FEW_RUNS = 10;
const PERIOD = Duration.minutes(5);

export function agentAlarms(
  scope: Construct,
  agent: WatchedAgent,
  environment: string,
  options: AgentAlarmOptions,
): readonly cloudwatch.Alarm[] {
  const { agentName, queue, deadLetterQueue } = agent;
  const { topic, owner, runbooks = 'docs/runbooks', oldestMessage = Duration.minutes(15), errorRatePercent = 10 } = options;
  const alarm = (
    id: string,
    says: string,
    props: Pick<cloudwatch.AlarmProps, 'metric' | 'threshold' | 'evaluationPeriods'>,
  ): cloudwatch.Alarm => {
    const made = new cloudwatch.Alarm(scope, `${agentName}-${id}`, {
      ...props,
      alarmDescription: `${says} Owner: ${owner}. Runbook: ${runbooks}/agents.md`,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      // A queue that nobody has used for hours has no metrics.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    made.addAlarmAction(new actions.SnsAction(topic));
    return made;
  };
  const maximum = { statistic: cloudwatch.Stats.MAXIMUM, period: PERIOD };
  return [
    alarm('DeadLetters', `Messages of agent ${agentName} lie in its dead-letter queue.`, {
      metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible(maximum),
      threshold: 0,
      evaluationPeriods: 1,
    }),
    alarm('OldestMessage', `A message of agent ${agentName} waits for more than ${oldestMessage.toMinutes()} minutes.`, {
      metric: queue.metricApproximateAgeOfOldestMessage(maximum),
      threshold: oldestMessage.toSeconds(),
      evaluationPeriods: 2,
    }),
    alarm('ErrorRate', `More than ${errorRatePercent} % of the attempts of agent ${agentName} fail.`, {
      metric: new cloudwatch.MathExpression({
        expression: `IF(runs >= ${FEW_RUNS}, 100 * failures / runs, 0)`,
        label: 'Failed attempts, percent',
        period: PERIOD,
        usingMetrics: {
          runs: agentMetric('AgentRuns', agentName, environment),
          failures: agentMetric('AgentFailures', agentName, environment),
        },
      }),
      threshold: errorRatePercent,
      evaluationPeriods: 2,
    }),
  ];
}

export function agentMetric(metricName: MetricName, agent: string, environment: string): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: metricNamespace,
    metricName,
    dimensionsMap: { Environment: environment, Agent: agent },
    statistic: cloudwatch.Stats.SUM,
    period: PERIOD,
  });
}
