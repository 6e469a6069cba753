import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { createAccounts } from '../../lambdas/core/accounts/accounts';
import { unmarshalItem } from '../../lambdas/core/attribute-values';
import { systemClock } from '../../lambdas/core/clock';
import { GatewayError } from '../../lambdas/core/errors';
import type { Limits } from '../../lambdas/core/limits';
import type { ModelEvent } from '../../lambdas/gateway/adapters/adapter';
import { type RunningServer, runServer } from '../../lambdas/gateway/server-run';
import { startPlatform, type TestPlatform } from '../helpers/platform';
import {
  createTestGateway,
  KEY,
  type Script,
  type TestGateway,
  tenantOf,
  untilAborted,
  withoutEvents,
} from '../unit/lambdas/support/ports';

/** Whole gateways, half of them as servers with clients that leave, on one tenant's budget in the real store. */

const INSTANCES = 32;
const ATTEMPTS = 5_000;
/** That the budget is for. */
const CALLS = 1_000;
const MAX_TOKENS = 50;
/** Of one call: 81 tokens of input at most (1 byte, 64 for a call and 16 for its message) at $1.25 for a million, and 50 of output at $5. */
const WORST_MICRO_USD = 352;

/** By the message's one character: answers at its worst case, fails at once, breaks off, or goes on until the caller has left. */
const script: Script = (request, signal) => {
  const [message] = request.body.messages;
  switch (message?.content) {
    case 'F':
      return withoutEvents(() => Promise.reject(new GatewayError('model_unavailable', 'It is away.')));
    case 'B':
      return breaksOff();
    case 'L':
      return goesOn(signal);
    default:
      return answers();
  }
};

async function* answers(): AsyncGenerator<ModelEvent> {
  yield { type: 'text', text: 'Hello' };
  yield { type: 'finish', reason: 'length' };
  yield { type: 'usage', usage: { inputTokens: 0, cacheWriteTokens: 81, cacheReadTokens: 0, outputTokens: MAX_TOKENS } };
}

async function* breaksOff(): AsyncGenerator<ModelEvent> {
  yield { type: 'text', text: 'Half an' };
  throw new GatewayError('model_stream_interrupted', 'It broke off.');
}

async function* goesOn(signal: AbortSignal): AsyncGenerator<ModelEvent> {
  yield { type: 'text', text: 'Half an answer' };
  await untilAborted(signal);
}

let platform: TestPlatform;
const clients: DynamoDBClient[] = [];
const servers: RunningServer[] = [];
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(async () => {
  for (const server of servers) await server.stop();
  for (const client of clients) client.destroy();
  await platform.stop();
});

function clientOf(maxAttempts: number): DynamoDBClient {
  const { endpoint, region } = platform.emulator.world;
  const client = new DynamoDBClient({ endpoint: endpoint.url, region, credentials: platform.emulator.administrator, maxAttempts });
  clients.push(client);
  return client;
}

interface Instance {
  readonly gateway: TestGateway;
  /** @returns the status, once the answer was read or left. */
  call(kind: Kind, stream: boolean): Promise<number>;
}
type Kind = 'A' | 'F' | 'B' | 'L';

const bodyOf = (kind: Kind, stream: boolean) => ({
  model: 'small-1',
  max_tokens: MAX_TOKENS,
  stream,
  messages: [{ role: 'user', content: kind }],
});

async function startInstance(limits: Limits, isServer: boolean): Promise<Instance> {
  const table = platform.emulator.output('LedgerTable');
  const accounts = createAccounts({ client: clientOf(3), once: clientOf(1), table }, systemClock);
  const gateway = createTestGateway(script, { accounts }, undefined, { tenant: tenantOf(KEY), limits, updatedAt: 1 });
  if (!isServer) return { gateway, call: async (kind, stream) => read(await gateway.chat(bodyOf(kind, stream))) };
  const log = { info: () => undefined, error: () => undefined };
  const server = await runServer(gateway.app, { host: '127.0.0.1', port: 0, shutdownGraceMs: 10_000 }, log);
  servers.push(server);
  return {
    gateway,
    async call(kind, stream) {
      const leaving = new AbortController();
      const response = await fetch(`http://127.0.0.1:${server.port}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify(bodyOf(kind, stream)),
        signal: leaving.signal,
      });
      if (response.status !== 200 || kind !== 'L') return read(response);
      await response.body?.getReader().read();
      leaving.abort();
      return response.status;
    },
  };
}

async function read(response: Response): Promise<number> {
  await response.text();
  return response.status;
}

function kindOf(attempt: number, isServer: boolean): Kind {
  if (attempt % 7 === 3) return 'F';
  if (attempt % 7 === 5) return 'B';
  return isServer && attempt % 5 === 2 ? 'L' : 'A';
}

test('32 gateways, a budget for 1,000 calls, 5,000 attempted, of which some fail, some break off and some are left: not one micro-dollar over', async () => {
  const limits = { microUsdPerMonth: CALLS * WORST_MICRO_USD };
  const instances = await Promise.all(Array.from({ length: INSTANCES }, (_, index) => startInstance(limits, index % 2 === 0)));
  const statuses = new Map<number, number>();
  await Promise.all(
    instances.map(async (instance, index) => {
      const isServer = index % 2 === 0;
      for (let attempt = index; attempt < ATTEMPTS; attempt += INSTANCES) {
        const kind = kindOf(attempt, isServer);
        const status = await instance.call(kind, kind === 'L' || attempt % 3 === 0);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }),
  );
  for (const server of servers) await server.stop();
  for (const { gateway } of instances) await gateway.settled();

  const settlements = instances.flatMap(({ gateway }) => [...gateway.audit.settlements.values()]);
  const settled = settlements.reduce((sum, { cost_micro_usd }) => sum + cost_micro_usd, 0);
  const month = new Date().toISOString().slice(0, 7);
  const { Item = {} } = await platform.dynamodb.send(
    new GetItemCommand({
      TableName: platform.emulator.output('LedgerTable'),
      Key: { pk: { S: `ACCOUNT#tenant#${tenantOf(KEY)}` }, sk: { S: `MONTH#${month}` } },
      ConsistentRead: true,
    }),
  );
  expect(unmarshalItem(Item)).toMatchObject({ used: settled, spent: settled, inflight: 0 });
  expect(settled).toBeLessThanOrEqual(limits.microUsdPerMonth);
  // What is left is less than one call may cost.
  expect(limits.microUsdPerMonth - settled).toBeLessThan(WORST_MICRO_USD);

  const count = (status: string, cost?: number) =>
    settlements.filter((record) => record.status === status && (cost === undefined || record.cost_micro_usd === cost)).length;
  expect(settlements).toHaveLength(ATTEMPTS);
  // Each of them at its worst case, as the budget was reckoned.
  expect(count('ok', WORST_MICRO_USD)).toBe(count('ok'));
  expect(count('ok')).toBeGreaterThan(CALLS / 2);
  expect(count('ok')).toBeLessThanOrEqual(CALLS);
  expect(count('cancelled')).toBeGreaterThan(20);
  expect(count('error')).toBeGreaterThan(100);
  expect(count('refused')).toBe(statuses.get(429));
  expect(count('refused')).toBeGreaterThan(2_000);
}, 300_000);
