import { Logger } from '@aws-lambda-powertools/logger';
import { EventBridge } from '@aws-sdk/client-eventbridge';
import { SQS } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createSignedFetch } from '../../../client';
import { createDynamoDbClient } from '../dynamodb-client';
import { createPublisher, createQuarantine } from '../events';
import { createMetrics } from '../metrics';
import type { Agent } from './agent';
import { agentEnv } from './agent-env';
import { createDecisionStore } from './decision-store';
import type { EffectPorts } from './effect';
import { createEffectLedger } from './effect-ledger';
import { keepFailure } from './failure';
import { createBatchHandler } from './handle-batch';
import { createPublishingPort } from './publish-effect';
import { createReviewCases, createReviewStore } from './review-store';

const MS_PER_HOUR = 3_600_000;

export interface ServeOptions {
  /** Ports of your own, by the effect's name. @default - effects are published as `agent.effect-requested` */
  readonly ports?: EffectPorts;
}

/**
 * The Lambda handler of an agent: `export const handler = serveAgent(churn)`.
 *
 * @throws ZodError when the function's environment is not what `AgentPipeline` gives; RangeError for a port of an effect that the agent does not have.
 */
export function serveAgent(
  agent: Agent,
  { ports = {} }: ServeOptions = {},
): (event: SQSEvent, context: Context) => Promise<SQSBatchResponse> {
  const env = agentEnv.parse(process.env);
  const client = createDynamoDbClient();
  const sqs = new SQS({});
  const logger = new Logger();
  const nowMs = Date.now;
  const runs = { client, table: env.RUNS_TABLE, retentionDays: env.RUNS_RETENTION_DAYS };
  return createBatchHandler(agent, {
    gateway: { url: env.GATEWAY_URL.replace(/\/$/, ''), fetch: createSignedFetch() },
    decisions: createDecisionStore(runs, nowMs),
    effectLedger: createEffectLedger(runs, nowMs),
    effects: portsOf(agent, ports, createPublishingPort(createPublisher({ client: new EventBridge({}), bus: env.EVENT_BUS }))),
    reviews: createReviewCases(runs, env.REVIEW_HOURS * MS_PER_HOUR, nowMs),
    resolutions: createReviewStore(runs, nowMs),
    quarantine: createQuarantine({ client: sqs, queueUrl: env.QUARANTINE_QUEUE_URL, reader: agent.name }),
    trust: { autonomy: env.AUTONOMY, confidenceThreshold: env.CONFIDENCE_THRESHOLD },
    runs,
    nowMs,
    log: {
      info: (message, fields) => logger.info(message, { ...fields }),
      error: (message, fields) => logger.error(message, { ...fields }),
    },
    metrics: createMetrics(env.ENVIRONMENT),
    concurrency: env.BATCH_CONCURRENCY,
    keepFailure: (failure) => keepFailure(runs, failure),
    giveAgainAfter: async ({ receiptHandle }, seconds) => {
      await sqs.changeMessageVisibility({ QueueUrl: env.QUEUE_URL, ReceiptHandle: receiptHandle, VisibilityTimeout: seconds });
    },
  });
}

function portsOf(agent: Agent, own: EffectPorts, otherwise: EffectPorts[string]): EffectPorts {
  const names = agent.effects.map(({ effectName }) => effectName);
  const stray = Object.keys(own).find((name) => !names.includes(name));
  if (stray !== undefined) throw new RangeError(`Agent ${agent.name} has no effect "${stray}"; it has ${names.join(', ') || 'none'}.`);
  return Object.fromEntries(names.map((name) => [name, own[name] ?? otherwise]));
}
