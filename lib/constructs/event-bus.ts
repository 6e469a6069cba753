import { ArnFormat, Duration, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge';
import { allowEventBridge } from './allow-event-bridge';
import { grantKeyToService } from './grant-key-to-service';
import type { EventName } from './event-rule';

export interface EventBusProps {
  /**
   * Encrypts what lies in the queues. EventBridge is let use it by its policy, which therefore has to be a key of this app.
   *
   * @default - SQS's own encryption
   */
  readonly encryptionKey?: kms.IKey;
  /** How long events can be replayed. In whole days. @default Duration.days(30) */
  readonly archiveRetention?: Duration;
  /**
   * What becomes of the archive and the queues when their stack is deleted.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

export interface EventBusAlarmOptions {
  /** Is told of each alarm. */
  readonly topic: sns.ITopic;
  /** Who acts on them: stands in each description. */
  readonly owner: string;
  /** Where the runbooks are: a URL or path, without a trailing slash. @default 'docs/runbooks' */
  readonly runbooks?: string;
}

/** Of EventBridge for the name of a bus. */
const MAX_NAME_LENGTH = 256;
/** SQS's longest: somebody has to look at it before it is gone. */
const QUEUE_RETENTION = Duration.days(14);

/**
 * The bus that events come by, an archive to replay them from, a dead-letter queue for what EventBridge could not deliver, and a queue in which
 * readers put what they cannot read.
 */
export class EventBus extends Construct {
  readonly bus: events.EventBus;
  readonly archive: events.CfnArchive;
  /** Events that a rule's target could not take, with `RULE_ARN`, `TARGET_ARN`, `ERROR_CODE` and `ERROR_MESSAGE` as attributes. */
  readonly undelivered: sqs.Queue;
  /** Events that do not hold to their contract, with `READER`, `ERROR_CODE` and `ERROR_MESSAGE` as attributes. */
  readonly quarantine: sqs.Queue;

  constructor(scope: Construct, id: string, props: EventBusProps = {}) {
    super(scope, id);
    const { encryptionKey, archiveRetention = Duration.days(30), removalPolicy = RemovalPolicy.RETAIN } = props;
    this.bus = new events.EventBus(this, 'Bus', {
      // EventBridge wants one. With the stack's in it two environments of an account do not meet.
      eventBusName: Names.uniqueResourceName(this, { maxLength: MAX_NAME_LENGTH, separator: '-', allowedSpecialCharacters: '-' }),
    });
    this.archive = new events.CfnArchive(this, 'Archive', {
      description: 'Every event of the bus, for replays',
      sourceArn: this.bus.eventBusArn,
      retentionDays: archiveRetention.toDays(),
    });
    this.archive.applyRemovalPolicy(removalPolicy);
    this.undelivered = this.createQueue('Undelivered', props, removalPolicy);
    this.quarantine = this.createQueue('Quarantine', props, removalPolicy);
    if (encryptionKey) allowEventBridge(encryptionKey, this);
    this.allowRules(this.undelivered);
  }

  /** May put events of these contracts on the bus, and no others. */
  grantPut(grantee: iam.IGrantable, ...contracts: readonly EventName[]): iam.Grant {
    if (contracts.length === 0) throw new Error('grantPut wants the contracts whose events may be put; it was given none.');
    const grants = contracts.map(({ name, owner }) =>
      iam.Grant.addToPrincipal({
        grantee,
        actions: ['events:PutEvents'],
        resourceArns: [this.bus.eventBusArn],
        conditions: { StringEquals: { 'events:detail-type': name, 'events:source': owner } },
      }),
    );
    return grants.reduce((all, grant) => all.combine(grant));
  }

  /** May put into the quarantine what cannot be read. */
  grantQuarantine(grantee: iam.IGrantable): iam.Grant {
    const grant = iam.Grant.addToPrincipal({ grantee, actions: ['sqs:SendMessage'], resourceArns: [this.quarantine.queueArn] });
    const { encryptionMasterKey: key } = this.quarantine;
    return key ? grant.combine(grantKeyToService(key, grantee, 'sqs', ['kms:Decrypt', 'kms:GenerateDataKey'])) : grant;
  }

  /** Messages in the dead-letter queue, at most at once within five minutes. */
  metricUndelivered(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return messagesIn(this.undelivered, options);
  }

  /** Messages in the quarantine, likewise. */
  metricQuarantined(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return messagesIn(this.quarantine, options);
  }

  /** Alarms when something lies in the dead-letter queue or the quarantine. @param scope may be of another stack, as that of the topic */
  addAlarms(scope: Construct, { topic, owner, runbooks = 'docs/runbooks' }: EventBusAlarmOptions): readonly cloudwatch.Alarm[] {
    const alarm = (id: string, metric: cloudwatch.IMetric, says: string): cloudwatch.Alarm => {
      const made = new cloudwatch.Alarm(scope, id, {
        alarmDescription: `${says} Owner: ${owner}. Runbook: ${runbooks}/events.md`,
        metric,
        threshold: 0,
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: 1,
        // A queue that nobody has used for hours has no metrics.
        treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      });
      made.addAlarmAction(new actions.SnsAction(topic));
      return made;
    };
    return [
      alarm('UndeliveredEvents', this.metricUndelivered(), 'Events could not be delivered: they lie in the dead-letter queue of the bus.'),
      alarm('QuarantinedEvents', this.metricQuarantined(), 'Events do not hold to their contract: they lie in the quarantine of the bus.'),
    ];
  }

  private createQueue(id: string, { encryptionKey }: EventBusProps, removalPolicy: RemovalPolicy): sqs.Queue {
    const queue = new sqs.Queue(this, id, {
      encryption: encryptionKey ? sqs.QueueEncryption.KMS : sqs.QueueEncryption.SQS_MANAGED,
      encryptionMasterKey: encryptionKey,
      enforceSSL: true,
      retentionPeriod: QUEUE_RETENTION,
      removalPolicy,
    });
    acknowledge(queue, { SQS3: 'It is a dead-letter queue itself: what lies in it has come to its end.' });
    return queue;
  }

  /** All rules of the bus, those of other stacks too, which this one is deployed before. */
  private allowRules(queue: sqs.Queue): void {
    const stack = Stack.of(this);
    queue.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'RulesOfTheBus',
        principals: [new iam.ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [queue.queueArn],
        conditions: {
          ArnLike: {
            'aws:SourceArn': stack.formatArn({
              service: 'events',
              resource: 'rule',
              resourceName: `${this.bus.eventBusName}/*`,
              arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
            }),
          },
        },
      }),
    );
  }
}

function messagesIn(queue: sqs.Queue, options: cloudwatch.MetricOptions): cloudwatch.Metric {
  return queue.metricApproximateNumberOfMessagesVisible({ statistic: cloudwatch.Stats.MAXIMUM, period: Duration.minutes(5), ...options });
}
