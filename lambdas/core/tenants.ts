import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { marshalItem, unmarshalItem } from './attribute-values';
import { limits } from './limits';

/**
 * What the registry says of a tenant. Item: `pk = TENANT#<tenant>`, `sk = TENANT`, `tenant`, `limits`, `updated_at`. A tenant without an item has
 * no limits of its own.
 */
export const tenantRecord = z.object({
  tenant: z.string(),
  limits: limits,
  /** Epoch milliseconds. */
  updatedAt: z.number(),
});

export type TenantRecord = z.infer<typeof tenantRecord>;

export const TENANT_PREFIX = 'TENANT#';
export const TENANT_SORT = 'TENANT';

export function tenantItemKey(tenant: string): { readonly pk: { readonly S: string }; readonly sk: { readonly S: string } } {
  return { pk: { S: `${TENANT_PREFIX}${tenant}` }, sk: { S: TENANT_SORT } };
}

export function toTenantItem(record: TenantRecord): Record<string, AttributeValue> {
  const { tenant, updatedAt } = record;
  return { ...tenantItemKey(tenant), ...marshalItem({ tenant, limits: record.limits, updated_at: updatedAt }) };
}

/** @throws Error when an attribute is missing or of the wrong type: a limit that cannot be read must never look like none. */
export function fromTenantItem(item: Readonly<Record<string, AttributeValue>>): TenantRecord {
  const { tenant, limits: given, updated_at } = unmarshalItem(item);
  const parsed = tenantRecord.safeParse({ tenant, limits: given, updatedAt: updated_at });
  if (parsed.success) return parsed.data;
  throw new Error(`The tenant item ${item.pk?.S ?? 'without pk'} cannot be read: ${z.prettifyError(parsed.error)}`);
}
