import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  paginateScan,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';

/** What keys and roles have in common as items of the registry table. */

export interface RegistryTable {
  readonly client: DynamoDBClient;
  /** Name of the registry table. */
  readonly table: string;
}

type Item = Record<string, AttributeValue>;

/** All items of a kind. The registry is small and rarely administered, so that no index is kept for it. */
export async function scanItems({ client, table }: RegistryTable, pkPrefix: string, sk: string): Promise<readonly Item[]> {
  const pages = paginateScan(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      FilterExpression: 'begins_with(pk, :prefix) AND sk = :sort',
      ExpressionAttributeValues: { ':prefix': { S: pkPrefix }, ':sort': { S: sk } },
    },
  );
  const items: Item[] = [];
  for await (const page of pages) items.push(...(page.Items ?? []));
  return items;
}

/** Sets `revoked_at` (epoch milliseconds) unless it is set. Gives the item as it was before, or undefined when there is none. */
export async function revokeItem({ client, table }: RegistryTable, key: Item, nowMs: number): Promise<Item | undefined> {
  try {
    const { Attributes } = await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: key,
        UpdateExpression: 'SET revoked_at = if_not_exists(revoked_at, :now)',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: { ':now': { N: String(nowMs) } },
        ReturnValues: 'ALL_OLD',
      }),
    );
    return Attributes ?? {};
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}
