import { ConditionalCheckFailedException, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshalItem } from '../attribute-values';
import { storeError } from '../store-error';
import type { Contribution } from './contribution';
import { addSums, NO_USAGE_SUMS, usageCounters, usageItemKey, type UsageKey } from './usage-item';

/** A contribution, and where its record stands in its shard. */
export interface PlacedContribution extends Contribution {
  /** Decimal, of any length; increases along the shard. */
  readonly sequenceNumber: string;
}

/** Longer than any sequence number (40 digits), so that they sort as texts. Source: StreamRecord, Amazon DynamoDB API reference. */
const PLACE_DIGITS = 42;
/** Of one item: another process that counts the same shard is at most one that has not noticed yet that it was replaced. */
const MAX_TRIES = 5;

/**
 * Adds records of one shard of the stream to the roll-ups: each exactly once, however often and in whatever batches the shard is handed over, since each item
 * remembers how far it has counted the shard. A shard's records have to be given in its order.
 *
 * @throws GatewayError `store_unavailable`: what was counted until then is counted, and giving the batch again counts the rest.
 */
export async function addUsage(
  client: DynamoDBClient,
  table: string,
  shardId: string,
  contributions: readonly PlacedContribution[],
): Promise<void> {
  const groups = new Map<string, { readonly to: UsageKey; readonly own: PlacedContribution[] }>();
  for (const contribution of contributions) {
    const { pk, sk } = usageItemKey(contribution.to);
    const id = `${pk.S} ${sk.S}`;
    const group = groups.get(id) ?? { to: contribution.to, own: [] };
    group.own.push(contribution);
    groups.set(id, group);
  }
  const ends = await Promise.allSettled([...groups.values()].map(({ to, own }) => addToItem(client, table, shardId, to, own)));
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

async function addToItem(
  client: DynamoDBClient,
  table: string,
  shardId: string,
  to: UsageKey,
  contributions: readonly PlacedContribution[],
): Promise<void> {
  const counted = `q_${shardId}`;
  let left = contributions;
  for (let tries = 0; left.length > 0; tries += 1) {
    try {
      await client.send(new UpdateItemCommand(updateOf(table, counted, to, left)));
      return;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException) || tries === MAX_TRIES) throw storeError(error);
      const upTo = error.Item?.[counted]?.S ?? '';
      left = left.filter(({ sequenceNumber }) => placeOf(sequenceNumber) > upTo);
    }
  }
}

function updateOf(table: string, counted: string, to: UsageKey, contributions: readonly PlacedContribution[]) {
  const sums = contributions.reduce((all, { sums: own }) => addSums(all, own), NO_USAGE_SUMS);
  const places = contributions.map(({ sequenceNumber }) => placeOf(sequenceNumber));
  const names: Record<string, string> = { '#counted': counted };
  const values = marshalItem({ ':first': places[0], ':last': places.at(-1) });
  const sets = ['#counted = :last'];
  for (const [name, value] of Object.entries({ ...to.attribution, model: to.model })) {
    if (value === undefined) continue;
    names[`#${name}`] = name;
    Object.assign(values, marshalItem({ [`:${name}`]: value }));
    sets.push(`#${name} = :${name}`);
  }
  const added = usageCounters.filter((counter) => sums[counter] !== 0);
  for (const counter of added) {
    names[`#${counter}`] = counter;
    Object.assign(values, marshalItem({ [`:${counter}`]: sums[counter] }));
  }
  return {
    TableName: table,
    Key: usageItemKey(to),
    UpdateExpression: `SET ${sets.join(', ')} ADD ${added.map((counter) => `#${counter} :${counter}`).join(', ')}`,
    ConditionExpression: 'attribute_not_exists(#counted) OR #counted < :first',
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
}

function placeOf(sequenceNumber: string): string {
  return sequenceNumber.padStart(PLACE_DIGITS, '0');
}
