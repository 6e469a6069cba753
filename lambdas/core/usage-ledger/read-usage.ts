import { type AttributeValue, type DynamoDBClient, QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import type { UsageDimension } from '../attribution';
import { storeError } from '../store-error';
import { addSums, fromUsageItem, NO_USAGE_SUMS, usagePartition, type UsageRow, type UsageSums } from './usage-item';

const MS_PER_DAY = 86_400_000;
/** Days that are read at a time. */
const AT_A_TIME = 8;

/** Days of a span, both ends included. @param from `2026-11-01` */
export function daysOf(from: string, to: string): readonly string[] {
  const days: string[] = [];
  for (let ms = Date.parse(from); ms <= Date.parse(to); ms += MS_PER_DAY) days.push(new Date(ms).toISOString().slice(0, 10));
  return days;
}

/** A tenant's usage on some days, as it was rolled up. Rejects with GatewayError `store_unavailable`. */
export type UsageReader = (tenant: string, days: readonly string[]) => Promise<readonly UsageRow[]>;

export function createUsageReader(client: DynamoDBClient, table: string): UsageReader {
  return (tenant, days) => readUsage(client, table, tenant, days);
}

async function readUsage(client: DynamoDBClient, table: string, tenant: string, days: readonly string[]): Promise<readonly UsageRow[]> {
  const rows: UsageRow[] = [];
  for (let start = 0; start < days.length; start += AT_A_TIME) {
    const some = await Promise.all(days.slice(start, start + AT_A_TIME).map((day) => readDay(client, table, tenant, day)));
    rows.push(...some.flat());
  }
  return rows;
}

async function readDay(client: DynamoDBClient, table: string, tenant: string, day: string): Promise<readonly UsageRow[]> {
  const rows: UsageRow[] = [];
  for (let start: Record<string, AttributeValue> | undefined; ; ) {
    const page: QueryCommandOutput = await client
      .send(
        new QueryCommand({
          TableName: table,
          ConsistentRead: true,
          ExclusiveStartKey: start,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: usagePartition(tenant, day) } },
        }),
      )
      .catch((cause: unknown) => {
        throw storeError(cause);
      });
    rows.push(...(page.Items ?? []).map(fromUsageItem));
    if (page.LastEvaluatedKey === undefined) return rows;
    start = page.LastEvaluatedKey;
  }
}

/** Usage of what has the same values in the dimensions that it is grouped by; null where a call has none. */
export interface UsageGroup {
  readonly by: Readonly<Partial<Record<UsageDimension, string | null>>>;
  readonly sums: UsageSums;
}

/** Dearest first; of equal cost, in the order of their names. */
export function groupUsage(rows: readonly UsageRow[], dimensions: readonly UsageDimension[]): readonly UsageGroup[] {
  const groups = new Map<string, UsageGroup>();
  for (const row of rows) {
    const by = Object.fromEntries(dimensions.map((dimension) => [dimension, valueOf(row, dimension)]));
    const id = JSON.stringify(by);
    groups.set(id, { by, sums: addSums(groups.get(id)?.sums ?? NO_USAGE_SUMS, row.sums) });
  }
  return [...groups.entries()]
    .toSorted(([a, { sums: x }], [b, { sums: y }]) => y.cost_micro_usd - x.cost_micro_usd || (a < b ? -1 : 1))
    .map(([, group]) => group);
}

function valueOf({ day, model, attribution }: UsageRow, dimension: UsageDimension): string | null {
  if (dimension === 'day') return day;
  return (dimension === 'model' ? model : attribution[dimension]) ?? null;
}
