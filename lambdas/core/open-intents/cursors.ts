import { type DynamoDBClient, paginateQuery, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { storeError } from '../store-error';

/** Up to when each tenant's intents were looked at, in epoch milliseconds. */
export interface Cursors {
  readAll(): Promise<ReadonlyMap<string, number>>;
  move(tenant: string, toMs: number): Promise<void>;
}

const PARTITION = 'SWEPT#INTENTS';
/** Beyond what is looked back, so that none is missed by its absence. */
const KEPT_SECONDS = 7 * 86_400;

/**
 * In the ledger. Item: `pk = SWEPT#INTENTS`, `sk = <tenant>`, `swept_to` (epoch milliseconds), `expires_at` (epoch seconds). Actions needed: dynamodb:Query and
 * UpdateItem. Both reject with GatewayError `store_unavailable` or `internal_error`.
 */
export function createCursors(client: DynamoDBClient, table: string): Cursors {
  return {
    async readAll() {
      const cursors = new Map<string, number>();
      const query = {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: PARTITION } },
      };
      try {
        for await (const { Items = [] } of paginateQuery({ client }, query)) {
          for (const { sk, swept_to } of Items) cursors.set(sk?.S ?? '', Number(swept_to?.N));
        }
      } catch (cause) {
        throw storeError(cause);
      }
      return cursors;
    },
    async move(tenant, toMs) {
      const update = new UpdateItemCommand({
        TableName: table,
        Key: { pk: { S: PARTITION }, sk: { S: tenant } },
        UpdateExpression: 'SET swept_to = :to, expires_at = :expires',
        ExpressionAttributeValues: { ':to': { N: String(toMs) }, ':expires': { N: String(Math.ceil(toMs / 1000) + KEPT_SECONDS) } },
      });
      await client.send(update).catch((cause: unknown) => {
        throw storeError(cause);
      });
    },
  };
}
