import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { storeError } from '../store-error';
import { type CallId, parseCallId } from '../trace-id';

export interface IndexedIntent {
  readonly id: CallId;
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
}

/** Of a tenant on a UTC day, in the order in which its calls began. */
export interface IntentSpan {
  readonly tenant: string;
  /** `2026-11-21` */
  readonly day: string;
  /** Epoch milliseconds, both ends included. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Intents as the index by tenant and day has them, some moments behind the table. Both reject with GatewayError `store_unavailable` or `internal_error`. */
export interface IntentIndex {
  pages(span: IntentSpan): AsyncGenerator<readonly IndexedIntent[], void>;
  /** Those of the calls that have a settlement for sure; others may have one. @param ids At most `INTENTS_PER_PAGE`. */
  settled(ids: readonly CallId[]): Promise<ReadonlySet<CallId>>;
}

/** What one `BatchGetItem` takes. Source: BatchGetItem, Amazon DynamoDB API reference. */
export const INTENTS_PER_PAGE = 100;
const INDEX = 'by-tenant-day';

/** Actions needed: dynamodb:Query of the index, dynamodb:BatchGetItem of the table. */
export function createIntentIndex(client: DynamoDBClient, table: string): IntentIndex {
  return {
    async *pages({ tenant, day, fromMs, toMs }) {
      for (let start: Record<string, AttributeValue> | undefined; ; ) {
        const page: QueryCommandOutput = await client
          .send(
            new QueryCommand({
              TableName: table,
              IndexName: INDEX,
              Limit: INTENTS_PER_PAGE,
              ExclusiveStartKey: start,
              ProjectionExpression: 'pk, created_at',
              KeyConditionExpression: 'tenant_day = :day AND created_at BETWEEN :from AND :to',
              ExpressionAttributeValues: {
                ':day': { S: `${tenant}#${day}` },
                ':from': { N: String(fromMs) },
                ':to': { N: String(toMs) },
              },
            }),
          )
          .catch((cause: unknown) => {
            throw storeError(cause);
          });
        const intents = (page.Items ?? []).flatMap(intentIn);
        if (intents.length > 0) yield intents;
        if (page.LastEvaluatedKey === undefined) return;
        start = page.LastEvaluatedKey;
      }
    },
    async settled(ids) {
      const Keys = ids.map((id) => ({ pk: { S: `CALL#${id}` }, sk: { S: 'SETTLEMENT' } }));
      // A record is never deleted before it expires: what is found by half the price of a consistent read is there.
      const command = new BatchGetItemCommand({ RequestItems: { [table]: { Keys, ProjectionExpression: 'pk' } } });
      const { Responses } = await client.send(command).catch((cause: unknown) => {
        throw storeError(cause);
      });
      // What it has left out is asked for by itself, as what there is not.
      return new Set((Responses?.[table] ?? []).flatMap(({ pk }) => idIn(pk)));
    },
  };
}

function intentIn({ pk, created_at }: Record<string, AttributeValue>): IndexedIntent[] {
  return idIn(pk).map((id) => ({ id, createdAtMs: Number(created_at?.N) }));
}

function idIn(pk: AttributeValue | undefined): CallId[] {
  const id = parseCallId((pk?.S ?? '').replace(/^CALL#/, ''));
  return id === undefined ? [] : [id];
}
