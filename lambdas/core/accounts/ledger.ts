import { type AttributeValue, ConditionalCheckFailedException, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { storeError } from '../store-error';
import type { Standing } from './refusal';
import type { Update } from './statements';

export type Item = Readonly<Record<string, AttributeValue>>;

/** What became of a conditional update. */
export interface Updated {
  readonly isDone: boolean;
  /** The item: as it is now, of the attributes that were written; where it was not done, as it was. As far as was asked for. */
  readonly item: Item;
  /** Whether it was sent more than once: what was sent first may still be on its way. */
  readonly isRetried: boolean;
}

/** @throws GatewayError `store_unavailable` or `internal_error`: whether it was done is not known. */
export async function update(client: DynamoDBClient, input: Update): Promise<Updated> {
  try {
    const { Attributes = {}, $metadata } = await client.send(new UpdateItemCommand(input));
    return { isDone: true, item: Attributes, isRetried: isRepeated($metadata) };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw storeError(error);
    return { isDone: false, item: error.Item ?? {}, isRetried: isRepeated(error.$metadata) };
  }
}

function isRepeated({ attempts = 1 }: { readonly attempts?: number | undefined }): boolean {
  return attempts > 1;
}

export function numbersOf(item: Item): Standing {
  return Object.fromEntries(Object.entries(item).flatMap(([name, { N }]) => (N === undefined ? [] : [[name, Number(N)]])));
}
