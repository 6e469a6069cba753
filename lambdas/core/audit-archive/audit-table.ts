import {
  type AttributeValue,
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  type DynamoDBClient,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { unmarshalItem } from '../attribute-values';
import { MS_PER_DAY, startOfDayMs } from './archive-keys';

/** A record with its key, as the table and the archive have it. */
export type AuditItem = Readonly<Record<string, unknown>> & { readonly pk: string; readonly sk: string };

/** The audit table, as its verification reads it: strongly consistent. */
export interface AuditTable {
  readonly name: string;
  /** Those of the keys that the table has. At most 100 keys. */
  get(keys: readonly { readonly pk: string; readonly sk: string }[]): Promise<readonly AuditItem[]>;
  /** Keys of all records that say they were written on the day. Reads the whole table. */
  keysOf(day: string): AsyncGenerator<{ readonly pk: string; readonly sk: string }, void>;
}

/** When a record says that it was written: each kind has one of these. */
const WRITTEN_AT = ['created_at', 'settled_at', 'recorded_at'] as const;
const MAX_ROUNDS = 8;

export function createAuditTable(client: DynamoDBClient, name: string): AuditTable {
  return {
    name,
    async get(keys) {
      const found: AuditItem[] = [];
      let Keys: Record<string, AttributeValue>[] | undefined = keys.map(({ pk, sk }) => ({ pk: { S: pk }, sk: { S: sk } }));
      for (let round = 0; Keys !== undefined && Keys.length > 0; round += 1) {
        if (round === MAX_ROUNDS) throw new Error(`The table ${name} left keys unread after ${MAX_ROUNDS} attempts.`);
        const page: BatchGetItemCommandOutput = await client.send(
          new BatchGetItemCommand({ RequestItems: { [name]: { Keys, ConsistentRead: true } } }),
        );
        found.push(...(page.Responses?.[name] ?? []).map((item) => unmarshalItem(item) as AuditItem));
        Keys = page.UnprocessedKeys?.[name]?.Keys;
      }
      return found;
    },
    async *keysOf(day) {
      const startMs = startOfDayMs(day);
      for (let start: Record<string, AttributeValue> | undefined; ; ) {
        const page = await client.send(
          new ScanCommand({
            TableName: name,
            ConsistentRead: true,
            ExclusiveStartKey: start,
            ProjectionExpression: 'pk, sk',
            FilterExpression: WRITTEN_AT.map((attribute) => `${attribute} BETWEEN :from AND :to`).join(' OR '),
            ExpressionAttributeValues: { ':from': { N: String(startMs) }, ':to': { N: String(startMs + MS_PER_DAY - 1) } },
          }),
        );
        for (const { pk, sk } of page.Items ?? []) yield { pk: pk?.S ?? '', sk: sk?.S ?? '' };
        if (page.LastEvaluatedKey === undefined) return;
        start = page.LastEvaluatedKey;
      }
    },
  };
}
