import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import * as fc from 'fast-check';
import { unmarshalItem } from '../../lambdas/core/attribute-values';
import type { Account } from '../../lambdas/core/accounts/account';
import { type Accounts, type AccountStores, createAccounts, type Reservation } from '../../lambdas/core/accounts/accounts';
import { sweep } from '../../lambdas/core/accounts/sweep';
import { createAuditStore } from '../../lambdas/core/audit';
import { GatewayError } from '../../lambdas/core/errors';
import { newCallId } from '../../lambdas/core/trace-id';
import { startPlatform, type TestPlatform } from '../helpers/platform';

/** The account protocol by the real client against the store of the template: nothing beyond a limit, nothing lost, nothing counted twice. */

const START_MS = Date.UTC(2026, 10, 21, 12, 0, 30);
const MINUTE_MS = 60_000;

let platform: TestPlatform;
let table: string;
const clients: DynamoDBClient[] = [];
beforeAll(async () => {
  platform = await startPlatform();
  table = platform.emulator.output('LedgerTable');
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await platform.stop();
});

/** One process: its own connections, its own clock. */
function instance(nowMs: () => number): Accounts {
  return createAccounts(storesOf(), { nowMs });
}

function storesOf(): AccountStores {
  const options = {
    endpoint: platform.emulator.world.endpoint.url,
    region: platform.emulator.world.region,
    credentials: platform.emulator.administrator,
  };
  const client = new DynamoDBClient({ ...options, maxAttempts: 3 });
  const once = new DynamoDBClient({ ...options, maxAttempts: 1 });
  clients.push(client, once);
  return { client, once, table };
}

let accountsMade = 0;
function accountOf(limits: Account['limits'], kind: Account['kind'] = 'tenant'): Account {
  accountsMade += 1;
  return { kind, id: `${kind}-${accountsMade}`, limits };
}

async function itemsOf(account: Account): Promise<Record<string, number>> {
  const { Items = [] } = await platform.dynamodb.send(
    new ScanCommand({
      TableName: table,
      ConsistentRead: true,
      FilterExpression: 'pk = :pk AND begins_with(sk, :month)',
      ExpressionAttributeValues: { ':pk': { S: `ACCOUNT#${account.kind}#${account.id}` }, ':month': { S: 'MONTH#' } },
    }),
  );
  return Object.assign({}, ...Items.map(unmarshalItem)) as Record<string, number>;
}

const refusalOf = async (work: Promise<unknown>): Promise<GatewayError> =>
  work.then(
    () => {
      throw new Error('it was let through');
    },
    (error: unknown) => {
      if (!(error instanceof GatewayError)) throw error;
      return error;
    },
  );

test.each([undefined, 4, 16] as const)(
  '32 instances, a budget for exactly 200 calls, 1,000 attempted: exactly 200, and not one micro-dollar over (shards: %s)',
  async (shards) => {
    const account = accountOf({ microUsdPerMonth: 200_000, ...(shards !== undefined && { shards }) });
    const instances = Array.from({ length: 32 }, () => instance(() => START_MS));
    let admitted = 0;
    let inShards = 0;
    let refused = 0;
    await Promise.all(
      instances.map(async (accounts, index) => {
        for (let call = index; call < 1_000; call += 32) {
          try {
            const reservation = await accounts.reserve({
              id: newCallId(START_MS),
              accounts: [account],
              worst: { microUsd: 1_000, tokens: 10 },
            });
            admitted += 1;
            if (reservation.held.some(({ shard }) => shard !== undefined)) inShards += 1;
            await accounts.settle(reservation, { microUsd: 1_000, tokens: 10 });
          } catch (error) {
            expect(error).toMatchObject({ code: 'insufficient_quota' });
            refused += 1;
          }
        }
      }),
    );
    expect([admitted, refused]).toEqual([200, 800]);
    expect(inShards > 0).toBe(shards !== undefined);
    const audit = createAuditStore(platform.dynamodb, platform.emulator.output('AuditTable'), 7);
    const ports = { client: platform.dynamodb, table, audit, clock: { nowMs: () => START_MS + 2 * 86_200_000 } };
    if (shards !== undefined) expect((await sweep(ports)).grants).toBeGreaterThan(0);
    expect(await itemsOf(account)).toMatchObject({ used: 200_000, spent: 200_000, day_21: 200_000, inflight: 0 });
  },
  60_000,
);

test('sequential waits for the store: one where the shard has enough, two where the account is asked', async () => {
  const account = accountOf({ microUsdPerMonth: 1_000_000, shards: 4 });
  let underWay = 0;
  let rounds = 0;
  const stop = platform.emulator.world.endpoint.intercept(async ({ operation, phase }) => {
    if (operation !== 'UpdateItem') return undefined;
    if (phase === 'before') {
      if (underWay === 0) rounds += 1;
      underWay += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
    } else underWay -= 1;
    return undefined;
  });
  const accounts = createAccounts(storesOf(), { nowMs: () => START_MS }, () => 0);
  const waits: number[] = [];
  for (let call = 0; call < 2; call += 1) {
    rounds = 0;
    const reservation = await accounts.reserve({ id: newCallId(START_MS), accounts: [account], worst: { microUsd: 10, tokens: 10 } });
    waits.push(rounds);
    await reservation.funded;
  }
  stop();
  expect(waits).toEqual([2, 1]);
});

test('calls that cost less, or fail, make room for others: the sum is that of what was settled', async () => {
  const account = accountOf({ microUsdPerMonth: 100_000, concurrency: 20 });
  const instances = Array.from({ length: 8 }, () => instance(() => START_MS));
  let settled = 0;
  await Promise.all(
    instances.map(async (accounts, index) => {
      for (let call = 0; call < 60; call += 1) {
        const microUsd = call % 3 === 0 ? 0 : 100 * (1 + ((call + index) % 9));
        const reservation = await accounts
          .reserve({ id: newCallId(START_MS), accounts: [account], worst: { microUsd: 1_000, tokens: 10 } })
          .catch(() => undefined);
        if (reservation === undefined) continue;
        await accounts.settle(reservation, { microUsd, tokens: 5 });
        settled += microUsd;
      }
    }),
  );
  expect(settled).toBeGreaterThan(80_000);
  expect(settled).toBeLessThanOrEqual(100_000);
  expect(await itemsOf(account)).toMatchObject({ used: settled, spent: settled, inflight: 0 });
});

test('every level holds by itself, and one that refuses leaves nothing held in the others', async () => {
  const [key, tenant, environment] = [
    accountOf({ microUsdPerMonth: 5_000 }, 'key'),
    accountOf({ microUsdPerMonth: 2_500 }),
    accountOf({ concurrency: 10 }, 'environment'),
  ];
  const accounts = instance(() => START_MS);
  const call = () =>
    accounts.reserve({ id: newCallId(START_MS), accounts: [key, tenant, environment], worst: { microUsd: 1_000, tokens: 1 } });
  await call();
  await call();
  const refusal = await refusalOf(call());
  expect(refusal.code).toBe('insufficient_quota');
  expect(refusal.message).toBe(
    `The budget of the tenant ${tenant.id} for this month is $0.002500; $0.000500 of it is left, and the call may cost $0.001000. It is renewed in 10 days: ask for fewer tokens or a smaller model, or have it raised.`,
  );
  expect(await itemsOf(key)).toMatchObject({ used: 2_000, inflight: 2 });
  expect(await itemsOf(environment)).toMatchObject({ used: 2_000, inflight: 2 });
});

describe('limits', () => {
  const worst = { microUsd: 100, tokens: 50 };

  test.each<[string, Account['limits'], number, string, RegExp]>([
    [
      'requests',
      { requestsPerMinute: 3 },
      3,
      'rate_limit_exceeded',
      /may make 3 requests a minute, and has made them\. The next minute begins in 30 s\./,
    ],
    ['tokens', { tokensPerMinute: 120 }, 2, 'rate_limit_exceeded', /may use 120 tokens a minute; 20 are left, and the call may use 50\./],
    ['calls at a time', { concurrency: 2 }, 2, 'rate_limit_exceeded', /has 2 calls under way, and may have 2 at a time/],
    [
      'money in a day',
      { microUsdPerDay: 250 },
      2,
      'insufficient_quota',
      /for this day is \$0\.000250; \$0\.000050 of it is left.*renewed in 12 h/,
    ],
    ['money in a month', { microUsdPerMonth: 100 }, 1, 'insufficient_quota', /for this month is \$0\.000100; \$0\.000000 of it is left/],
  ])('of %s', async (_name, limits, most, code, message) => {
    const account = accountOf(limits);
    const accounts = instance(() => START_MS);
    const call = () => accounts.reserve({ id: newCallId(START_MS), accounts: [account], worst });
    for (let made = 0; made < most; made += 1) await call();
    const refusal = await refusalOf(call());
    expect([refusal.code, refusal.message]).toEqual([code, expect.stringMatching(message)]);
    expect(refusal.retryAfterSeconds).toBeGreaterThan(0);
  });

  test('a call that is too large for a limit is refused before anything is asked of the store', async () => {
    for (const [limits, message] of [
      [{ microUsdPerDay: 99 }, 'for a day is $0.000099, and this call alone may cost $0.000100: ask'],
      [{ microUsdPerMonth: 99 }, 'for a month is $0.000099, and this call alone may cost $0.000100: ask'],
      [{ tokensPerMinute: 49 }, 'may use 49 tokens a minute, and this call alone may use 50: send'],
    ] as const) {
      const account = accountOf(limits);
      const refusal = await refusalOf(instance(() => START_MS).reserve({ id: newCallId(START_MS), accounts: [account], worst }));
      // To wait does not help.
      expect([refusal.code, refusal.retryAfterSeconds]).toEqual(['insufficient_quota', undefined]);
      expect(refusal.message).toContain(message);
      expect(await itemsOf(account)).toEqual({});
    }
  });

  test('windows: the next minute, day and month begin anew, and a hold is settled where it was made', async () => {
    let nowMs = Date.UTC(2026, 10, 30, 23, 59, 59);
    const accounts = instance(() => nowMs);
    const account = accountOf({ requestsPerMinute: 1, microUsdPerDay: 100, microUsdPerMonth: 100 });
    const call = () => accounts.reserve({ id: newCallId(nowMs), accounts: [account], worst });
    const last = await call();
    expect(await refusalOf(call())).toMatchObject({ code: expect.stringMatching(/insufficient_quota|rate_limit_exceeded/) });
    nowMs += 2_000;
    await call();
    await accounts.settle(last, { microUsd: 40, tokens: 10 });
    const { Items = [] } = await platform.dynamodb.send(
      new ScanCommand({
        TableName: table,
        FilterExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: `ACCOUNT#tenant#${account.id}` } },
      }),
    );
    const bySort = Object.fromEntries(Items.map(unmarshalItem).map((item) => [item.sk, item]));
    expect(bySort['MONTH#2026-11']).toMatchObject({ used: 40, spent: 40, day_30: 40, inflight: 0 });
    expect(bySort['MONTH#2026-12']).toMatchObject({ used: 100, day_01: 100, inflight: 1 });
  });

  test('one that is raised or lowered counts from the next call on', async () => {
    const accounts = instance(() => START_MS);
    const account = accountOf({ microUsdPerMonth: 200 });
    const call = (microUsdPerMonth: number) =>
      accounts.reserve({ id: newCallId(START_MS), accounts: [{ ...account, limits: { microUsdPerMonth } }], worst });
    await call(200);
    await call(200);
    expect(await refusalOf(call(200))).toMatchObject({ code: 'insufficient_quota' });
    await call(300);
    expect((await refusalOf(call(150))).message).toContain('$0.000000 of it is left');
  });

  test('tokens that were not needed are given back within their minute', async () => {
    const accounts = instance(() => START_MS);
    const account = accountOf({ tokensPerMinute: 100, requestsPerMinute: 10 });
    const first = await accounts.reserve({ id: newCallId(START_MS), accounts: [account], worst: { microUsd: 1, tokens: 90 } });
    expect([first.tokens, first.requests]).toEqual([
      { limit: 100, remaining: 10, resetMs: 30_000 },
      { limit: 10, remaining: 9, resetMs: 30_000 },
    ]);
    await accounts.settle(first, { microUsd: 1, tokens: 20 });
    const second = await accounts.reserve({ id: newCallId(START_MS), accounts: [account], worst: { microUsd: 1, tokens: 80 } });
    expect(second.tokens).toMatchObject({ remaining: 0 });
  });

  test('the soft limit is crossed once', async () => {
    const accounts = instance(() => START_MS);
    const account = accountOf({ microUsdPerMonth: 1_000, softLimitPercent: 50 });
    const seen: [readonly string[], boolean][] = [];
    for (let call = 0; call < 6; call += 1) {
      const { crossed, isAboveSoftLimit } = await accounts.reserve({
        id: newCallId(START_MS),
        accounts: [account],
        worst: { microUsd: 150, tokens: 1 },
      });
      seen.push([crossed, isAboveSoftLimit]);
    }
    expect(seen.map(([crossed]) => crossed.length)).toEqual([0, 0, 0, 1, 0, 0]);
    expect(seen.map(([, isAbove]) => isAbove)).toEqual([false, false, false, true, true, true]);
  });
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5, Number.MAX_SAFE_INTEGER + 1])('an amount of %d is no amount', async (value) => {
  const accounts = instance(() => START_MS);
  const account = accountOf({ concurrency: 1 });
  const id = newCallId(START_MS);
  await expect(accounts.reserve({ id, accounts: [account], worst: { microUsd: value, tokens: 1 } })).rejects.toThrow(RangeError);
  await expect(accounts.reserve({ id, accounts: [account], worst: { microUsd: 1, tokens: value } })).rejects.toThrow(RangeError);
  expect(await itemsOf(account)).toEqual({});
});

test('an answer that is lost on its way is no second hold', async () => {
  const account = accountOf({ microUsdPerMonth: 1_000, concurrency: 1 });
  const accounts = instance(() => START_MS);
  let dropped = 0;
  const stop = platform.emulator.world.endpoint.intercept(({ operation, phase }) => {
    if (operation !== 'UpdateItem' || phase !== 'after' || dropped > 0) return undefined;
    dropped += 1;
    return 'drop';
  });
  const reservation = await accounts.reserve({ id: newCallId(START_MS), accounts: [account], worst: { microUsd: 600, tokens: 1 } });
  expect(dropped).toBe(1);
  dropped = 0;
  await accounts.settle(reservation, { microUsd: 200, tokens: 1 });
  stop();
  expect(await itemsOf(account)).toMatchObject({ used: 200, spent: 200, inflight: 0 });
  await accounts.settle(reservation, { microUsd: 200, tokens: 1 });
  expect(await itemsOf(account)).toMatchObject({ used: 200, spent: 200, inflight: 0 });
});

test('sequential waits for the store before a call is let in: one, whatever the number of levels', async () => {
  const levels = [
    accountOf({ requestsPerMinute: 5, microUsdPerDay: 1_000 }, 'key'),
    accountOf({ tokensPerMinute: 500 }),
    accountOf({ concurrency: 5 }, 'environment'),
  ];
  let underWay = 0;
  let rounds = 0;
  const stop = platform.emulator.world.endpoint.intercept(async ({ operation, phase }) => {
    if (operation !== 'UpdateItem') return undefined;
    if (phase === 'before') {
      if (underWay === 0) rounds += 1;
      underWay += 1;
      // Others that were sent at the same time arrive meanwhile.
      await new Promise((resolve) => setTimeout(resolve, 20));
    } else underWay -= 1;
    return undefined;
  });
  await instance(() => START_MS).reserve({ id: newCallId(START_MS), accounts: levels, worst: { microUsd: 1, tokens: 1 } });
  stop();
  expect(rounds).toBe(1);
});

describe('whatever happens', () => {
  const LIMIT = 1_000;

  test('no limit is exceeded, nothing is left over after a sweep, and the sum is that of the records', async () => {
    const audit = createAuditStore(platform.dynamodb, platform.emulator.output('AuditTable'), 7);
    const step = fc.record({
      instance: fc.nat(2),
      worst: fc.integer({ min: 1, max: 400 }),
      share: fc.integer({ min: 0, max: 100 }),
      /** Where the process dies, if it does. */
      crash: fc.constantFrom('no', 'no', 'no', 'after reserve', 'after intent', 'after settlement'),
      /** Which answer of the store is lost. */
      lost: fc.option(fc.nat(3), { nil: undefined }),
      afterMs: fc.integer({ min: 0, max: 20_000 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: -2_000, max: 2_000 }), { minLength: 3, maxLength: 3 }),
        async (steps, skews) => {
          let nowMs = START_MS;
          const instances = skews.map((skewMs) => instance(() => nowMs + skewMs));
          const levels = [accountOf({ microUsdPerMonth: LIMIT, concurrency: 4 }, 'key'), accountOf({ microUsdPerDay: 2 * LIMIT })] as const;
          const ids: string[] = [];
          await Promise.all(
            steps.map(async ({ instance: index, worst, share, crash, lost, afterMs }) => {
              nowMs = Math.max(nowMs, START_MS + afterMs);
              const accounts = instances[index] as Accounts;
              const id = newCallId(nowMs);
              let seen = 0;
              const stop = platform.emulator.world.endpoint.intercept(({ operation, phase }) =>
                operation === 'UpdateItem' && phase === 'after' && lost !== undefined && seen++ === lost ? 'drop' : undefined,
              );
              let reservation: Reservation;
              try {
                reservation = await accounts.reserve({ id, accounts: levels, worst: { microUsd: worst, tokens: 1 } });
              } catch (error) {
                expect(error).toBeInstanceOf(GatewayError);
                return;
              } finally {
                stop();
              }
              if (crash === 'after reserve') return;
              ids.push(id);
              const microUsd = Math.floor((worst * share) / 100);
              await audit.insertIntent(id, intentOf(worst, nowMs));
              if (crash === 'after intent') return;
              await audit.insertSettlement(id, settlementOf(microUsd, nowMs));
              if (crash === 'after settlement') return;
              await accounts.settle(reservation, { microUsd, tokens: 1 });
            }),
          );
          for (const level of levels)
            expect((await itemsOf(level)).used ?? 0).toBeLessThanOrEqual(level.kind === 'key' ? LIMIT : 2 * LIMIT);
          nowMs += 18 * MINUTE_MS;
          const ports = { client: platform.dynamodb, table, audit, clock: { nowMs: () => nowMs } };
          await Promise.all([sweep(ports), sweep(ports)]);
          expect(await sweep(ports)).toMatchObject({ settled: 0, unknown: 0 });
          const records = await Promise.all(ids.map((id) => audit.read(id)));
          const sum = records.reduce((total, read) => total + (read?.settlement?.cost_micro_usd ?? read?.unknown?.cost_micro_usd ?? 0), 0);
          for (const level of levels) {
            const { used = 0, spent = 0, inflight = 0 } = await itemsOf(level);
            expect({ used, spent, inflight }).toEqual({ used: sum, spent: sum, inflight: 0 });
          }
        },
      ),
      { numRuns: 25 },
    );
  }, 90_000);

  test('a hold that is young is left alone, and one of a call that never had an intent costs nothing', async () => {
    let nowMs = START_MS;
    const accounts = instance(() => nowMs);
    const account = accountOf({ microUsdPerMonth: LIMIT });
    await accounts.reserve({ id: newCallId(nowMs), accounts: [account], worst: { microUsd: 10, tokens: 1 } });
    const audit = createAuditStore(platform.dynamodb, platform.emulator.output('AuditTable'), 7);
    const ports = { client: platform.dynamodb, table, audit, clock: { nowMs: () => nowMs } };
    nowMs += 16 * MINUTE_MS;
    expect((await sweep(ports)).open).toBeGreaterThanOrEqual(1);
    expect(await itemsOf(account)).toMatchObject({ used: 10, inflight: 1 });
    nowMs += 2 * MINUTE_MS;
    expect((await sweep(ports)).settled).toBeGreaterThanOrEqual(1);
    expect(await itemsOf(account)).toMatchObject({ used: 0, spent: 0, inflight: 0 });
  });
});

function intentOf(worst: number, nowMs: number) {
  return {
    tenant: 'acme',
    key_id: 'key',
    door: 'v1' as const,
    requested_model: 'm',
    input_hash: 'hash',
    worst_case_cost_micro_usd: worst,
    stream: false,
    created_at: nowMs,
    price_table_version: 'v',
    gateway_version: 'v',
  };
}

function settlementOf(cost: number, nowMs: number) {
  return {
    tenant: 'acme',
    status: 'ok' as const,
    usage: { input_tokens: 1, output_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0 },
    usage_estimated: false,
    cost_micro_usd: cost,
    price_table_version: 'v',
    model_ms: 0,
    overhead_ms: 0,
    total_ms: 0,
    settled_at: nowMs,
  };
}
