import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  ScanCommand,
  type ScanCommandOutput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { AuditStore, UnknownStore } from '../audit';
import type { Clock } from '../clock';
import { storeError } from '../store-error';
import { unmarshalItem } from '../attribute-values';
import { type Account, type AccountKind, accountKinds } from './account';
import { settleHold } from './accounts';
import { type Hold, parseHold } from './hold';
import { removeMark, type Update } from './statements';

/** No call lasts longer than a Lambda function may; and clocks differ, and the last writes take their time. */
const LONGEST_CALL_MS = 900_000;
const MARGIN_MS = 120_000;

export interface SweepPorts {
  readonly client: DynamoDBClient;
  /** Of the ledger. */
  readonly table: string;
  readonly audit: Pick<AuditStore, 'read'> & UnknownStore;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** What a sweep found and settled. */
export interface Swept {
  /** Accounts that had calls under way. */
  readonly accounts: number;
  /** Holds that were too young to be left over. */
  readonly open: number;
  /** Holds settled by what the audit trail says that the call cost. */
  readonly settled: number;
  /** Holds of calls of which the trail does not say what they cost: settled at their worst case, and recorded as such. */
  readonly unknown: number;
  /** What those came to, in micro-dollars. */
  readonly unknownMicroUsd: number;
}

/**
 * Settles holds that a process left behind. The ledger and the audit trail are read strongly consistently, and never by an index. Any number of sweeps may
 * run at once, beside calls: a hold is settled once, whoever comes first.
 *
 * @throws GatewayError `store_unavailable`: what was settled until then is settled.
 */
export async function sweep({ client, table, audit, clock }: SweepPorts): Promise<Swept> {
  const swept = { accounts: 0, open: 0, settled: 0, unknown: 0, unknownMicroUsd: 0 };
  const oldestMs = clock.nowMs() - LONGEST_CALL_MS - MARGIN_MS;
  for await (const { account, month, holds } of busyAccounts(client, table)) {
    swept.accounts += 1;
    for (const hold of holds) {
      if (hold.reservedAtMs > oldestMs) {
        if (!hold.isSettled) swept.open += 1;
        continue;
      }
      if (hold.isSettled) {
        await forget(client, removeMark(table, account, month, hold));
        continue;
      }
      const { microUsd, isKnown } = await costOf(hold, audit, clock.nowMs());
      const actual = { microUsd, tokens: hold.amount.tokens };
      const isOurs = await settleHold(client, { table, account, month, hold, actual, isMarked: false });
      if (!isOurs) continue;
      if (isKnown) swept.settled += 1;
      else {
        swept.unknown += 1;
        swept.unknownMicroUsd += microUsd;
      }
    }
  }
  return swept;
}

async function forget(client: DynamoDBClient, mark: Update): Promise<void> {
  try {
    await client.send(new UpdateItemCommand(mark));
  } catch (error) {
    // Another sweep came first.
    if (!(error instanceof ConditionalCheckFailedException)) throw storeError(error);
  }
}

/** Of a call that is over. Records it where nobody knows. */
async function costOf({ id, amount }: Hold, audit: SweepPorts['audit'], nowMs: number): Promise<{ microUsd: number; isKnown: boolean }> {
  const records = await audit.read(id);
  // Without an intent no model was called.
  if (records === undefined) return { microUsd: 0, isKnown: true };
  const { intent, settlement, unknown } = records;
  if (settlement !== undefined) return { microUsd: settlement.cost_micro_usd, isKnown: true };
  // One call has a hold in several accounts, and one record.
  const { tenant, attribution, route } = intent;
  const record = unknown ?? { tenant, cost_micro_usd: amount.microUsd, recorded_at: nowMs, model: route?.model, attribution };
  if (unknown === undefined) await audit.insertUnknown(id, record);
  return { microUsd: record.cost_micro_usd, isKnown: false };
}

interface BusyAccount {
  readonly account: Pick<Account, 'kind' | 'id'>;
  readonly month: string;
  readonly holds: readonly Hold[];
}

async function* busyAccounts(client: DynamoDBClient, table: string): AsyncGenerator<BusyAccount, void> {
  for (let start: Record<string, AttributeValue> | undefined; ; ) {
    const page: ScanCommandOutput = await client
      .send(
        new ScanCommand({
          TableName: table,
          ConsistentRead: true,
          ExclusiveStartKey: start,
          FilterExpression: 'begins_with(sk, :month) AND (inflight > :none OR marks > :none)',
          ExpressionAttributeValues: { ':month': { S: 'MONTH#' }, ':none': { N: '0' } },
        }),
      )
      .catch((cause: unknown) => {
        throw storeError(cause);
      });
    for (const item of page.Items ?? []) yield busyAccount(item);
    if (page.LastEvaluatedKey === undefined) return;
    start = page.LastEvaluatedKey;
  }
}

function busyAccount(item: Record<string, AttributeValue>): BusyAccount {
  const { pk, sk, ...attributes } = unmarshalItem(item);
  const [, kind = '', id = ''] = /^ACCOUNT#(\w+)#(.*)$/s.exec(String(pk)) ?? [];
  if (!(accountKinds as readonly string[]).includes(kind)) throw new Error(`The ledger has an item that is no account: ${String(pk)}.`);
  const holds = Object.entries(attributes).flatMap(([attribute, value]) => parseHold(attribute, value) ?? []);
  return { account: { kind: kind as AccountKind, id }, month: String(sk).replace('MONTH#', ''), holds };
}
