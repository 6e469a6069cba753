import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoDbClient } from '../../../../lambdas/core/dynamodb-client';
import { type Received, startServer, type TestServer } from './http-server';

/** What the store does with one request: an answer, or a socket closed without one. */
export type StoreAnswer = { readonly status: number; readonly body: object } | 'hang up';

export interface FakeStore {
  readonly client: DynamoDBClient;
  readonly server: TestServer;
  /** `X-Amz-Target` operation and parsed body of each request. */
  requests(): readonly { readonly operation: string; readonly body: Record<string, unknown> }[];
  close(): Promise<void>;
}

/** The gateway's real client against a server that answers as told. */
export async function startStore(answer: (request: Received, index: number) => StoreAnswer): Promise<FakeStore> {
  const server = await startServer((request, response, index) => {
    const result = answer(request, index);
    if (result === 'hang up') {
      response.socket?.destroy();
      return;
    }
    response.writeHead(result.status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(result.body));
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: server.url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  const client = createDynamoDbClient();
  return {
    client,
    server,
    requests: () =>
      server.received.map(({ headers, body }) => ({
        operation: String(headers['x-amz-target']).split('.')[1] ?? '',
        body: JSON.parse(body),
      })),
    close: async () => {
      client.destroy();
      await server.close();
    },
  };
}

export function awsError(name: string, message: string, status = 400): StoreAnswer {
  return { status, body: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message } };
}
