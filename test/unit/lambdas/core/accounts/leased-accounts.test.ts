import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Account, Amount } from '../../../../../lambdas/core/accounts/account';
import { createAccounts, type Reservation } from '../../../../../lambdas/core/accounts/accounts';
import { createLeasedAccounts } from '../../../../../lambdas/core/accounts/leased-accounts';
import type { Limits } from '../../../../../lambdas/core/limits';
import { MemoryTable } from '../../../../helpers/memory-table';
import { Simulation } from '../../../../helpers/simulation';

/** One process, a store that always answers, and time that a test moves on. */

const START_MS = Date.UTC(2026, 10, 21, 12, 0, 0);
const WORST: Amount = { microUsd: 100, tokens: 10 };
/** Calls before there is a lease. */
const WARM = 3;

const accountOf = (limits: Limits, kind: Account['kind'] = 'tenant'): Account => ({ kind, id: 'a', limits });

function startProcess() {
  const table = new MemoryTable();
  const simulation = new Simulation(START_MS);
  const updates: string[] = [];
  let skipMs = 0;
  /** What the store does before it answers. */
  let before: (key: string) => void = () => undefined;
  const client = {
    send: async (command: unknown) => {
      if (command instanceof UpdateItemCommand) {
        const key = command.input.Key?.pk?.S ?? '';
        updates.push(key);
        before(key);
      }
      return { ...table.execute(command), $metadata: { attempts: 1 } };
    },
  } as unknown as DynamoDBClient;
  const clock = { nowMs: () => simulation.nowMs + skipMs };
  const stores = { client, once: client, table: 'Ledger' };
  const errors: string[] = [];
  const later = (ms: number, work: () => void) => (ms === 0 ? setImmediate(work) : simulation.at(ms, work));
  const log = { error: (message: string) => errors.push(message) };
  const direct = createAccounts(stores, clock);
  const accounts = createLeasedAccounts({ ...stores, accounts: direct, clock, later, log });
  let calls = 0;
  const reserve = (of: readonly Account[], worst = WORST): Promise<Reservation> => {
    calls += 1;
    return accounts.reserve({ id: `c${calls}`, accounts: of, worst });
  };
  return {
    table,
    simulation,
    accounts,
    errors,
    updates,
    reserve,
    skip: (ms: number) => (skipMs += ms),
    onUpdate: (work: (key: string) => void) => (before = work),
    async call(of: readonly Account[], actual: Amount = WORST): Promise<Reservation> {
      const reservation = await reserve(of);
      await accounts.settle(reservation, actual);
      return reservation;
    },
    /** So many calls that leases have what the account gives for them. */
    async warm(of: readonly Account[], count = WARM): Promise<void> {
      for (let index = 0; index < count; index += 1) await this.call(of);
      await new Promise((resolve) => setImmediate(resolve));
    },
    month: (account: Account) => table.numbers(`ACCOUNT#${account.kind}#a`, 'MONTH#2026-11'),
    leases: () => [...table.items.keys()].filter((key) => key.startsWith('LEASE#')).length,
  };
}

test('a hundred calls of an account that is in use: its items are written a few times, and each call waits for one write, of its lease', async () => {
  const account = accountOf({ microUsdPerMonth: 10_000_000 });
  const process = startProcess();
  await process.warm([account], 200);
  process.updates.length = 0;
  for (let index = 0; index < 100; index += 1) {
    const before = process.updates.length;
    const reservation = await process.reserve([account]);
    expect(process.updates.slice(before).filter((key) => key.startsWith('LEASE#'))).toHaveLength(1);
    const reserved = process.updates.length;
    await process.accounts.settle(reservation, WORST);
    expect(process.updates.length).toBe(reserved);
  }
  expect(process.updates.filter((key) => key.startsWith('ACCOUNT#')).length).toBeLessThanOrEqual(2);
  await process.accounts.close();
  expect(process.month(account)).toMatchObject({ used: 300 * 100, spent: 300 * 100, inflight: 0 });
});

test('calls of one moment share a write', async () => {
  const account = accountOf({ microUsdPerMonth: 10_000_000 });
  const process = startProcess();
  await process.warm([account], 200);
  process.updates.length = 0;
  await Promise.all(Array.from({ length: 50 }, () => process.reserve([account])));
  expect(process.updates.filter((key) => key.startsWith('LEASE#'))).toHaveLength(1);
});

test('what a lease holds no more is given back when it has ended, and what its last call took once that is over', async () => {
  const account = accountOf({ microUsdPerMonth: 10_000_000 });
  const process = startProcess();
  await process.warm([account], 10);
  const slow = await process.reserve([account]);
  expect(process.month(account).used).toBeGreaterThan(11 * 100);
  await process.simulation.run();
  expect(process.month(account)).toMatchObject({ used: 11 * 100, inflight: 1 });
  await process.accounts.settle(slow, { microUsd: 30, tokens: 1 });
  await new Promise((resolve) => setImmediate(resolve));
  expect(process.month(account)).toMatchObject({ used: 1_030, spent: 1_030, day_21: 1_030, inflight: 0 });
});

test('twice settled is once, and what was let go is as if it had never been', async () => {
  const account = accountOf({ microUsdPerMonth: 10_000_000 });
  const tight = accountOf({ concurrency: 1 }, 'key');
  const process = startProcess();
  await process.warm([account], 10);
  const held = await process.reserve([account]);
  await process.accounts.settle(held, { microUsd: 1, tokens: 1 });
  await process.accounts.settle(held, WORST);
  await process.reserve([tight]);
  // Held by the lease, and refused by the key.
  await expect(process.reserve([tight, account])).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
  await process.accounts.close();
  expect(process.month(account)).toMatchObject({ used: 1_001, spent: 1_001, inflight: 0 });
});

test('an account with a number of calls at a time, or with shards, has no leases', async () => {
  for (const limits of [{ concurrency: 100 }, { microUsdPerMonth: 10_000_000, shards: 4 }] satisfies Limits[]) {
    const process = startProcess();
    await process.warm([accountOf(limits)], 50);
    expect(process.leases()).toBe(0);
  }
});

test('the last of a budget is drawn from the account itself, and refused as it refuses', async () => {
  const account = accountOf({ microUsdPerMonth: 10_000 });
  const process = startProcess();
  await process.warm([account], 100);
  expect(process.leases()).toBeGreaterThan(0);
  expect(process.month(account).used).toBe(10_000);
  await expect(process.reserve([account])).rejects.toMatchObject({ code: 'insufficient_quota' });
  await process.accounts.close();
  expect(process.month(account)).toMatchObject({ used: 10_000, spent: 10_000 });
});

test('what is left of a minute is what the account has left and nobody has drawn of the lease', async () => {
  const account = accountOf({ requestsPerMinute: 1_000, tokensPerMinute: 20_000 });
  const process = startProcess();
  await process.warm([account], 9);
  const { requests, tokens } = await process.call([account]);
  expect(process.leases()).toBeGreaterThan(0);
  expect(requests).toEqual({ limit: 1_000, remaining: 990, resetMs: 60_000 });
  expect(tokens).toEqual({ limit: 20_000, remaining: 19_900, resetMs: 60_000 });
  await process.accounts.close();
  expect(process.table.numbers('ACCOUNT#tenant#a', `MINUTE#${START_MS / 60_000}`)).toMatchObject({ requests: 10, tokens: 100 });
});

test('a lease of one minute lets nothing in by the next', async () => {
  const account = accountOf({ requestsPerMinute: 1_000 });
  const process = startProcess();
  process.skip(45_000);
  await process.warm([account], 10);
  process.skip(15_000);
  await process.call([account]);
  expect(process.table.numbers('ACCOUNT#tenant#a', `MINUTE#${START_MS / 60_000 + 1}`)).toMatchObject({ requests: 1 });
});

test('one call crosses the soft limit, and those after it are above', async () => {
  const account = accountOf({ microUsdPerMonth: 100_000, softLimitPercent: 50 });
  const process = startProcess();
  const seen: Pick<Reservation, 'crossed' | 'isAboveSoftLimit'>[] = [];
  for (let index = 0; index < 700; index += 1) seen.push(await process.call([account]));
  expect(process.leases()).toBeGreaterThan(2);
  expect(seen.flatMap(({ crossed }, index) => (crossed.length > 0 ? [index] : []))).toEqual([499]);
  expect(seen.map(({ isAboveSoftLimit }) => isAboveSoftLimit)).toEqual(seen.map((_, index) => index >= 499));
});

test('nothing is let in once a lease has expired, though it was held before', async () => {
  const account = accountOf({ microUsdPerMonth: 10_000_000 });
  const process = startProcess();
  await process.warm([account], 10);
  // The write of the record takes until then.
  process.onUpdate((key) => key.startsWith('LEASE#') && process.skip(28_000));
  await expect(process.reserve([account])).rejects.toMatchObject({ code: 'store_unavailable' });
  process.onUpdate(() => undefined);
  await process.accounts.close();
  expect(process.month(account)).toMatchObject({ used: 1_000, spent: 1_000, inflight: 0 });
});

test('a call whose lease cannot be recorded is not let in, and holds nothing', async () => {
  const account = accountOf({ microUsdPerMonth: 10_000_000 });
  const process = startProcess();
  await process.warm([account], 10);
  process.onUpdate((key) => {
    if (key.startsWith('LEASE#')) throw new Error('It does not answer.');
  });
  await expect(process.reserve([account])).rejects.toMatchObject({ code: 'store_unavailable' });
  await process.accounts.close();
  expect(process.month(account)).toMatchObject({ used: 1_000, spent: 1_000, inflight: 0 });
});

test('a lease that cannot be settled is told of, and left to the sweeper', async () => {
  const account = accountOf({ microUsdPerMonth: 10_000_000 });
  const process = startProcess();
  await process.warm([account], 10);
  process.onUpdate(() => {
    throw new Error('It does not answer.');
  });
  await process.accounts.close();
  expect(process.errors).toEqual(expect.arrayContaining(['lease not settled']));
  expect(process.month(account).inflight).toBeGreaterThan(0);
});
