import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { main } from '../../../bin/blueprint';

const dynalite: (options: { createTableMs: number }) => Server = require('dynalite');

const TABLE = 'Data-Registry-1A2B3C';

export interface FakeAws {
  readonly url: string;
  readonly table: string;
  readonly client: DynamoDBClient;
  /** Parameters that SSM knows. */
  readonly parameters: Map<string, string>;
  /** When set, the error that SSM answers with. */
  ssmError?: { readonly status: number; readonly type: string; readonly message: string };
  close(): Promise<void>;
}

/** One endpoint, as the emulator has: DynamoDB is dynalite with the registry table, SSM answers GetParameter. */
export async function startAws(): Promise<FakeAws> {
  const dynamo = dynalite({ createTableMs: 0 });
  const parameters = new Map([['/ai-native-blueprint/dev/registry-table', TABLE]]);
  const server = createServer(async (request, response) => {
    if (!String(request.headers['x-amz-target']).startsWith('AmazonSSM.')) {
      dynamo.emit('request', request, response);
      return;
    }
    const { Name: name }: { Name: string } = JSON.parse(await text(request));
    const value = parameters.get(name);
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    if (aws.ssmError) answer(aws.ssmError.status, { __type: aws.ssmError.type, message: aws.ssmError.message });
    else if (value === undefined) answer(400, { __type: 'ParameterNotFound' });
    else answer(200, { Parameter: { Name: name, Type: 'String', Value: value, Version: 1 } });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const client = new DynamoDBClient({ endpoint: url, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  const aws: FakeAws = {
    url,
    table: TABLE,
    client,
    parameters,
    async close() {
      client.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return aws;
}

/** A folder with the file that the running emulator writes; `content` replaces it. */
export function localFolder(url: string, content?: string): { readonly cwd: string; remove(): void } {
  const cwd = mkdtempSync(path.join(tmpdir(), 'blueprint-'));
  mkdirSync(path.join(cwd, '.local'));
  const endpoint = {
    url,
    region: 'us-east-1',
    accessKeyId: 'local',
    secretAccessKey: 'local',
    sessionToken: 'local',
    environment: 'dev',
    registryTable: TABLE,
    pid: 1,
  };
  writeFileSync(path.join(cwd, '.local', 'endpoint.json'), content ?? JSON.stringify(endpoint));
  return { cwd, remove: () => rmSync(cwd, { recursive: true }) };
}

export const NOW_MS = Date.UTC(2026, 10, 20, 12);

/** Runs a command line and gives what it printed. */
export async function run(
  args: readonly string[],
  { cwd = '/nonexistent', nowMs = NOW_MS }: { readonly cwd?: string; readonly nowMs?: number } = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const printed = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({ write: (chunk: string) => (printed[name] += chunk) });
  const code = await main(args, { stdout: stream('stdout'), stderr: stream('stderr'), cwd, nowMs: () => nowMs });
  return { code, ...printed };
}
