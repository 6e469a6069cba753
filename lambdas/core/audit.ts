import {
  type AttributeValue,
  DuplicateItemException,
  type DynamoDBClient,
  ExecuteStatementCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { attributeJson, marshalItem, unmarshalItem } from './attribute-values';
import {
  type IntentRecord,
  intentRecord,
  type OutcomeRecord,
  outcomeRecord,
  type SettlementRecord,
  settlementRecord,
  type UnknownRecord,
  unknownRecord,
} from './audit-record';
import { storeError } from './store-error';
import { type CallId, startedAtSeconds } from './trace-id';

/** What the trail has of one call. A call that is still running, or whose process died, has no settlement. */
export interface CallRecords {
  readonly intent: IntentRecord;
  readonly settlement: SettlementRecord | undefined;
  /** In its place, once the sweeper has found that none will come. */
  readonly unknown?: UnknownRecord;
  /** What its caller has reported to have come of it. */
  readonly outcome?: OutcomeRecord;
}

/** The audit trail. Nothing in it is ever rewritten. All reject with GatewayError `store_unavailable` or `internal_error`. */
export interface AuditStore {
  insertIntent(callId: CallId, intent: IntentRecord): Promise<void>;
  insertSettlement(callId: CallId, settlement: SettlementRecord): Promise<void>;
  /** @returns whether it was the call's first. */
  insertOutcome(callId: CallId, outcome: OutcomeRecord): Promise<boolean>;
  read(callId: CallId): Promise<CallRecords | undefined>;
}

/** What the sweeper writes. */
export interface UnknownStore {
  /** @returns whether it was the call's first: sweeps that run at once find the same calls. */
  insertUnknown(callId: CallId, unknown: UnknownRecord): Promise<boolean>;
}

export type AuditKind = 'INTENT' | 'SETTLEMENT' | 'UNKNOWN' | 'OUTCOME';
export type AuditRecord = IntentRecord | SettlementRecord | UnknownRecord | OutcomeRecord;

export interface AuditInsert {
  readonly table: string;
  readonly retentionDays: number;
  readonly callId: CallId;
  readonly kind: AuditKind;
  readonly record: AuditRecord;
}

const SECONDS_PER_DAY = 86_400;

/**
 * The trail in DynamoDB. Item: `pk = CALL#<id>`, `sk = INTENT | SETTLEMENT | UNKNOWN | OUTCOME`, `tenant_day` (`<tenant>#<UTC day of the call's start>`),
 * `expires_at` (epoch seconds), and the record's members. Written by PartiQL INSERT alone, which fails on an existing key, so that a role
 * that holds `dynamodb:PartiQLInsert` and no other write can add but not change.
 */
export function createAuditStore(client: DynamoDBClient, table: string, retentionDays: number): AuditStore & UnknownStore {
  async function insert(callId: CallId, kind: AuditKind, record: AuditRecord): Promise<void> {
    try {
      await client.send(new ExecuteStatementCommand(insertStatement({ table, retentionDays, callId, kind, record })));
    } catch (cause) {
      if (isOwnEarlierAttempt(cause)) return;
      throw cause;
    }
  }

  const orStoreError = (cause: unknown): never => {
    throw storeError(cause);
  };

  /** @returns whether there was none. */
  async function insertFirst(callId: CallId, kind: AuditKind, record: AuditRecord): Promise<boolean> {
    try {
      await insert(callId, kind, record);
      return true;
    } catch (cause) {
      if (cause instanceof DuplicateItemException) return false;
      throw storeError(cause);
    }
  }

  async function query(callId: CallId): Promise<Map<unknown, Record<string, unknown>>> {
    try {
      const { Items } = await client.send(
        new QueryCommand({
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: pkOf(callId) } },
        }),
      );
      return new Map(
        (Items ?? []).map(unmarshalItem).map(({ pk: _pk, sk, tenant_day: _day, expires_at: _expires, ...record }) => [sk, record]),
      );
    } catch (cause) {
      throw storeError(cause);
    }
  }

  return {
    insertIntent: (callId, intent) => insert(callId, 'INTENT', intent).catch(orStoreError),
    insertSettlement: (callId, settlement) => insert(callId, 'SETTLEMENT', settlement).catch(orStoreError),
    insertOutcome: (callId, outcome) => insertFirst(callId, 'OUTCOME', outcome),
    insertUnknown: (callId, unknown) => insertFirst(callId, 'UNKNOWN', unknown),
    async read(callId) {
      const records = await query(callId);
      const intent = records.get('INTENT');
      const settlement = records.get('SETTLEMENT');
      const unknown = records.get('UNKNOWN');
      const outcome = records.get('OUTCOME');
      if (intent === undefined) return undefined;
      return {
        intent: intentRecord.parse(intent),
        settlement: settlement === undefined ? undefined : settlementRecord.parse(settlement),
        ...(unknown !== undefined && { unknown: unknownRecord.parse(unknown) }),
        ...(outcome !== undefined && { outcome: outcomeRecord.parse(outcome) }),
      };
    },
  };
}

/** One record's PartiQL INSERT. @throws TypeError for what the table has no faithful form for. */
function insertStatement(insert: AuditInsert): { readonly Statement: string; readonly Parameters: AttributeValue[] } {
  const item = marshalItem({ ...keyMembersOf(insert), ...insert.record });
  return { Statement: statementOf(insert.table, Object.keys(item)), Parameters: Object.values(item) };
}

/** The same as JSON, as the service takes it: many at a time are a good part of what a busy server does. */
export function insertStatementJson(insert: AuditInsert): string {
  const { pk, sk, tenant_day, expires_at } = keyMembersOf(insert);
  let shape = shapeOfTable(insert.table);
  let parameters = `{"S":"${pk}"},{"S":"${sk}"},${attributeJson(tenant_day)},{"N":"${expires_at}"}`;
  const record = insert.record as unknown as Readonly<Record<string, unknown>>;
  // Not by its keys or entries: V8 reads members that it goes through in this way without looking each of them up.
  for (const name in record) {
    const value = record[name];
    if (value === undefined) continue;
    parameters += `,${attributeJson(value)}`;
    shape = shape.with(name);
  }
  return `{"Statement":${shape.statementJson()},"Parameters":[${parameters}]}`;
}

/** Members that records have, in order. There are few combinations of them, so that each one's statement is made once. */
class Shape {
  readonly #longer = new Map<string, Shape>();
  #json: string | undefined;

  constructor(
    private readonly table: string,
    private readonly names: readonly string[],
  ) {}

  with(name: string): Shape {
    let longer = this.#longer.get(name);
    if (longer === undefined) {
      longer = new Shape(this.table, [...this.names, name]);
      this.#longer.set(name, longer);
    }
    return longer;
  }

  statementJson(): string {
    this.#json ??= JSON.stringify(statementOf(this.table, this.names));
    return this.#json;
  }
}

const shapes = new Map<string, Shape>();

function shapeOfTable(table: string): Shape {
  let shape = shapes.get(table);
  if (shape === undefined) {
    shape = new Shape(table, ['pk', 'sk', 'tenant_day', 'expires_at']);
    shapes.set(table, shape);
  }
  return shape;
}

/** What an item has beside its record. */
function keyMembersOf({ retentionDays, callId, kind, record }: AuditInsert) {
  const startedAt = startedAtSeconds(callId);
  return {
    pk: pkOf(callId),
    sk: kind,
    tenant_day: `${record.tenant}#${dayOf(startedAt)}`,
    expires_at: startedAt + retentionDays * SECONDS_PER_DAY,
  };
}

/** The UTC day that was asked for last: calls are nearly all of today. */
let lastDay = { number: Number.NaN, name: '' };

function dayOf(seconds: number): string {
  const number = Math.floor(seconds / SECONDS_PER_DAY);
  if (lastDay.number !== number) lastDay = { number, name: new Date(seconds * 1000).toISOString().slice(0, 10) };
  return lastDay.name;
}

/** A PartiQL INSERT with a parameter for each member. */
export function statementOf(table: string, names: readonly string[]): string {
  return `INSERT INTO "${table}" VALUE {${names.map((name) => `'${name}': ?`).join(', ')}}`;
}

function pkOf(callId: CallId): string {
  return `CALL#${callId}`;
}

/** The SDK sent the insert again after an attempt whose answer it never saw: the record that is there is this one. */
export function isOwnEarlierAttempt(error: unknown): boolean {
  return error instanceof DuplicateItemException && (error.$metadata.attempts ?? 1) > 1;
}
