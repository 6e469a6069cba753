import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshalItem } from '../attribute-values';
import { fromKeyItem, keyItemKey } from '../key-item';
import { type Limits, shardRefusal } from '../limits';
import { hashOf, listKeys } from './key-store';
import type { RegistryTable } from './registry-items';
import { RegistryError } from './registry-input';
import { listTeams, requireTeam, setTeam, type TeamOf } from './team-store';
import { listTenants, setTenant, type TenantOf } from './tenant-store';

/** Limits of tenants, teams and keys in the registry table. Actions needed: dynamodb:GetItem, PutItem, Scan, UpdateItem. */

/** What is to become of each limit: a new number, `undefined` to take it away; those that are not named stay. */
export type LimitChange = { readonly [K in keyof Limits]?: number | undefined };

export interface Limited {
  readonly of: 'tenant' | 'team' | 'key';
  readonly id: string;
  readonly tenant: string;
  readonly limits: Limits;
}

/** @throws InvalidInputError for what can be no tenant; RegistryError for limits that do not go together. */
export async function setTenantLimits(of: TenantOf, change: LimitChange, nowMs: number): Promise<Limited> {
  const { tenant, limits } = await setTenant(of, (before) => ({ limits: changed(before?.limits ?? {}, change) }), nowMs);
  return { of: 'tenant', id: tenant, tenant, limits };
}

/** @throws RegistryError when the tenant has no such team, or for limits that do not go together. */
export async function setTeamLimits(of: TeamOf, change: LimitChange, nowMs: number): Promise<Limited> {
  await requireTeam(of);
  const { tenant, team, limits } = await setTeam(of, (before) => ({ limits: changed(before?.limits ?? {}, change) }), nowMs);
  return { of: 'team', id: `${tenant}/${team}`, tenant, limits };
}

/** @throws RegistryError when there is no such key, or for limits that do not go together; InvalidInputError when there cannot be. */
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

/** Of all tenants, teams and keys that have some. */
export async function listLimits(registry: RegistryTable): Promise<readonly Limited[]> {
  const [tenants, teams, keys] = [await listTenants(registry), await listTeams(registry), await listKeys(registry)];
  return [
    ...tenants.map(({ tenant, limits }): Limited => ({ of: 'tenant', id: tenant, tenant, limits })),
    ...teams.map(({ tenant, team, limits }): Limited => ({ of: 'team', id: `${tenant}/${team}`, tenant, limits })),
    ...keys.flatMap(({ keyId, tenant, limits }): Limited[] => (limits === undefined ? [] : [{ of: 'key', id: keyId, tenant, limits }])),
  ].filter(({ limits }) => Object.keys(limits).length > 0);
}

function changed(before: Limits, change: LimitChange): Limits {
  const limits: Limits = Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, value]) => value !== undefined));
  const refusal = shardRefusal(limits);
  if (refusal !== undefined) throw new RegistryError(refusal);
  return limits;
}
