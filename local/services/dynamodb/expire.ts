import { ServiceError } from '../../service';
import type { Item } from './engine';
import type { TableDefinition, TableReference } from './table';
import { type ItemStore, writeItems } from './write-item';

/** DynamoDB leaves items alone whose time is further in the past: it takes them for a mistake. */
const OLDEST_EXPIRY_SECONDS = 5 * 365 * 86_400;

const DYNAMODB = { type: 'Service', principalId: 'dynamodb.amazonaws.com' } as const;

const EXPIRED = '#ttl < :now AND #ttl > :oldest';

/** Deletes the items of a table whose time to live is over. Resolves to how many. */
export async function expireTable(
  store: ItemStore,
  table: TableReference & { readonly definition: TableDefinition },
  nowMs: number,
): Promise<number> {
  const { timeToLiveAttribute, keySchema } = table.definition;
  if (timeToLiveAttribute === undefined) return 0;
  const nowSeconds = nowMs / 1000;
  const condition = {
    ExpressionAttributeNames: { '#ttl': timeToLiveAttribute },
    ExpressionAttributeValues: { ':now': { N: String(nowSeconds) }, ':oldest': { N: String(nowSeconds - OLDEST_EXPIRY_SECONDS) } },
  };
  let expired = 0;
  let startKey: unknown;
  do {
    const page = await store.engine.call('Scan', {
      TableName: table.name,
      FilterExpression: EXPIRED,
      ...condition,
      ...(startKey !== undefined && { ExclusiveStartKey: startKey }),
    });
    for (const item of page.Items as readonly Item[]) {
      const key = Object.fromEntries(keySchema.map(({ AttributeName: name }) => [name, item[name]])) as Item;
      const request = store.engine.prepare('DeleteItem', { TableName: table.name, Key: key, ConditionExpression: EXPIRED, ...condition });
      if (await deletes(writeItems(store, request, [{ table, items: [key] }], { userIdentity: DYNAMODB }))) expired++;
    }
    startKey = page.LastEvaluatedKey;
  } while (startKey !== undefined);
  return expired;
}

/** False when the item was renewed since the scan. */
async function deletes(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}
