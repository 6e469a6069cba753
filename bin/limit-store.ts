import { ConditionalCheckFailedException, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshalItem } from '../lambdas/core/attribute-values';
import { fromKeyItem, keyItemKey } from '../lambdas/core/key-item';
import type { Limits } from '../lambdas/core/limits';
import { fromTenantItem, tenantItemKey, TENANT_PREFIX, TENANT_SORT, toTenantItem } from '../lambdas/core/tenants';
import { hashOf, listKeys } from './key-store';
import { type RegistryTable, scanItems } from './registry-items';
import { checkTenant, RegistryError } from './registry-input';

/** Limits of tenants and keys in the registry table. Actions needed: dynamodb:GetItem, PutItem, Scan, UpdateItem. */

/** What is to become of each limit: a new number, `undefined` to take it away; those that are not named stay. */
export type LimitChange = { readonly [K in keyof Limits]?: number | undefined };

export interface Limited {
  readonly of: 'tenant' | 'key';
  readonly id: string;
  readonly tenant: string;
  readonly limits: Limits;
}

/** @throws InvalidInputError for what can be no tenant. */
export async function setTenantLimits(
  registry: RegistryTable & { readonly tenant: string },
  change: LimitChange,
  nowMs: number,
): Promise<Limited> {
  const { client, table, tenant } = registry;
  checkTenant(tenant);
  const { Item: item } = await client.send(new GetItemCommand({ TableName: table, Key: tenantItemKey(tenant), ConsistentRead: true }));
  const before = item === undefined ? undefined : fromTenantItem(item);
  const limits = changed(before?.limits ?? {}, change);
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: toTenantItem({ ...before, tenant, limits, updatedAt: nowMs }),
        // Somebody else's change in between is not overwritten unseen.
        ConditionExpression: before === undefined ? 'attribute_not_exists(pk)' : 'updated_at = :before',
        ExpressionAttributeValues: before === undefined ? undefined : { ':before': { N: String(before.updatedAt) } },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    throw new RegistryError(`The limits of tenant ${tenant} were changed by somebody else at this moment; look at them and try again.`);
  }
  return { of: 'tenant', id: tenant, tenant, limits };
}

/** @throws RegistryError when there is no such key; InvalidInputError when there cannot be. */
export async function setKeyLimits(registry: RegistryTable & { readonly keyId: string }, change: LimitChange): Promise<Limited> {
  const { client, table, keyId } = registry;
  const Key = keyItemKey(await hashOf({ client, table }, keyId));
  const { Item: item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
  if (item === undefined) throw new RegistryError(`Key ${keyId} was there and is gone; try again.`);
  const before = fromKeyItem(item);
  const limits = changed(before.limits ?? {}, change);
  await client.send(
    new UpdateItemCommand({
      TableName: table,
      Key,
      UpdateExpression: 'SET limits = :limits',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeValues: { ':limits': { M: marshalItem(limits) } },
    }),
  );
  return { of: 'key', id: keyId, tenant: before.tenant, limits };
}

/** Of all tenants and keys that have some. */
export async function listLimits(registry: RegistryTable): Promise<readonly Limited[]> {
  const tenants = (await scanItems(registry, TENANT_PREFIX, TENANT_SORT)).map(fromTenantItem);
  const keys = await listKeys(registry);
  return [
    ...tenants
      .toSorted((a, b) => a.tenant.localeCompare(b.tenant))
      .map(({ tenant, limits }): Limited => ({ of: 'tenant', id: tenant, tenant, limits })),
    ...keys.flatMap(({ keyId, tenant, limits }): Limited[] => (limits === undefined ? [] : [{ of: 'key', id: keyId, tenant, limits }])),
  ].filter(({ limits }) => Object.keys(limits).length > 0);
}

function changed(before: Limits, change: LimitChange): Limits {
  return Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, value]) => value !== undefined));
}
