import { randomUUID } from 'node:crypto';
import {
  IdempotencyConfig,
  IdempotencyItemAlreadyExistsError,
  IdempotencyItemNotFoundError,
  IdempotencyRecordStatus,
} from '@aws-lambda-powertools/idempotency';
import { BasePersistenceLayer, IdempotencyRecord } from '@aws-lambda-powertools/idempotency/persistence';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshalItem, unmarshalItem } from '../attribute-values';
import { keyOf, type RunsTable } from './runs-table';

/** An attempt may outlive its invocation's deadline by what clocks differ and a process takes to die. */
const LOCK_MARGIN_MS = 30_000;
const LOCK_SORT = 'LOCK';

const SECONDS_PER_DAY = 86_400;

/** What runs are known by: the event's id; and what must be the same when it comes again. */
export function runLockConfig(retentionDays: number): IdempotencyConfig {
  return new IdempotencyConfig({
    eventKeyJmesPath: 'id',
    payloadValidationJmesPath: 'body',
    // By default an event without an id would simply not be idempotent.
    throwOnNoIdempotencyKey: true,
    expiresAfterSeconds: retentionDays * SECONDS_PER_DAY,
    hashFunction: 'sha256',
  });
}

/**
 * Powertools' idempotency records in the Runs table, a partition for each. Beyond the library's own store for tables with a sort key, which has one
 * partition for all records: the lock outlives the invocation that holds it, and who has lost it can neither complete nor remove another's.
 *
 * One instance for one attempt at one event.
 */
export class RunLock extends BasePersistenceLayer {
  readonly #owner = randomUUID();

  constructor(private readonly runs: RunsTable) {
    super();
  }

  override async saveInProgress(
    data: Parameters<BasePersistenceLayer['saveInProgress']>[0],
    remainingTimeInMillis?: number,
  ): Promise<void> {
    await super.saveInProgress(data, remainingTimeInMillis === undefined ? undefined : remainingTimeInMillis + LOCK_MARGIN_MS);
  }

  protected override async _putRecord(record: IdempotencyRecord): Promise<void> {
    const nowMs = Date.now();
    const { idempotencyKey, expiryTimestamp, inProgressExpiryTimestamp, payloadHash } = record;
    const members = { status: record.getStatus(), locked_until: inProgressExpiryTimestamp, payload_hash: payloadHash, owner: this.#owner };
    try {
      await this.runs.client.send(
        new PutItemCommand({
          TableName: this.runs.table,
          Item: { ...lockKey(idempotencyKey), ...marshalItem({ ...members, expires_at: expiryTimestamp }) },
          ConditionExpression:
            'attribute_not_exists(pk) OR expires_at < :now OR (#status = :running AND locked_until < :now_ms) OR #owner = :owner',
          ExpressionAttributeNames: { '#status': 'status', '#owner': 'owner' },
          ExpressionAttributeValues: {
            ':now': { N: String(Math.floor(nowMs / 1000)) },
            ':now_ms': { N: String(nowMs) },
            ':running': { S: IdempotencyRecordStatus.INPROGRESS },
            // The SDK sends a write again whose answer it did not see.
            ':owner': { S: this.#owner },
          },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const existing = error.Item === undefined ? undefined : recordOf(idempotencyKey, error.Item);
      throw new IdempotencyItemAlreadyExistsError(`The event is being worked on, or was: ${idempotencyKey}`, existing);
    }
  }

  protected override async _getRecord(idempotencyKey: string): Promise<IdempotencyRecord> {
    const command = new GetItemCommand({ TableName: this.runs.table, Key: lockKey(idempotencyKey), ConsistentRead: true });
    const { Item } = await this.runs.client.send(command);
    if (Item === undefined) throw new IdempotencyItemNotFoundError(`There is no record ${idempotencyKey}.`);
    return recordOf(idempotencyKey, Item);
  }

  protected override async _updateRecord(record: IdempotencyRecord): Promise<void> {
    await this.runs.client.send(
      new UpdateItemCommand({
        TableName: this.runs.table,
        Key: lockKey(record.idempotencyKey),
        UpdateExpression: 'SET #status = :status, expires_at = :expires, result_json = :result',
        ConditionExpression: '#owner = :owner',
        ExpressionAttributeNames: { '#status': 'status', '#owner': 'owner' },
        ExpressionAttributeValues: {
          ':status': { S: record.getStatus() },
          ':expires': { N: String(record.expiryTimestamp) },
          ':result': { S: JSON.stringify(record.responseData ?? null) },
          ':owner': { S: this.#owner },
        },
      }),
    );
  }

  protected override async _deleteRecord(record: IdempotencyRecord): Promise<void> {
    try {
      await this.runs.client.send(
        new DeleteItemCommand({
          TableName: this.runs.table,
          Key: lockKey(record.idempotencyKey),
          ConditionExpression: '#owner = :owner',
          ExpressionAttributeNames: { '#owner': 'owner' },
          ExpressionAttributeValues: { ':owner': { S: this.#owner } },
        }),
      );
    } catch (error) {
      // Somebody else holds it by now.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}

function lockKey(idempotencyKey: string): Record<string, AttributeValue> {
  return keyOf(`LOCK#${idempotencyKey}`, LOCK_SORT);
}

function recordOf(idempotencyKey: string, item: Record<string, AttributeValue>): IdempotencyRecord {
  const { status, expires_at, locked_until, payload_hash, result_json } = unmarshalItem(item);
  return new IdempotencyRecord({
    idempotencyKey,
    status: status as (typeof IdempotencyRecordStatus)[keyof typeof IdempotencyRecordStatus],
    expiryTimestamp: Number(expires_at),
    inProgressExpiryTimestamp: locked_until === undefined ? undefined : Number(locked_until),
    payloadHash: String(payload_hash ?? ''),
    responseData: typeof result_json === 'string' ? JSON.parse(result_json) : undefined,
  });
}
