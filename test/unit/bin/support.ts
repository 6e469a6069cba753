import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { type AttributeValue, CreateTableCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { main } from '../../../bin/blueprint';
import { type AdminApp, createAdminApp } from '../../../lambdas/admin/app';
import type { AdminRecord } from '../../../lambdas/core/administration/admin-audit';

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
  /** When set, what stands at the gateway's address instead of its administration. */
  gateway?: (request: IncomingMessage, response: ServerResponse) => void;
  /** Acts of administration that were recorded. */
  readonly acts: AdminRecord[];
  /** All that is in the registry. */
  items(): Promise<Record<string, AttributeValue>[]>;
  close(): Promise<void>;
}

/**
 * One endpoint: DynamoDB is dynalite with the registry table, SSM answers GetParameter, and `/iam/v1/admin` is the administration itself, on that table;
 * who asks is known by the id of the access key, and no signature is checked.
 */
export async function startAws(): Promise<FakeAws> {
  const dynamo = dynalite({ createTableMs: 0 });
  const parameters = new Map([['/ai-native-blueprint/dev/registry-table', TABLE]]);
  const server = createServer(async (request, response) => {
    if (request.url?.startsWith('/iam/v1/')) {
      if (aws.gateway) aws.gateway(request, response);
      else await administer(admin, request, response);
      return;
    }
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
  parameters.set('/ai-native-blueprint/dev/gateway-url', url);
  const acts: AdminRecord[] = [];
  const admin = createAdminApp({
    registry: { client, table: TABLE },
    audit: { insertAct: async (_id, record) => void acts.push(record), insertResult: async () => {} },
    usage: async () => [],
    clock,
    log: { info: () => {}, error: () => {} },
  });
  const aws: FakeAws = {
    url,
    acts,
    items: async () => (await client.send(new ScanCommand({ TableName: TABLE }))).Items ?? [],
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

const SIGNED_BY = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/[a-z0-9-]+\/execute-api\//;

async function administer(admin: AdminApp, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, accessKeyId] = SIGNED_BY.exec(request.headers.authorization ?? '') ?? [];
  const body = await text(request);
  const answer = await admin.fetch(
    new Request(`http://gateway${request.url}`, { method: request.method, ...(body !== '' && { body }) }),
    accessKeyId === undefined ? {} : { userArn: callerArn(accessKeyId) },
  );
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
}

/** Who signs with an access key. */
export function callerArn(accessKeyId: string): string {
  return `arn:aws:sts::111122223333:assumed-role/administrator/${accessKeyId}`;
}

/** What there is for each test of a file. */
export interface Surroundings {
  readonly aws: FakeAws;
  /** Where `--local` finds it, too. */
  readonly local: ReturnType<typeof localFolder>;
}

/** Has AWS, and credentials of a caller for it, on this machine in each test of the file. */
export function aroundEachTest(): Surroundings {
  const savedEnv = { ...process.env };
  const around: { -readonly [K in keyof Surroundings]?: Surroundings[K] } = {};
  beforeEach(async () => {
    around.aws = await startAws();
    around.local = localFolder(around.aws.url);
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: around.aws.url,
      AWS_ACCESS_KEY_ID: 'caller',
      AWS_SECRET_ACCESS_KEY: 'caller',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      AWS_EC2_METADATA_DISABLED: 'true',
    });
  });
  afterEach(async () => {
    process.env = { ...savedEnv };
    around.local?.remove();
    await around.aws?.close();
  });
  return around as Surroundings;
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
    gatewayUrl: url,
    registryTable: TABLE,
    pid: 1,
  };
  writeFileSync(path.join(cwd, '.local', 'endpoint.json'), content ?? JSON.stringify(endpoint));
  return { cwd, remove: () => rmSync(cwd, { recursive: true }) };
}

export const NOW_MS = Date.UTC(2026, 10, 20, 12);

/** Of the administration: as late as the command that was run last. */
let latestMs = NOW_MS;
const clock = { nowMs: () => latestMs };

/** Runs a command line and gives what it printed. */
export async function run(
  args: readonly string[],
  { cwd = '/nonexistent', nowMs = NOW_MS }: { readonly cwd?: string; readonly nowMs?: number } = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const printed = { stdout: '', stderr: '' };
  latestMs = nowMs;
  const stream = (name: 'stdout' | 'stderr') => ({ write: (chunk: string) => (printed[name] += chunk) });
  const code = await main(args, { stdout: stream('stdout'), stderr: stream('stderr'), cwd, nowMs: () => nowMs });
  return { code, ...printed };
}
