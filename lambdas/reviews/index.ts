import { Logger } from '@aws-lambda-powertools/logger';
import { EventBridge } from '@aws-sdk/client-eventbridge';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { createReviewStore } from '../core/agents/review-store';
import { tellAgent } from '../core/agents/tell-agents';
import { createDynamoDbClient } from '../core/dynamodb-client';
import { createPublisher } from '../core/events';
import { requestOf } from '../core/proxy-request';
import { bindingsOf } from '../gateway/lambda-event';
import { createReviewApp } from './app';
import { reviewsEnv } from './env';

const MS_PER_MINUTE = 60_000;

const env = reviewsEnv.parse(process.env);
const logger = new Logger();
const store = createReviewStore({ client: createDynamoDbClient(), table: env.RUNS_TABLE }, Date.now);
const publisher = createPublisher({ client: new EventBridge({}), bus: env.EVENT_BUS });
const app = createReviewApp({
  store,
  claimMs: env.CLAIM_MINUTES * MS_PER_MINUTE,
  tell: (item) => tellAgent(item, store, publisher),
  log: {
    info: (message, fields) => logger.info(message, { ...fields }),
    error: (message, fields) => logger.error(message, { ...fields }),
  },
});

export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const response = await app.fetch(requestOf(event), { ...bindingsOf(event), requestId: event.requestContext.requestId });
  return { statusCode: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}
