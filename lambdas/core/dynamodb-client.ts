import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** A DynamoDB client for the hot path: kept-alive sockets, and no answer within 2 s is a failure. One per process. */
export function createDynamoDbClient(maxAttempts = 3): DynamoDBClient {
  return new DynamoDBClient({
    maxAttempts,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 1_000,
      requestTimeout: 2_000,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: 256 },
      httpsAgent: { keepAlive: true, maxSockets: 256 },
    }),
  });
}
