import { type AttributeValue, BatchGetItemCommand, type BatchGetItemCommandOutput, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from './clock';
import { ExpiringCache } from './expiring-cache';
import { fromRevocationItem, type Revocation, revocationItemKey } from './identity/revocations';
import { fromKeyItem, keyItemKey } from './key-item';
import type { KeyRecord } from './keys';
import { fromRoleItem, type RoleRecord, roleItemKey } from './roles';
import { storeError } from './store-error';
import { fromTeamItem, teamItemKey, type TeamRecord } from './teams';
import { fromTenantItem, tenantItemKey, type TenantRecord } from './tenants';

/** A change to a key, role, team, tenant or a bearer's tokens is in force everywhere after this long. */
const REGISTRY_TTL_MS = 30_000;
/** Of each kind. */
const MAX_ENTRIES = 10_000;
/** Of one read, when the table leaves out part of an answer. */
const MAX_SENDS = 3;

type Item = Record<string, AttributeValue>;
type ItemKey = ReturnType<typeof tenantItemKey>;

/** A tenant, and one of its teams where one is meant; each undefined where the registry says nothing of it. */
export interface RegisteredTenant {
  readonly tenant: TenantRecord | undefined;
  readonly team: TeamRecord | undefined;
}

/** Who calls, and for whom. */
export interface Registered<T> extends RegisteredTenant {
  readonly record: T;
}

/** Whom a token names. */
export interface Bearer {
  /** The issuer, `#`, and the subject. */
  readonly id: string;
  readonly tenant: string;
  readonly team: string | undefined;
}

/** For whom a token is sent, and which of its bearer's tokens no longer count. */
export interface RegisteredBearer extends RegisteredTenant {
  readonly revocation: Revocation | undefined;
}

/** Who may call. All reject with GatewayError `store_unavailable` or `internal_error`: without the registry nobody is let in. */
export interface Registry {
  /** By SHA-256 of the key, in hex. At once where it is known. */
  findKey(hash: string): Promise<Registered<KeyRecord> | undefined> | Registered<KeyRecord>;
  findRole(roleArn: string): Promise<Registered<RoleRecord> | undefined>;
  findBearer(bearer: Bearer): Promise<RegisteredBearer>;
}

interface Belonging {
  readonly tenant: string;
  readonly team?: string | undefined;
}

/**
 * The registry's table behind a cache of 30 s, which also remembers what does not exist. Whose a caller is, is in its item: it is read with its tenant
 * and team together from the second time on, and only the first time before them.
 */
export function createRegistry(client: DynamoDBClient, table: string, clock: Clock): Registry {
  const options = { ttlMs: REGISTRY_TTL_MS, maxEntries: MAX_ENTRIES, nowMs: clock.nowMs };
  const keys = new ExpiringCache<Registered<KeyRecord> | undefined>(options);
  const roles = new ExpiringCache<Registered<RoleRecord> | undefined>(options);
  const bearers = new ExpiringCache<RegisteredBearer>(options);

  /** By their primary keys; what does not exist is left out. */
  async function read(wanted: readonly ItemKey[]): Promise<ReadonlyMap<string, Item>> {
    const items = new Map<string, Item>();
    let Keys: Item[] | undefined = wanted.map((key) => ({ ...key }));
    for (let sends = 0; Keys !== undefined; sends += 1) {
      if (sends === MAX_SENDS) throw storeError(new Error(`The registry left out ${Keys.length} items ${MAX_SENDS} times.`));
      // Consistent, so that a revocation is at most one cache lifetime old and no replication lag older.
      const command: BatchGetItemCommand = new BatchGetItemCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } });
      const { Responses, UnprocessedKeys }: BatchGetItemCommandOutput = await client.send(command).catch((cause: unknown) => {
        throw storeError(cause);
      });
      for (const item of Responses?.[table] ?? []) items.set(item.pk?.S ?? '', item);
      const left = UnprocessedKeys?.[table]?.Keys ?? [];
      Keys = left.length === 0 ? undefined : left;
    }
    return items;
  }

  async function load<T extends Belonging>(
    key: ItemKey,
    from: (item: Item) => T,
    last: Registered<T> | undefined,
  ): Promise<Registered<T> | undefined> {
    const ahead = last === undefined ? [] : itemsAbove(last.record);
    const items = new Map(await read([key, ...ahead]));
    const item = items.get(key.pk.S);
    if (item === undefined) return undefined;
    const record = from(item);
    // Another tenant's or team's than it was when it was last read, or read for the first time.
    const missing = itemsAbove(record).filter(({ pk }) => !ahead.some((known) => known.pk.S === pk.S));
    if (missing.length > 0) for (const [pk, found] of await read(missing)) items.set(pk, found);
    return { record, ...registeredTenant(record, items) };
  }

  async function loadBearer({ id, ...belonging }: Bearer): Promise<RegisteredBearer> {
    const key = revocationItemKey(id);
    const items = await read([key, ...itemsAbove(belonging)]);
    const item = items.get(key.pk.S);
    return { revocation: item && fromRevocationItem(item), ...registeredTenant(belonging, items) };
  }

  return {
    findKey: (hash) => keys.fresh(hash) ?? keys.get(hash, () => load(keyItemKey(hash), fromKeyItem, keys.last(hash))),
    findRole: (roleArn) => roles.get(roleArn, () => load(roleItemKey(roleArn), fromRoleItem, roles.last(roleArn))),
    // No tenant or team has a `#`, so that no two bearers share an entry.
    findBearer: (bearer) => bearers.get(`${bearer.tenant}#${bearer.team ?? ''}#${bearer.id}`, () => loadBearer(bearer)),
  };
}

function itemsAbove({ tenant, team }: Belonging): readonly ItemKey[] {
  return team === undefined ? [tenantItemKey(tenant)] : [tenantItemKey(tenant), teamItemKey(tenant, team)];
}

function registeredTenant({ tenant, team }: Belonging, items: ReadonlyMap<string, Item>): RegisteredTenant {
  const tenantItem = items.get(tenantItemKey(tenant).pk.S);
  const teamItem = team === undefined ? undefined : items.get(teamItemKey(tenant, team).pk.S);
  return { tenant: tenantItem && fromTenantItem(tenantItem), team: teamItem && fromTeamItem(teamItem) };
}
