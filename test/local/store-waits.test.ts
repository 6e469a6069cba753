import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createAccounts } from '../../lambdas/core/accounts/accounts';
import { createLeasedAccounts } from '../../lambdas/core/accounts/leased-accounts';
import { createAuditStore } from '../../lambdas/core/audit';
import { systemClock, systemLater } from '../../lambdas/core/clock';
import type { Limits } from '../../lambdas/core/limits';
import { createRegistry } from '../../lambdas/core/registry';
import { startPlatform, type TestPlatform } from '../helpers/platform';
import { createTestGateway, hello, simpleChat } from '../unit/lambdas/support/ports';

/** How often a call waits for the store before its model is asked, one wait after the other: counted, not timed. */

/** After this the registry's entries are asked for again. */
const STALE_MS = 31_000;

let platform: TestPlatform;
const clients: DynamoDBClient[] = [];
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await platform.stop();
});

function clientOf(maxAttempts: number): DynamoDBClient {
  const { endpoint, region } = platform.emulator.world;
  const client = new DynamoDBClient({ endpoint: endpoint.url, region, credentials: platform.emulator.administrator, maxAttempts });
  clients.push(client);
  return client;
}

/** A gateway on the real stores, for one caller. */
async function gatewayFor(tenant: string, limits: Limits, hasLeases = false) {
  await platform.limitTenant(tenant, limits);
  const key = await platform.createKey(tenant);
  let laterMs = 0;
  let shard = 0;
  const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + laterMs };
  /** Of the longest chain of calls of the store, each begun when the one before it was over. */
  let over = 0;
  let atDispatch = 0;
  const counted = (maxAttempts: number): DynamoDBClient => {
    const client = clientOf(maxAttempts);
    client.middlewareStack.add(
      (next) => async (args) => {
        const own = over + 1;
        return next(args).finally(() => (over = Math.max(over, own)));
      },
      { step: 'initialize' },
    );
    return client;
  };
  const client = counted(3);
  const table = platform.emulator.output('LedgerTable');
  const direct = createAccounts({ client, once: counted(1), table }, clock, () => shard / 4);
  const log = { error: () => undefined };
  const gateway = createTestGateway(
    () => {
      atDispatch = over;
      return hello();
    },
    {
      clock,
      registry: createRegistry(client, platform.emulator.output('RegistryTable'), clock),
      audit: createAuditStore(client, platform.emulator.output('AuditTable'), 7),
      accounts: hasLeases ? createLeasedAccounts({ accounts: direct, client, table, clock, later: systemLater, log }) : direct,
    },
  );
  return {
    wait: (ms: number) => (laterMs += ms),
    /** Of four. */
    ask: (next: number) => (shard = next),
    /** @returns waits that were over, one after the other, when the model was asked: what is asked at the same time is one. */
    async waits(): Promise<number> {
      over = 0;
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const response = await gateway.chat(simpleChat, { headers });
      expect(response.status).toBe(200);
      await response.text();
      await gateway.settled();
      return atDispatch;
    },
  };
}

test('one where the registry is fresh, however many limits there are; two where it is stale', async () => {
  const { waits, wait } = await gatewayFor('waits-a', { microUsdPerDay: 1_000_000, requestsPerMinute: 100, tokensPerMinute: 100_000 });
  // Nobody has asked for the key yet: it says whose tenant's limits are to be looked up.
  expect(await waits()).toBe(3);
  expect(await waits()).toBe(1);
  wait(STALE_MS);
  expect(await waits()).toBe(2);
  expect(await waits()).toBe(1);
});

test('two where a shard is to be funded, and one from then on', async () => {
  const { waits, ask } = await gatewayFor('waits-b', { microUsdPerDay: 1_000_000, shards: 4 });
  await waits();
  expect(await waits()).toBe(1);
  ask(3);
  expect(await waits()).toBe(2);
  expect(await waits()).toBe(1);
});

test('one where the account is leased: the intent and the lease’s record are written at the same time', async () => {
  const { waits } = await gatewayFor('waits-c', { microUsdPerDay: 1_000_000, requestsPerMinute: 1_000 }, true);
  for (let call = 0; call < 20; call += 1) await waits();
  let updates = 0;
  const stop = platform.emulator.world.endpoint.intercept(({ operation, phase }) => {
    if (operation === 'UpdateItem' && phase === 'before') updates += 1;
    return undefined;
  });
  expect(await waits()).toBe(1);
  stop();
  // The record: neither the account's month and minute, nor anything when the call is settled.
  expect(updates).toBe(1);
});
