import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { Later } from '../clock';
import { storeError } from '../store-error';
import type { Amount } from './account';
import { numbersOf, update } from './ledger';
import type { Key, Update } from './statements';

/**
 * What is durable of a lease's calls: `LEASE#<id>` / `LEASE` has `spent` (micro-dollars of calls that have a settlement), `calls` (each one under way
 * with what is held for it: `<id> <micro-dollars> …`), and `version`. A call is dispatched when a version that has it is there; every version is the
 * lease's whole state, so that of two writes the later one is enough.
 */

/** Days that it is kept, for a sweeper that is late. */
const KEPT_SECONDS = 30 * 86_400;
/** Of a lease that is settled. */
const LAST_VERSION = Number.MAX_SAFE_INTEGER;

export interface LeaseState {
  readonly spentMicroUsd: number;
  readonly open: ReadonlyMap<string, Pick<Amount, 'microUsd'>>;
}

function keyOf(id: string): Key {
  return { pk: { S: `LEASE#${id}` }, sk: { S: 'LEASE' } };
}

/** Fails where this version or a later one is there. */
export function writeLeaseState(table: string, id: string, untilMs: number, version: number, { spentMicroUsd, open }: LeaseState): Update {
  return {
    TableName: table,
    Key: keyOf(id),
    UpdateExpression: 'SET version = :version, spent = :spent, calls = :calls, expires_at = :expires',
    ConditionExpression: 'attribute_not_exists(version) OR version < :version',
    ExpressionAttributeValues: {
      ':version': { N: String(version) },
      ':spent': { N: String(spentMicroUsd) },
      ':calls': { S: [...open].map(([call, { microUsd }]) => `${call} ${microUsd}`).join(' ') },
      ':expires': { N: String(Math.ceil(untilMs / 1000) + KEPT_SECONDS) },
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

/** Has it forgotten soon. */
export function forgetLeaseState(table: string, id: string, nowMs: number): Update {
  return {
    TableName: table,
    Key: keyOf(id),
    UpdateExpression: 'SET version = :version, expires_at = :expires',
    ExpressionAttributeValues: { ':version': { N: String(LAST_VERSION) }, ':expires': { N: String(Math.ceil(nowMs / 1000)) } },
  };
}

/** Strongly consistent. Without a record no call was let in. @throws GatewayError `store_unavailable`; Error for a record that cannot be read. */
export async function readLeaseState(client: DynamoDBClient, table: string, id: string): Promise<LeaseState> {
  const { Item = {} } = await client
    .send(new GetItemCommand({ TableName: table, Key: keyOf(id), ConsistentRead: true }))
    .catch((cause: unknown) => {
      throw storeError(cause);
    });
  return { spentMicroUsd: numbersOf(Item).spent ?? 0, open: parseCalls(id, Item.calls?.S ?? '') };
}

function parseCalls(id: string, text: string): LeaseState['open'] {
  const open = new Map<string, Pick<Amount, 'microUsd'>>();
  const parts = text === '' ? [] : text.split(' ');
  for (let index = 0; index < parts.length; index += 2) {
    const [call = '', worst] = parts.slice(index, index + 2);
    const microUsd = Number(worst ?? Number.NaN);
    if (!Number.isSafeInteger(microUsd)) throw new Error(`The calls of the lease ${id} cannot be read: ${JSON.stringify(text)}.`);
    open.set(call, { microUsd });
  }
  return open;
}

/** Writes of one lease that are under way at a time: what comes meanwhile goes with the next one. */
const MOST_UNDER_WAY = 2;

export interface RecordStores {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly later: Later;
}

/** The record of one lease, written for all calls that wait for it at once. */
export class LeaseRecord {
  #version = 0;
  #underWay = 0;
  #isScheduled = false;
  #waiting: { readonly resolve: () => void; readonly reject: (cause: unknown) => void }[] = [];

  constructor(
    private readonly stores: RecordStores,
    private readonly lease: LeaseState & { readonly id: string; readonly untilMs: number },
  ) {}

  /** Whether anything of the lease is on record. */
  get isWritten(): boolean {
    return this.#version > 0;
  }

  /** Resolves when the calls that are open now are on record. @throws GatewayError `store_unavailable` or `internal_error`: it is not known. */
  write(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#underWay >= MOST_UNDER_WAY || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    this.stores.later(0, () => {
      this.#isScheduled = false;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#version += 1;
    this.#underWay += 1;
    const version = this.#version;
    const { client, table } = this.stores;
    try {
      const { isDone, item } = await update(client, writeLeaseState(table, this.lease.id, this.lease.untilMs, version, this.lease));
      const isThere = isDone || (numbersOf(item).version ?? 0) >= version;
      if (!isThere) throw storeError(new Error(`the record of the lease ${this.lease.id} changed meanwhile`));
      for (const { resolve } of waiting) resolve();
    } catch (cause) {
      for (const { reject } of waiting) reject(cause);
    } finally {
      this.#underWay -= 1;
      this.#schedule();
    }
  }
}
