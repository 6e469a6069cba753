import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AttributeValue, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { type Hold, parseHold } from '../../lambdas/core/accounts/hold';
import { sweep } from '../../lambdas/core/accounts/sweep';
import { unmarshalItem } from '../../lambdas/core/attribute-values';
import { createAuditStore } from '../../lambdas/core/audit';
import type { PlatformDocument } from '../../lambdas/core/platform';
import { bundleServer } from '../../scripts/bundle';
import { startPlatform, type TestPlatform, until } from '../helpers/platform';
import { platform as document } from '../unit/lambdas/support/ports';

/** Server processes as they are shipped, on one tenant's budget in the real store: one is killed, the others shut down, and callers leave. */

const PROCESSES = 4;
const ATTEMPTS = 400;
const CALLERS_PER_PROCESS = 6;
const MAX_TOKENS = 50;
const BUDGET_MICRO_USD = 50_000;
/** What a model says of a call: 20 tokens at $1 for a million, and 40 at $5. */
const USAGE = { prompt_tokens: 20, completion_tokens: 40, total_tokens: 60 };
const COST_MICRO_USD = 220;
const MS_PER_DAY = 86_400_000;

let platform: TestPlatform;
let upstream: Server;
let folder: string;
const children: ChildProcess[] = [];

/** Calls that the model was asked for, and those of them that are held back after their first piece. */
let asked = 0;
let holding = 0;

beforeAll(async () => {
  platform = await startPlatform();
  upstream = createServer(async (request, response) => {
    const { messages } = JSON.parse(await text(request)) as { messages: { content: string }[] };
    asked += 1;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const chunk = (choices: object[], more: object = {}) =>
      response.write(`data: ${JSON.stringify({ id: 'c', created: 1, model: 'm', object: 'chat.completion.chunk', choices, ...more })}\n\n`);
    chunk([{ index: 0, delta: { role: 'assistant', content: 'Hello' }, finish_reason: null }]);
    if (messages[0]?.content === 'wait') {
      holding += 1;
      await once(response, 'close');
      return;
    }
    await sleep(5);
    chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]);
    chunk([], { usage: USAGE });
    response.end('data: [DONE]\n\n');
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leases-'));
  await bundleServer(folder);
  fs.writeFileSync(path.join(folder, 'platform.json'), JSON.stringify(documentOf((upstream.address() as AddressInfo).port)));
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  upstream.closeAllConnections();
  upstream.close();
  fs.rmSync(folder, { recursive: true });
  await platform.stop();
});

function documentOf(port: number): PlatformDocument {
  const [model] = document.models;
  if (model === undefined) throw new Error('The test platform has no model.');
  return {
    ...document,
    providers: { mock: { api: 'openai-compatible', baseUrl: `http://127.0.0.1:${port}/v1` } },
    models: [{ ...model, provider: 'mock', providerModelId: 'm', price: { input: 1_000_000, output: 5_000_000 } }],
  };
}

async function startServer(): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const { endpoint, region } = platform.emulator.world;
  const { accessKeyId, secretAccessKey, sessionToken } = platform.emulator.administrator;
  const env = {
    PLATFORM_DIRECTORY: folder,
    HOST: '127.0.0.1',
    PORT: '0',
    SHUTDOWN_GRACE_MS: '10000',
    AUDIT_TABLE: platform.emulator.output('AuditTable'),
    REGISTRY_TABLE: platform.emulator.output('RegistryTable'),
    LEDGER_TABLE: platform.emulator.output('LedgerTable'),
    CONTENT_BUCKET: 'none',
    CACHE_TABLE: 'none',
    VECTOR_ENDPOINT: 'none',
    VECTOR_INDEX: 'none',
    AUDIT_RETENTION_DAYS: '30',
    AWS_REGION: region,
    AWS_ENDPOINT_URL: endpoint.url,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
  };
  const child = spawn(process.execPath, [path.join(folder, 'index.mjs')], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [first] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  child.stdout?.resume();
  const { port } = JSON.parse(String(first).split('\n')[0] ?? '') as { port: number };
  return { child, url: `http://127.0.0.1:${port}` };
}

/** @returns the status; 0 where there was no answer, since the process has died. */
async function call(url: string, key: string, kind: 'usual' | 'leaves' | 'wait'): Promise<number> {
  const leaving = new AbortController();
  const content = kind === 'usual' ? 'Hi' : 'wait';
  try {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'small-1', max_tokens: MAX_TOKENS, stream: kind !== 'usual', messages: [{ role: 'user', content }] }),
      signal: leaving.signal,
    });
    if (response.status === 200 && kind === 'leaves') {
      await response.body?.getReader().read();
      leaving.abort();
    } else await response.text();
    return response.status;
  } catch {
    return 0;
  }
}

async function monthOf(tenant: string): Promise<Record<string, unknown> & { holds: readonly Hold[] }> {
  const { Item = {} } = await platform.dynamodb.send(
    new GetItemCommand({
      TableName: platform.emulator.output('LedgerTable'),
      Key: { pk: { S: `ACCOUNT#tenant#${tenant}` }, sk: { S: `MONTH#${new Date().toISOString().slice(0, 7)}` } },
      ConsistentRead: true,
    }),
  );
  const item = unmarshalItem(Item);
  return { ...item, holds: Object.entries(item).flatMap(([name, value]) => parseHold(name, value) ?? []) };
}

/** What the tenant's calls cost by the audit trail, and those of which it says what became of them though no account refused them. */
async function recorded(tenant: string): Promise<{ readonly microUsd: number; readonly admitted: number }> {
  const calls = Object.values(await platform.audit())
    .filter(({ INTENT }) => (INTENT as Attributes | undefined)?.tenant?.S === tenant)
    .map(({ SETTLEMENT, UNKNOWN }) => (SETTLEMENT ?? UNKNOWN) as Attributes | undefined)
    .filter((record) => record !== undefined);
  return {
    microUsd: calls.reduce((sum, { cost_micro_usd: cost }) => sum + Number(cost?.N), 0),
    admitted: calls.filter(({ status }) => status?.S !== 'refused').length,
  };
}

type Attributes = Readonly<Record<string, AttributeValue | undefined>>;

async function stop({ child }: { readonly child: ChildProcess }): Promise<unknown> {
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  return exit;
}

function sweepLater(): ReturnType<typeof sweep> {
  return sweep({
    client: platform.dynamodb,
    table: platform.emulator.output('LedgerTable'),
    audit: createAuditStore(platform.dynamodb, platform.emulator.output('AuditTable'), 30),
    clock: { nowMs: () => Date.now() + MS_PER_DAY },
  });
}

test('four servers, callers who leave, one server killed: not one micro-dollar over, and after a sweep the ledger says what the records say', async () => {
  await platform.limitTenant('leases-a', { microUsdPerMonth: BUDGET_MICRO_USD, softLimitPercent: 90 });
  const key = await platform.createKey('leases-a');
  const servers = await Promise.all(Array.from({ length: PROCESSES }, startServer));
  const [victim, ...others] = servers;
  if (victim === undefined) throw new Error('No server was started.');
  let attempted = 0;
  const statuses = new Map<number, number>();
  const callers = servers.flatMap((server) =>
    Array.from({ length: CALLERS_PER_PROCESS }, async () => {
      while (attempted < ATTEMPTS && server.child.signalCode === null) {
        attempted += 1;
        const status = await call(server.url, key, attempted % 5 === 2 ? 'leaves' : 'usual');
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }),
  );
  // Under way in the one that is killed, when it has leases.
  await until(() => attempted > 80, 'the servers are warm');
  const before = holding;
  const waiting = Array.from({ length: 3 }, () => call(victim.url, key, 'wait'));
  await until(() => holding >= before + 3, 'the calls are under way');
  victim.child.kill('SIGKILL');
  await Promise.all([...callers, ...waiting]);
  expect(await Promise.all(others.map(stop))).toEqual(others.map(() => [0, null]));

  const left = await monthOf('leases-a');
  expect(left.holds.filter(({ isLease }) => isLease).length).toBeGreaterThan(0);
  expect(left.used).toBeLessThanOrEqual(BUDGET_MICRO_USD);
  const swept = await sweepLater();
  expect(swept.unknown).toBeGreaterThanOrEqual(3);
  const { used, spent, inflight, holds } = await monthOf('leases-a');
  const { microUsd, admitted } = await recorded('leases-a');
  expect({ used, spent, inflight, holds }).toEqual({ used: microUsd, spent: microUsd, inflight: 0, holds: [] });
  // An intent without either was let in by nothing: no model was asked.
  expect(admitted).toBeGreaterThanOrEqual(asked);
  expect(spent).toBeLessThanOrEqual(BUDGET_MICRO_USD);
  expect(await sweepLater()).toMatchObject({ accounts: 0, settled: 0, unknown: 0 });
  expect(statuses.get(200)).toBeGreaterThan(50);
  expect(statuses.get(429)).toBeGreaterThan(20);
}, 120_000);

test('a server that shuts down has settled its leases, and no sweep has anything to do', async () => {
  await platform.limitTenant('leases-b', { microUsdPerMonth: 10 * BUDGET_MICRO_USD, requestsPerMinute: 10_000 });
  const key = await platform.createKey('leases-b');
  const server = await startServer();
  for (let round = 0; round < 10; round += 1) {
    const statuses = await Promise.all(Array.from({ length: 5 }, () => call(server.url, key, 'usual')));
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
  }
  expect((await monthOf('leases-b')).holds.filter(({ isLease }) => isLease)).not.toEqual([]);
  expect(await stop(server)).toEqual([0, null]);
  expect(await monthOf('leases-b')).toMatchObject({ used: 50 * COST_MICRO_USD, spent: 50 * COST_MICRO_USD, inflight: 0, holds: [] });
}, 60_000);
