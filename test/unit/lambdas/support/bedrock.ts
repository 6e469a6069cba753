import type { ServerResponse } from 'node:http';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { fromUtf8, toUtf8 } from '@smithy/util-utf8';
import type { ModelAdapter } from '../../../../lambdas/gateway/adapters/adapter';
import { createBedrockConverse } from '../../../../lambdas/gateway/adapters/bedrock-converse';
import { createBedrockClient } from '../../../../lambdas/gateway/adapters/bedrock-converse/client';
import { type Respond, startServer, type TestServer } from './http-server';

/** An event's type and payload. */
export type StreamEvent = readonly [type: string, payload: object];

const codec = new EventStreamCodec(toUtf8, fromUtf8);

/** One event in the framing of `application/vnd.amazon.eventstream`. */
export function frame([type, payload]: StreamEvent): Uint8Array {
  const isException = type.endsWith('Exception');
  const header = (value: string) => ({ type: 'string' as const, value });
  return codec.encode({
    headers: {
      ':message-type': header(isException ? 'exception' : 'event'),
      [isException ? ':exception-type' : ':event-type']: header(type),
      ':content-type': header('application/json'),
    },
    body: fromUtf8(JSON.stringify(payload)),
  });
}

export function beginStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
}

export function sendStream(response: ServerResponse, events: readonly StreamEvent[]): void {
  beginStream(response);
  for (const event of events) response.write(frame(event));
  response.end();
}

export function sendException(
  response: ServerResponse,
  status: number,
  name: string,
  message: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': name, ...headers });
  response.end(JSON.stringify({ message }));
}

export interface FakeBedrock {
  readonly adapter: ModelAdapter;
  readonly server: TestServer;
  close(): Promise<void>;
}

/** The gateway's real adapter and client against a server that answers as told. */
export async function startBedrock(respond: Respond): Promise<FakeBedrock> {
  const server = await startServer(respond);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: server.url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  const client = createBedrockClient();
  return {
    adapter: createBedrockConverse(client),
    server,
    close: async () => {
      client.destroy();
      await server.close();
    },
  };
}
