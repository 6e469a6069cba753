import { Logger } from '@aws-lambda-powertools/logger';
import { EventBridge } from '@aws-sdk/client-eventbridge';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { createReviewStore } from '../core/agents/review-store';
import { systemClock } from '../core/clock';
import { tellAgent } from '../core/agents/tell-agents';
import { createDynamoDbClient } from '../core/dynamodb-client';
import { GatewayError } from '../core/errors';
import { createPublisher } from '../core/events';
import { fetchJson } from '../core/identity/fetch-json';
import { createTokens } from '../core/identity/tokens';
import { loadPlatform } from '../core/load-platform';
import { requestOf } from '../core/proxy-request';
import { createRegistry } from '../core/registry';
import { bindingsOf } from '../gateway/lambda-event';
import { createReviewApp } from './app';
import { reviewsEnv } from './env';
import { type Reviewer, reviewerOfBearer } from './reviewer';

const MS_PER_MINUTE = 60_000;

const env = reviewsEnv.parse(process.env);
const logger = new Logger();
const client = createDynamoDbClient();
const store = createReviewStore({ client, table: env.RUNS_TABLE }, Date.now);
const publisher = createPublisher({ client: new EventBridge({}), bus: env.EVENT_BUS });
const app = createReviewApp({
  store,
  authenticate: authenticator(),
  claimMs: env.CLAIM_MINUTES * MS_PER_MINUTE,
  tell: (item) => tellAgent(item, store, publisher),
  log: {
    info: (message, fields) => logger.info(message, { ...fields }),
    error: (message, fields) => logger.error(message, { ...fields }),
  },
});

function authenticator(): (authorization: string | undefined) => Promise<Reviewer> {
  if (env.REGISTRY_TABLE === 'none') {
    const nobody = new GatewayError('access_denied', 'Reviews are for AWS identities here: call them under /iam/v1.');
    return () => Promise.reject(nobody);
  }
  const platform = loadPlatform(process.env.LAMBDA_TASK_ROOT);
  const registry = createRegistry(client, env.REGISTRY_TABLE, systemClock);
  const tokens = createTokens(platform.identity, fetchJson, systemClock);
  return (authorization) => reviewerOfBearer(authorization, { registry, tokens, platform, clock: systemClock });
}

export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const response = await app.fetch(requestOf(event), { ...bindingsOf(event), requestId: event.requestContext.requestId });
  return { statusCode: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}
