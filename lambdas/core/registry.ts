import { type AttributeValue, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { Clock } from './clock';
import { ExpiringCache } from './expiring-cache';
import { fromKeyItem, keyItemKey } from './key-item';
import type { KeyRecord } from './keys';
import { fromRoleItem, ROLE_PREFIX, ROLE_SORT, type RoleRecord } from './roles';
import { storeError } from './store-error';
import { fromTenantItem, tenantItemKey, type TenantRecord } from './tenants';

/** A change to a key or role is in force everywhere after this long. */
const REGISTRY_TTL_MS = 30_000;
const MAX_ENTRIES = 10_000;

type Item = Record<string, AttributeValue>;

/** Who calls, and for which tenant; of the tenant nothing may be said. */
export interface Registered<T> {
  readonly record: T;
  readonly tenant: TenantRecord | undefined;
}

/** Who may call. Both reject with GatewayError `store_unavailable` or `internal_error`: without the registry nobody is let in. */
export interface Registry {
  /** By SHA-256 of the key, in hex. */
  findKey(hash: string): Promise<Registered<KeyRecord> | undefined>;
  findRole(roleArn: string): Promise<Registered<RoleRecord> | undefined>;
}

/** The registry's table behind a cache of 30 s, which also remembers what does not exist. */
export function createRegistry(client: DynamoDBClient, table: string, clock: Clock): Registry {
  const options = { ttlMs: REGISTRY_TTL_MS, maxEntries: MAX_ENTRIES, nowMs: clock.nowMs };
  const keys = new ExpiringCache<KeyRecord | undefined>(options);
  const roles = new ExpiringCache<RoleRecord | undefined>(options);
  const tenants = new ExpiringCache<TenantRecord | undefined>(options);

  async function read<T>(key: Item, from: (item: Item) => T): Promise<T | undefined> {
    // Consistent, so that a revocation is at most one cache lifetime old and no replication lag older.
    const command = new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true });
    const { Item } = await client.send(command).catch((cause: unknown) => {
      throw storeError(cause);
    });
    return Item === undefined ? undefined : from(Item);
  }

  const findTenant = (tenant: string) => tenants.get(tenant, () => read(tenantItemKey(tenant), fromTenantItem));

  /** Both at a time where it is known whose tenant it was when it was last looked: only the first call of all waits twice. */
  async function withTenant<T extends { readonly tenant: string }>(
    last: T | undefined,
    find: () => Promise<T | undefined>,
  ): Promise<Registered<T> | undefined> {
    const ahead = last === undefined ? undefined : findTenant(last.tenant);
    // Awaited only if it is needed; what it fails by is then thrown.
    ahead?.catch(() => undefined);
    const record = await find();
    if (record === undefined) return undefined;
    return { record, tenant: await (ahead !== undefined && record.tenant === last?.tenant ? ahead : findTenant(record.tenant)) };
  }

  return {
    findKey: (hash) => withTenant(keys.last(hash), () => keys.get(hash, () => read(keyItemKey(hash), fromKeyItem))),
    findRole: (roleArn) =>
      withTenant(roles.last(roleArn), () =>
        roles.get(roleArn, () => read({ pk: { S: ROLE_PREFIX + roleArn }, sk: { S: ROLE_SORT } }, fromRoleItem)),
      ),
  };
}
