import { Logger } from '@aws-lambda-powertools/logger';
import { EventBridge } from '@aws-sdk/client-eventbridge';
import { createReviewStore } from '../core/agents/review-store';
import { tellAgent } from '../core/agents/tell-agents';
import { createDynamoDbClient } from '../core/dynamodb-client';
import { createPublisher } from '../core/events';
import { reviewSweeperEnv } from './env';

const env = reviewSweeperEnv.parse(process.env);
const logger = new Logger();
const store = createReviewStore({ client: createDynamoDbClient(), table: env.RUNS_TABLE }, Date.now);
const publisher = createPublisher({ client: new EventBridge({}), bus: env.EVENT_BUS });

/** On a schedule: denies what nobody has resolved in time, and tells agents what they were not told when a case was resolved. */
export async function handler(): Promise<{ readonly expired: number; readonly told: number }> {
  const expired = await store.expireAll();
  const untold = await store.listUntold();
  for (const item of untold) await tellAgent(item, store, publisher);
  const swept = { expired: expired.length, told: untold.length };
  logger.info('reviews swept', swept);
  return swept;
}
