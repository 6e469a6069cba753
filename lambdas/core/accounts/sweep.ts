import { type AttributeValue, type DynamoDBClient, ScanCommand, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { unmarshalItem } from '../attribute-values';
import type { AuditStore, UnknownStore } from '../audit';
import type { Clock } from '../clock';
import { LONGEST_CALL_MS, MARGIN_MS } from '../longest-call';
import { storeError } from '../store-error';
import { type AccountRef, parseAccountKey } from './account';
import { type Hold, parseHold } from './hold';
import { leftOverOf } from './left-over';
import { numbersOf, update } from './ledger';
import { closeDay, closeShard, settleGrant, settleShard, type ShardDay, shardDayKey } from './shard-statements';
import { type Key, monthKey, removeMark, settleMonth } from './statements';

export interface SweepPorts {
  readonly client: DynamoDBClient;
  /** Of the ledger. */
  readonly table: string;
  readonly audit: Pick<AuditStore, 'read'> & UnknownStore;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** What a sweep found and settled. */
export interface Swept {
  /** Accounts, and shards of them, that had calls under way. */
  readonly accounts: number;
  /** Holds that were too young to be left over. */
  readonly open: number;
  /** Holds settled by what the audit trail says that the call cost, and leases all of whose calls' cost it says. */
  readonly settled: number;
  /** Calls of which the trail does not say what they cost: settled at their worst case, and recorded as such. */
  readonly unknown: number;
  /** What those came to, in micro-dollars. */
  readonly unknownMicroUsd: number;
  /** Shards of which the account has back what they had left of a day that is over. */
  readonly grants: number;
}

/**
 * Settles holds that a process left behind. The ledger and the audit trail are read strongly consistently, and never by an index. Any number of sweeps may
 * run at once, beside calls: a hold is settled once, whoever comes first.
 *
 * @throws GatewayError `store_unavailable`: what was settled until then is settled.
 */
export async function sweep(ports: SweepPorts): Promise<Swept> {
  const { client, table, clock } = ports;
  const swept = { accounts: 0, open: 0, settled: 0, unknown: 0, unknownMicroUsd: 0, grants: 0 };
  const oldestMs = clock.nowMs() - LONGEST_CALL_MS - MARGIN_MS;
  for await (const item of busyItems(client, table)) {
    if (item.isBusy) swept.accounts += 1;
    for (const hold of item.holds) {
      if (hold.reservedAtMs > oldestMs) {
        if (!hold.isSettled) swept.open += 1;
      } else if (hold.isSettled) {
        await update(client, removeMark(table, keyOf(item), hold));
      } else {
        await settleLeft(item, hold, ports, swept);
      }
    }
    for (const grant of item.grants) {
      if (endOfDayMs(grant.at) <= oldestMs && (await closeGrant(ports, grant))) swept.grants += 1;
    }
  }
  return swept;
}

async function settleLeft(item: BusyItem, hold: Hold, ports: SweepPorts, swept: { -readonly [K in keyof Swept]: number }): Promise<void> {
  const { client, table } = ports;
  const { microUsd, unknown, unknownMicroUsd } = await leftOverOf(hold, ports);
  const settling = { table, hold, actual: { microUsd, tokens: hold.amount.tokens }, isMarked: false };
  const statement =
    item.day === undefined
      ? settleMonth({ ...settling, account: item.account, month: item.month })
      : settleShard({ shard: item.account, month: item.month, day: item.day }, settling);
  const { isDone } = await update(client, statement);
  if (!isDone) return;
  if (unknown === 0) swept.settled += 1;
  swept.unknown += unknown;
  swept.unknownMicroUsd += unknownMicroUsd;
}

/** Gives an account back what a shard had left of a day that is over. @returns false while calls of it are still to be settled. */
async function closeGrant({ client, table, clock }: SweepPorts, { at, granted }: Grant): Promise<boolean> {
  await update(client, closeDay(table, at));
  const { isDone, item } = await update(client, closeShard(table, at, clock.nowMs()));
  if (!isDone) return false;
  const closed = await update(client, settleGrant(table, at, granted, numbersOf(item).spent ?? 0));
  return closed.isDone;
}

/** An account's month, or a shard's day. */
type BusyItem = {
  readonly holds: readonly Hold[];
  readonly grants: readonly Grant[];
  /** Whether calls are under way in it. */
  readonly isBusy: boolean;
  readonly month: string;
} & ({ readonly account: AccountRef; readonly day: undefined } | { readonly account: ShardDay['shard']; readonly day: string });

interface Grant {
  readonly at: ShardDay;
  /** Micro-dollars, in all. */
  readonly granted: number;
}

function keyOf(item: BusyItem): Key {
  return item.day === undefined
    ? monthKey(item.account, item.month)
    : shardDayKey({ shard: item.account, month: item.month, day: item.day });
}

async function* busyItems(client: DynamoDBClient, table: string): AsyncGenerator<BusyItem, void> {
  for (let start: Record<string, AttributeValue> | undefined; ; ) {
    const page: ScanCommandOutput = await client
      .send(
        new ScanCommand({
          TableName: table,
          ConsistentRead: true,
          ExclusiveStartKey: start,
          FilterExpression: '(begins_with(sk, :month) OR begins_with(sk, :day)) AND (inflight > :none OR marks > :none OR grants > :none)',
          ExpressionAttributeValues: { ':month': { S: 'MONTH#' }, ':day': { S: 'DAY#' }, ':none': { N: '0' } },
        }),
      )
      .catch((cause: unknown) => {
        throw storeError(cause);
      });
    for (const item of page.Items ?? []) yield busyItem(item);
    if (page.LastEvaluatedKey === undefined) return;
    start = page.LastEvaluatedKey;
  }
}

function busyItem(item: Record<string, AttributeValue>): BusyItem {
  const { pk, sk, ...attributes } = unmarshalItem(item);
  const account = parseAccountKey(String(pk));
  const [, month = '', day] = /^(?:MONTH|DAY)#(\d{4}-\d\d)(?:-(\d\d))?$/.exec(String(sk)) ?? [];
  const holds = Object.entries(attributes).flatMap(([attribute, value]) => parseHold(attribute, value) ?? []);
  const grants = Object.entries(attributes).flatMap(([attribute, value]) => parseGrant(account, month, attribute, value) ?? []);
  const common = { holds, grants, month, isBusy: Number(attributes.inflight ?? 0) > 0 };
  const { shard } = account;
  return shard === undefined || day === undefined
    ? { ...common, account, day: undefined }
    : { ...common, account: { ...account, shard }, day };
}

function parseGrant(account: AccountRef, month: string, attribute: string, granted: unknown): Grant | undefined {
  const [, shard, day] = /^g_(\d+)_(\d\d)$/.exec(attribute) ?? [];
  if (shard === undefined || day === undefined) return undefined;
  return { at: { shard: { ...account, shard: Number(shard) }, month, day }, granted: Number(granted) };
}

function endOfDayMs({ month, day }: ShardDay): number {
  const [year = 0, monthOfYear = 0] = month.split('-').map(Number);
  return Date.UTC(year, monthOfYear - 1, Number(day) + 1);
}
