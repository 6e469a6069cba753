import { Duration, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { agentEnv } from '../../lambdas/core/agents/agent-env';
import { acknowledgeReferredWildcards } from './acknowledge';
import { type AgentAlarmOptions, agentAlarms } from './agent-alarms';
import { EFFECT_REQUESTED, REVIEW_RESOLVED } from './agent-event-names';
import type { AgentRuns } from './agent-runs';
import type { EventBus } from './event-bus';
import { type EventName, EventRule } from './event-rule';
import type { IAiGateway } from './gateway-reference';
import { grantKeyToService } from './grant-key-to-service';
import { RuntimeFunction, type RuntimeSettings } from './runtime-function';

/** What the agents of an environment share. */
export interface AgentPlatform {
  /** Their events come by it, and their effects go to it. */
  readonly bus: EventBus;
  readonly runs: AgentRuns;
  /** The only way to a model. */
  readonly gateway: IAiGateway;
  /** Name of the environment: stands in metrics. */
  readonly environment: string;
  /** Encrypts the queues. EventBridge is let use it by its policy. @default - SQS's own encryption */
  readonly encryptionKey?: kms.IKey;
  readonly settings?: RuntimeSettings;
}

/** How much an agent may do on its own. */
export interface AgentTrust {
  /** `shadow` records what it would do, `suggest` asks a person about everything, `act` about what it is not sure of. @default 'shadow' */
  readonly autonomy?: 'shadow' | 'suggest' | 'act';
  /** Decisions below it go to a person: from 0 to 1. @default 0.7 */
  readonly confidenceThreshold?: number;
  /** How long a person has; a case that nobody resolves is denied. @default Duration.hours(72) */
  readonly reviewWithin?: Duration;
}

export interface AgentScale {
  /** Longest run over one batch. @default Duration.minutes(1) */
  readonly timeout?: Duration;
  /** Batches that are worked on at once, from 2 to 1,000: the rest waits in the queue. @default 10 */
  readonly maxConcurrency?: number;
  /** Messages in a batch, from 1 to 10: all are worked on at once. @default 5 */
  readonly batchSize?: number;
  /** How often a message is tried before it goes to the dead-letter queue, 5 at least. @default 5 */
  readonly maxReceiveCount?: number;
}

export interface AgentPipelineProps {
  /** As `defineAgent` has it. */
  readonly name: string;
  /** What the agent is told of: the contract that it was defined with. */
  readonly event: EventName;
  readonly platform: AgentPlatform;
  /** A folder's asset whose `index.mjs` exports `serveAgent(…)` as `handler`. @default - the agent of this name that the package brings */
  readonly code?: lambda.Code;
  readonly trust?: AgentTrust;
  readonly scale?: AgentScale;
}

const LEAST_RECEIVES = 5;
/** Of SQS: somebody has to look at it before it is gone. */
const LONGEST_RETENTION = Duration.days(14);
/** A message must not come again while its first attempt may still be under way, throttled and retried by Lambda. Source: "Using Lambda with Amazon SQS". */
const VISIBILITY_TIMEOUTS = 6;
/** Lambda's longest run, for which a queue's visibility timeout of 12 hours is plenty. */
const LONGEST_TIMEOUT = Duration.minutes(15);
/** A model's answer takes its time, and 10 s are kept to say what happened. */
const SHORTEST_TIMEOUT = Duration.seconds(15);

/**
 * One agent: events of its contract → queue → function, with a dead-letter queue behind. What a review of one of its decisions came to arrives by the
 * same queue. Give it more than that, for its tools, with any construct's grant: `table.grantReadData(pipeline)`.
 */
export class AgentPipeline extends Construct implements iam.IGrantable {
  readonly agentName: string;
  readonly queue: sqs.Queue;
  readonly deadLetterQueue: sqs.Queue;
  readonly function: RuntimeFunction<typeof agentEnv>;
  readonly grantPrincipal: iam.IPrincipal;
  /** Of its function: who maps it to a tenant of the gateway has to know it. */
  readonly roleArn: string;
  /** Most calls that it has under way at the gateway: batches at once × messages in a batch. Undefined where one of the two is a token. */
  readonly callsAtOnce: number | undefined;
  private readonly environment: string;

  constructor(scope: Construct, id: string, props: AgentPipelineProps) {
    super(scope, id);
    const { name, event, platform } = props;
    const scale = checkScale(id, props.scale ?? {});
    const trust = checkTrust(id, props.trust ?? {});
    this.agentName = name;
    const { maxConcurrency, batchSize } = scale;
    this.callsAtOnce = Token.isUnresolved(maxConcurrency) || Token.isUnresolved(batchSize) ? undefined : maxConcurrency * batchSize;
    this.environment = platform.environment;
    this.deadLetterQueue = this.createQueue('DeadLetters', platform, {});
    this.queue = this.createQueue('Queue', platform, {
      visibilityTimeout: Duration.seconds(scale.timeout.toSeconds() * VISIBILITY_TIMEOUTS),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: scale.maxReceiveCount },
    });
    new EventRule(this, 'Rule', { bus: platform.bus, event, queue: this.queue });
    new EventRule(this, 'Resolutions', { bus: platform.bus, event: REVIEW_RESOLVED, where: { agent: [name] }, queue: this.queue });

    this.function = new RuntimeFunction<typeof agentEnv>(this, 'Function', {
      bundle: props.code === undefined ? `agents/${name}` : { name: `agents/${name}`, code: props.code },
      description: `Agent ${name}`,
      environment: {
        GATEWAY_URL: platform.gateway.url,
        RUNS_TABLE: platform.runs.table.tableName,
        RUNS_RETENTION_DAYS: String(platform.runs.retention.toDays()),
        EVENT_BUS: platform.bus.bus.eventBusName,
        QUARANTINE_QUEUE_URL: platform.bus.quarantine.queueUrl,
        QUEUE_URL: this.queue.queueUrl,
        AUTONOMY: trust.autonomy,
        CONFIDENCE_THRESHOLD: String(trust.confidenceThreshold),
        REVIEW_HOURS: String(trust.reviewWithin.toHours({ integral: false })),
        BATCH_CONCURRENCY: String(scale.batchSize),
        ENVIRONMENT: platform.environment,
      },
      timeout: scale.timeout,
      settings: platform.settings,
    });
    this.grantPrincipal = this.function.grantPrincipal;
    this.roleArn = this.function.roleArn;
    const { principalStatements } = platform.gateway.grantInvoke(this);
    acknowledgeReferredWildcards(
      this.function,
      principalStatements.flatMap(({ resources }) => resources),
      'Any method on the routes of one gateway, but for reviews: what is called there, the gateway decides.',
    );
    platform.runs.grantRun(this);
    platform.bus.grantPut(this, EFFECT_REQUESTED);
    platform.bus.grantQuarantine(this);
    this.grantConsume(platform.encryptionKey);
    new lambda.EventSourceMapping(this, 'Source', {
      target: this.function.function,
      eventSourceArn: this.queue.queueArn,
      batchSize: scale.batchSize,
      maxConcurrency: scale.maxConcurrency,
      reportBatchItemFailures: true,
    });
  }

  /** Raised when something lies in the dead-letter queue, waits too long, or fails too often. @param scope may be of another stack, as that of the topic */
  addAlarms(scope: Construct, options: AgentAlarmOptions): readonly cloudwatch.Alarm[] {
    return agentAlarms(scope, this, this.environment, options);
  }

  private createQueue(id: string, { encryptionKey }: AgentPlatform, options: sqs.QueueProps): sqs.Queue {
    return new sqs.Queue(this, id, {
      ...options,
      enforceSSL: true,
      retentionPeriod: LONGEST_RETENTION,
      ...(encryptionKey
        ? { encryption: sqs.QueueEncryption.KMS, encryptionMasterKey: encryptionKey }
        : { encryption: sqs.QueueEncryption.SQS_MANAGED }),
    });
  }

  /** What Lambda needs to poll in the function's name, and the function to have a message given again sooner. */
  private grantConsume(key: kms.IKey | undefined): void {
    iam.Grant.addToPrincipal({
      grantee: this,
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
      resourceArns: [this.queue.queueArn],
    });
    if (key) grantKeyToService(key, this, 'sqs', ['kms:Decrypt']);
  }
}

function checkScale(id: string, scale: AgentScale): Required<AgentScale> {
  const { timeout = Duration.minutes(1), maxConcurrency = 10, batchSize = 5, maxReceiveCount = 5 } = scale;
  if (
    !timeout.isUnresolved() &&
    (timeout.toSeconds() < SHORTEST_TIMEOUT.toSeconds() || timeout.toSeconds() > LONGEST_TIMEOUT.toSeconds())
  ) {
    throw new Error(
      `The timeout of AgentPipeline ${id} is ${timeout.toHumanString()}; it must be from ${SHORTEST_TIMEOUT.toHumanString()} to ${LONGEST_TIMEOUT.toHumanString()}.`,
    );
  }
  checkWhole(id, 'maxConcurrency', maxConcurrency, 2, 1_000);
  checkWhole(id, 'batchSize', batchSize, 1, 10);
  checkWhole(id, 'maxReceiveCount', maxReceiveCount, LEAST_RECEIVES, 1_000);
  return { timeout, maxConcurrency, batchSize, maxReceiveCount };
}

function checkTrust(id: string, trust: AgentTrust): Required<AgentTrust> {
  const { autonomy = 'shadow', confidenceThreshold = 0.7, reviewWithin = Duration.hours(72) } = trust;
  if (!Token.isUnresolved(confidenceThreshold) && !(confidenceThreshold >= 0 && confidenceThreshold <= 1)) {
    throw new Error(`The confidenceThreshold of AgentPipeline ${id} is ${confidenceThreshold}; it must be from 0 to 1.`);
  }
  return { autonomy, confidenceThreshold, reviewWithin };
}

function checkWhole(id: string, name: string, value: number, from: number, to: number): void {
  if (Token.isUnresolved(value) || (Number.isInteger(value) && value >= from && value <= to)) return;
  throw new Error(`The ${name} of AgentPipeline ${id} is ${value}; it must be a whole number from ${from} to ${to}.`);
}
