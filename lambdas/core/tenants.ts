import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { marshalItem, unmarshalItem } from './attribute-values';
import { limits } from './limits';
import { residency } from './residency';
import { scopes } from './scopes';

/**
 * What the registry says of a tenant. Item: `pk = TENANT#<tenant>`, `sk = TENANT`, `tenant`, `name`, `limits`, `scopes`, `residency`, `created_at`,
 * `suspended_at`, `updated_at`. A tenant may have keys without having an item: it has no limits of its own then, and tokens cannot name it.
 */
export const tenantRecord = z.object({
  tenant: z.string(),
  /** For people. */
  name: z.string().optional(),
  limits: limits,
  /** Of all its callers; their own are within these. */
  scopes: scopes.optional(),
  /** Where its data may be processed. Absent: wherever the environment's models do. */
  residency: residency.optional(),
  /** Epoch milliseconds. */
  createdAt: z.number().optional(),
  /** Epoch milliseconds; all its callers are refused from then on. */
  suspendedAt: z.number().optional(),
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
  const { tenant, createdAt, suspendedAt, updatedAt, ...same } = record;
  const times = { created_at: createdAt, suspended_at: suspendedAt, updated_at: updatedAt };
  return { ...tenantItemKey(tenant), ...marshalItem({ tenant, ...same, ...times }) };
}

/** @throws Error when an attribute is missing or of the wrong type: a limit that cannot be read must never look like none. */
export function fromTenantItem(item: Readonly<Record<string, AttributeValue>>): TenantRecord {
  const { created_at, suspended_at, updated_at, ...same } = unmarshalItem(item);
  const parsed = tenantRecord.safeParse({ ...same, createdAt: created_at, suspendedAt: suspended_at, updatedAt: updated_at });
  if (parsed.success) return parsed.data;
  throw new Error(`The tenant item ${item.pk?.S ?? 'without pk'} cannot be read: ${z.prettifyError(parsed.error)}`);
}
