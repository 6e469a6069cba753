import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Hold } from '../../../../../lambdas/core/accounts/hold';
import { numbersOf, update } from '../../../../../lambdas/core/accounts/ledger';
import {
  closeDay,
  closeShard,
  credit,
  grant,
  reserveShard,
  settleGrant,
  settleShard,
  type ShardDay,
} from '../../../../../lambdas/core/accounts/shard-statements';
import type { Update } from '../../../../../lambdas/core/accounts/statements';
import { sweep } from '../../../../../lambdas/core/accounts/sweep';
import { minuteExpiresAt, remainingMs, windowsOf } from '../../../../../lambdas/core/accounts/windows';
import { MemoryTable } from '../../../../helpers/memory-table';

/** A shard's day, from its grant to its end, one statement at a time: what may still be done at each moment, and what no more. */

const TABLE = 'Ledger';
const limits = { microUsdPerMonth: 10_000, shards: 4 as const };
const NOW_MS = Date.UTC(2026, 10, 21, 12);
const at = (day: string, shard = 1): ShardDay => ({ shard: { kind: 'tenant', id: 't', shard }, month: '2026-11', day });
const today = at('21');
const holdOf = (id: string, day = '21'): Hold => ({ id, amount: { microUsd: 100, tokens: 1 }, day, reservedAtMs: NOW_MS });

function ledger() {
  const table = new MemoryTable();
  const client = { send: async (command: unknown) => ({ $metadata: {}, ...table.execute(command) }) } as unknown as DynamoDBClient;
  const done = async (statement: Update) => (await update(client, statement)).isDone;
  const monthOf = () => table.numbers('ACCOUNT#tenant#t', 'MONTH#2026-11');
  const shardOf = ({ shard, day }: ShardDay = today) =>
    numbersOf(table.items.get(`SHARD#${shard.shard}#tenant#t DAY#2026-11-${day}`) ?? {});
  const fund = async (to = today, before = 0, microUsd = 1_000) => [
    await done(grant(TABLE, to, limits, before, microUsd)),
    await done(credit(TABLE, to, before, before + microUsd, false)),
  ];
  const sweepAt = (nowMs: number) =>
    sweep({
      client,
      table: TABLE,
      audit: { read: async () => undefined, insertUnknown: async () => true },
      clock: { nowMs: () => nowMs },
    });
  return { table, done, monthOf, shardOf, fund, sweepAt };
}

test('what a shard was granted is the account’s use, until what it has spent takes its place', async () => {
  const { done, fund, monthOf, shardOf } = ledger();
  expect(await fund()).toEqual([true, true]);
  expect(monthOf()).toEqual({ g_1_21: 1_000, used: 1_000, day_21: 1_000, grants: 1 });
  expect(await fund(today, 1_000, 500)).toEqual([true, true]);
  expect(monthOf()).toEqual({ g_1_21: 1_500, used: 1_500, day_21: 1_500, grants: 1 });
  expect(await done(reserveShard(TABLE, today, limits, holdOf('a')))).toBe(true);
  expect(await done(settleShard(today, { table: TABLE, hold: holdOf('a'), actual: { microUsd: 30, tokens: 1 }, isMarked: false }))).toBe(
    true,
  );
  expect(shardOf()).toMatchObject({ granted: 1_500, rest: 1_470, spent: 30, inflight: 0 });
  expect(await done(closeDay(TABLE, today))).toBe(true);
  expect(await done(closeShard(TABLE, today, NOW_MS))).toBe(true);
  // Not for another sum than was granted, and not twice.
  expect(await done(settleGrant(TABLE, today, 1_000, 30))).toBe(false);
  expect(await done(settleGrant(TABLE, today, 1_500, 30))).toBe(true);
  expect(await done(settleGrant(TABLE, today, 1_500, 30))).toBe(false);
  expect(monthOf()).toEqual({ used: 30, day_21: 30, spent: 30, grants: 0, closed_day: 21 });
});

test('a day that is closed is granted nothing more, nor one before it; one after it is', async () => {
  const { done, fund, monthOf } = ledger();
  await fund();
  expect(await done(closeDay(TABLE, today))).toBe(true);
  expect(await done(grant(TABLE, today, limits, 1_000, 500))).toBe(false);
  expect(await done(grant(TABLE, at('21', 2), limits, 0, 500))).toBe(false);
  expect(await done(grant(TABLE, at('20'), limits, 0, 500))).toBe(false);
  expect(await done(grant(TABLE, at('22'), limits, 0, 500))).toBe(true);
  // Closing an earlier one later, or the same again, opens nothing.
  expect([await done(closeDay(TABLE, at('20'))), await done(closeDay(TABLE, today))]).toEqual([false, false]);
  expect(monthOf().closed_day).toBe(21);
  expect(await done(closeDay(TABLE, at('22')))).toBe(true);
  expect(await done(grant(TABLE, at('22', 3), limits, 0, 500))).toBe(false);
});

test('a shard with calls under way is not closed; one that is closed takes neither calls nor money', async () => {
  const { done, fund, shardOf } = ledger();
  await fund();
  await done(reserveShard(TABLE, today, limits, holdOf('a')));
  expect(await done(closeShard(TABLE, today, NOW_MS))).toBe(false);
  expect(shardOf().closed).toBeUndefined();
  await done(settleShard(today, { table: TABLE, hold: holdOf('a'), actual: { microUsd: 100, tokens: 1 }, isMarked: false }));
  expect(await done(closeShard(TABLE, today, NOW_MS))).toBe(true);
  const closed = shardOf();
  // Kept for a week: whoever comes late has to find it closed.
  expect(closed).toMatchObject({ closed: 1, expires_at: NOW_MS / 1000 + 7 * 86_400 });
  expect(await done(reserveShard(TABLE, today, limits, holdOf('late')))).toBe(false);
  expect(await done(credit(TABLE, today, 1_000, 1_500, false))).toBe(false);
  expect(shardOf()).toEqual(closed);
  // A shard that was granted something and never credited is closed too: the credit is on its way.
  expect(await done(closeShard(TABLE, at('21', 2), NOW_MS))).toBe(true);
  expect(await done(credit(TABLE, at('21', 2), 0, 1_000, false))).toBe(false);
});

test('credits come once each, in whatever order they are sent', async () => {
  const { done, shardOf } = ledger();
  expect(await done(credit(TABLE, today, 1_000, 1_500, false))).toBe(false);
  expect(await done(credit(TABLE, today, 0, 1_000, false))).toBe(true);
  expect(await done(credit(TABLE, today, 0, 1_000, false))).toBe(false);
  expect(await done(credit(TABLE, today, 1_000, 1_500, true))).toBe(true);
  expect(await done(credit(TABLE, today, 1_000, 1_500, true))).toBe(false);
  expect(shardOf()).toEqual({ granted: 1_500, rest: 1_500, soft: 1 });
});

describe('a sweep', () => {
  const END_MS = Date.UTC(2026, 10, 22);
  /** The longest call, and two minutes. */
  const AFTER_MS = 17 * 60_000;

  test('closes a day once no call of it can be under way any more, and not before', async () => {
    const { done, fund, monthOf, shardOf, sweepAt } = ledger();
    await fund();
    await fund(at('22'));
    await done(reserveShard(TABLE, today, limits, holdOf('a')));
    await done(settleShard(today, { table: TABLE, hold: holdOf('a'), actual: { microUsd: 30, tokens: 1 }, isMarked: false }));
    expect((await sweepAt(END_MS + AFTER_MS - 1)).grants).toBe(0);
    expect([shardOf().closed, monthOf().closed_day]).toEqual([undefined, undefined]);
    expect((await sweepAt(END_MS + AFTER_MS)).grants).toBe(1);
    expect(monthOf()).toEqual({ g_1_22: 1_000, used: 1_030, day_21: 30, day_22: 1_000, spent: 30, grants: 1, closed_day: 21 });
    expect([shardOf().closed, shardOf(at('22')).closed]).toEqual([1, undefined]);
    expect((await sweepAt(END_MS + AFTER_MS)).grants).toBe(0);
  });

  test('the last day of a month ends with the month', async () => {
    const { fund, sweepAt } = ledger();
    await fund(at('30'));
    const end = Date.UTC(2026, 11, 1);
    expect((await sweepAt(end + AFTER_MS - 1)).grants).toBe(0);
    expect((await sweepAt(end + AFTER_MS)).grants).toBe(1);
  });

  test('gives back what was granted and never came to the shard', async () => {
    const { done, monthOf, sweepAt } = ledger();
    await done(grant(TABLE, today, limits, 0, 1_000));
    expect((await sweepAt(END_MS + AFTER_MS)).grants).toBe(1);
    expect(monthOf()).toEqual({ used: 0, day_21: 0, spent: 0, grants: 0, closed_day: 21 });
  });
});

test.each([
  ['2026-11-30T23:59:59.999Z', '2026-11', '30', 1, 1, 1],
  ['2026-12-01T00:00:00.000Z', '2026-12', '01', 60_000, 86_400_000, 31 * 86_400_000],
  ['2024-02-29T12:30:15.000Z', '2024-02', '29', 45_000, 41_385_000, 41_385_000],
  ['2026-12-31T23:59:00.000Z', '2026-12', '31', 60_000, 60_000, 60_000],
])('windows at %s', (text, month, day, ofMinute, ofDay, ofMonth) => {
  const nowMs = Date.parse(text);
  const { minute, ...date } = windowsOf(nowMs);
  expect(date).toEqual({ month, day });
  expect([minute * 60_000 <= nowMs, nowMs < (minute + 1) * 60_000]).toEqual([true, true]);
  expect((['minute', 'day', 'month'] as const).map((window) => remainingMs(window, nowMs))).toEqual([ofMinute, ofDay, ofMonth]);
  // An hour after its start.
  expect(minuteExpiresAt(minute) * 1000).toBe(minute * 60_000 + 3_600_000);
});
