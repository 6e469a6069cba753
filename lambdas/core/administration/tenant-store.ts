import { ConditionalCheckFailedException, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { fromTenantItem, TENANT_PREFIX, TENANT_SORT, type TenantRecord, tenantItemKey, toTenantItem } from '../tenants';
import { checkName, checkTenant, RegistryError } from './registry-input';
import { type RegistryTable, scanItems } from './registry-items';

/** Tenants in the registry table. Actions needed: dynamodb:GetItem, PutItem, Scan. */

export interface TenantOf extends RegistryTable {
  readonly tenant: string;
}

/** What is to become of a tenant: members that are not named stay, `undefined` takes one away. */
export type TenantChange = { readonly [K in 'name' | 'limits' | 'scopes' | 'residency' | 'suspendedAt']?: TenantRecord[K] | undefined };

/** Undefined when the registry says nothing of it. */
export async function findTenant({ client, table, tenant }: TenantOf): Promise<TenantRecord | undefined> {
  const { Item: item } = await client.send(new GetItemCommand({ TableName: table, Key: tenantItemKey(tenant), ConsistentRead: true }));
  return item && fromTenantItem(item);
}

/**
 * Makes a tenant, or changes it.
 *
 * @param change What it comes to, from what there was.
 * @throws InvalidInputError for what can be none; RegistryError when somebody else changed it at the same moment.
 */
export async function setTenant(
  of: TenantOf,
  change: TenantChange | ((before: TenantRecord | undefined) => TenantChange),
  nowMs: number,
): Promise<TenantRecord> {
  const { client, table, tenant } = of;
  checkTenant(tenant);
  const before = await findTenant(of);
  const changes = typeof change === 'function' ? change(before) : change;
  if (changes.name !== undefined) checkName(changes.name);
  const { limits = {} } = { ...before, ...changes };
  const record: TenantRecord = { createdAt: nowMs, ...before, ...changes, tenant, limits, updatedAt: nowMs };
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: toTenantItem(record),
        // Somebody else's change in between is not overwritten unseen.
        ConditionExpression: before === undefined ? 'attribute_not_exists(pk)' : 'updated_at = :before',
        ExpressionAttributeValues: before === undefined ? undefined : { ':before': { N: String(before.updatedAt) } },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    throw new RegistryError(`Tenant ${tenant} was changed by somebody else at this moment; look at it and try again.`);
  }
  return record;
}

/** All that the registry says something of, by their ids. */
export async function listTenants(registry: RegistryTable): Promise<readonly TenantRecord[]> {
  const items = await scanItems(registry, TENANT_PREFIX, TENANT_SORT);
  return items.map(fromTenantItem).toSorted((a, b) => a.tenant.localeCompare(b.tenant));
}
