import {
  type AttributeValue,
  DuplicateItemException,
  type DynamoDBClient,
  ExecuteStatementCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { marshalItem, unmarshalItem } from './attribute-values';
import { type IntentRecord, intentRecord, type SettlementRecord, settlementRecord } from './audit-record';
import { storeError } from './store-error';
import { type CallId, startedAtSeconds } from './trace-id';

/** What the trail has of one call. A call that is still running, or whose process died, has no settlement. */
export interface CallRecords {
  readonly intent: IntentRecord;
  readonly settlement: SettlementRecord | undefined;
}

/** The audit trail. Nothing in it is ever rewritten. All reject with GatewayError `store_unavailable` or `internal_error`. */
export interface AuditStore {
  insertIntent(callId: CallId, intent: IntentRecord): Promise<void>;
  insertSettlement(callId: CallId, settlement: SettlementRecord): Promise<void>;
  read(callId: CallId): Promise<CallRecords | undefined>;
}

export type AuditKind = 'INTENT' | 'SETTLEMENT';
export type AuditRecord = IntentRecord | SettlementRecord;

export interface AuditInsert {
  readonly table: string;
  readonly retentionDays: number;
  readonly callId: CallId;
  readonly kind: AuditKind;
  readonly record: AuditRecord;
}

const SECONDS_PER_DAY = 86_400;

/**
 * The trail in DynamoDB. Item: `pk = CALL#<id>`, `sk = INTENT | SETTLEMENT`, `tenant_day` (`<tenant>#<UTC day of the call's start>`),
 * `expires_at` (epoch seconds), and the record's members. Written by PartiQL INSERT alone, which fails on an existing key, so that a role
 * that holds `dynamodb:PartiQLInsert` and no other write can add but not change.
 */
export function createAuditStore(client: DynamoDBClient, table: string, retentionDays: number): AuditStore {
  async function insert(callId: CallId, kind: AuditKind, record: AuditRecord): Promise<void> {
    try {
      await client.send(new ExecuteStatementCommand(insertStatement({ table, retentionDays, callId, kind, record })));
    } catch (cause) {
      if (isOwnEarlierAttempt(cause)) return;
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
    insertIntent: (callId, intent) => insert(callId, 'INTENT', intent),
    insertSettlement: (callId, settlement) => insert(callId, 'SETTLEMENT', settlement),
    async read(callId) {
      const records = await query(callId);
      const intent = records.get('INTENT');
      const settlement = records.get('SETTLEMENT');
      if (intent === undefined) return undefined;
      return { intent: intentRecord.parse(intent), settlement: settlement === undefined ? undefined : settlementRecord.parse(settlement) };
    },
  };
}

/** One record's PartiQL INSERT. @throws TypeError for what the table has no faithful form for. */
export function insertStatement({ table, retentionDays, callId, kind, record }: AuditInsert): {
  readonly Statement: string;
  readonly Parameters: AttributeValue[];
} {
  const startedAt = startedAtSeconds(callId);
  const item = marshalItem({
    pk: pkOf(callId),
    sk: kind,
    tenant_day: `${record.tenant}#${new Date(startedAt * 1000).toISOString().slice(0, 10)}`,
    expires_at: startedAt + retentionDays * SECONDS_PER_DAY,
    ...record,
  });
  const members = Object.keys(item).map((name) => `'${name}': ?`);
  return { Statement: `INSERT INTO "${table}" VALUE {${members.join(', ')}}`, Parameters: Object.values(item) };
}

function pkOf(callId: CallId): string {
  return `CALL#${callId}`;
}

/** The SDK sent the insert again after an attempt whose answer it never saw: the record that is there is this one. */
function isOwnEarlierAttempt(error: unknown): boolean {
  return error instanceof DuplicateItemException && (error.$metadata.attempts ?? 1) > 1;
}
