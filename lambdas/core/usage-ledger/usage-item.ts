import { createHash } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { unmarshalItem } from '../attribute-values';
import type { Attribution } from '../attribution';

/**
 * Roll-ups of usage in the ledger. Item: `pk = USAGE#<tenant>#<yyyy-mm-dd>` (UTC day of the calls' start), `sk` a hash of what the calls are
 * attributed to, that attribution as attributes, a sum for each counter, and for each shard of the audit table's stream the place up to which
 * it is counted (`q_<shard>`).
 */

/** What is summed. `cost_micro_usd` and `value_micro_usd` are micro-dollars, `*_tokens` tokens; all else is a count. */
export const usageCounters = [
  'calls',
  /** Of those: ended with an error of ours or the model's, were refused before a model was asked, and are charged their worst case. */
  'errors',
  'refused',
  'unknown',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'cost_micro_usd',
  /** Reported by callers: how many, how many of them were a success, and what they were worth. */
  'outcomes',
  'successes',
  'value_micro_usd',
] as const;

export type UsageCounter = (typeof usageCounters)[number];
export type UsageSums = Readonly<Record<UsageCounter, number>>;

/** What one item sums up. */
export interface UsageKey {
  readonly tenant: string;
  /** `2026-11-21` */
  readonly day: string;
  readonly attribution: Attribution;
  /** Undefined where no model was asked. */
  readonly model: string | undefined;
}

export interface UsageRow extends UsageKey {
  readonly sums: UsageSums;
}

export const NO_USAGE_SUMS: UsageSums = Object.fromEntries(usageCounters.map((counter) => [counter, 0])) as Record<UsageCounter, number>;

export function addSums(a: UsageSums, b: Partial<UsageSums>): UsageSums {
  return Object.fromEntries(usageCounters.map((counter) => [counter, a[counter] + (b[counter] ?? 0)])) as Record<UsageCounter, number>;
}

export function usagePartition(tenant: string, day: string): string {
  return `USAGE#${tenant}#${day}`;
}

export function usageItemKey({ tenant, day, attribution, model }: UsageKey): { pk: AttributeValue; sk: AttributeValue } {
  const { key, team, service, feature, prompt, task } = attribution;
  const parts = JSON.stringify([key, team, service, feature, prompt, task, model].map((part) => part ?? null));
  return { pk: { S: usagePartition(tenant, day) }, sk: { S: createHash('sha256').update(parts).digest('hex').slice(0, 32) } };
}

const sum = z.number().default(0);
const name = z.string().optional();
const storedRow = z.object({
  pk: z.string(),
  key: z.string(),
  team: name,
  service: name,
  feature: name,
  prompt: name,
  task: name,
  model: name,
  ...(Object.fromEntries(usageCounters.map((counter) => [counter, sum])) as Record<UsageCounter, typeof sum>),
});

/** @throws Error for an item that cannot be read: what was spent must not look like nothing. */
export function fromUsageItem(item: Record<string, AttributeValue>): UsageRow {
  const parsed = storedRow.safeParse(unmarshalItem(item));
  if (!parsed.success) throw new Error(`The usage item ${item.pk?.S ?? 'without pk'} cannot be read: ${z.prettifyError(parsed.error)}`);
  const { pk, key, team, service, feature, prompt, task, model, ...sums } = parsed.data;
  const [, tenant = '', day = ''] = /^USAGE#(.*)#(\d{4}-\d\d-\d\d)$/s.exec(pk) ?? [];
  return { tenant, day, attribution: { key, team, service, feature, prompt, task }, model, sums };
}
