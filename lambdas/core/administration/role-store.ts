import { isDeepStrictEqual } from 'node:util';
import { ConditionalCheckFailedException, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { fromRoleItem, ROLE_PREFIX, ROLE_SORT, type RoleRecord, roleItemKey, toRoleItem } from '../roles';
import type { Scopes } from '../scopes';
import { checkName, checkTeam, checkTenant, InvalidInputError, quoted, RegistryError } from './registry-input';
import { type RegistryTable, revokeItem, scanItems } from './registry-items';
import { requireTeam } from './team-store';

/** AWS roles in the registry table, for those who administer them. Actions needed: dynamodb:PutItem, GetItem, Scan, UpdateItem. */

export interface RegisterRoleInput extends RegistryTable {
  /** ARN of the role, with or without its path. */
  readonly roleArn: string;
  readonly tenant: string;
  /** One of the tenant's. */
  readonly team?: string;
  readonly name: string;
  /** Who answers for it. */
  readonly owner?: string;
  /** What it may use; all that its tenant may when absent. */
  readonly scopes?: Scopes;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

const ROLE_ARN = /^arn:(?<partition>aws[a-z-]*):iam::(?<account>\d{12}):role\/(?:[\x21-\x7e]{0,511}\/)?(?<name>[\w+=,.@-]{1,64})$/;

/**
 * A role's ARN as the registry has it: without the role's path, which the session that AWS verifies does not say. Two roles of one account cannot
 * differ by their paths alone.
 *
 * @throws InvalidInputError when it is no role's ARN.
 */
export function registeredArn(roleArn: string): string {
  const { partition, account, name } = ROLE_ARN.exec(roleArn)?.groups ?? {};
  if (name !== undefined) return `arn:${partition}:iam::${account}:role/${name}`;
  throw new InvalidInputError(`${quoted(roleArn)} is no role's ARN; one looks like arn:aws:iam::111122223333:role/name.`);
}

export interface RegisteredRole {
  readonly record: RoleRecord;
  /** False when the role was there already, as it was to be registered: nothing was written. */
  readonly created: boolean;
}

/**
 * Maps a role to a tenant: `/iam/v1` answers it from then on. A role that was revoked may be registered anew; any other stays as it is.
 *
 * @throws InvalidInputError when role, tenant or name are not acceptable; RegistryError when the role is registered differently.
 */
export async function registerRole({ client, table, nowMs, ...given }: RegisterRoleInput): Promise<RegisteredRole> {
  const { tenant, team, name, owner, scopes } = given;
  const roleArn = registeredArn(given.roleArn);
  checkTenant(tenant);
  if (team !== undefined) checkTeam(team);
  checkName(name);
  if (owner !== undefined) checkName(owner, 'owner');
  if (team !== undefined) await requireTeam({ client, table, tenant, team });
  const record: RoleRecord = { roleArn, tenant, team, name, owner, scopes, createdAt: nowMs };
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: toRoleItem(record),
        ConditionExpression: 'attribute_not_exists(pk) OR attribute_exists(revoked_at)',
      }),
    );
    return { record, created: true };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
  const found = await findRole({ client, table, roleArn });
  if (found === undefined) throw new RegistryError(`Role ${roleArn} was there and is gone; try again.`);
  const isSame = isDeepStrictEqual(withoutTimes(found), withoutTimes(record));
  if (isSame) return { record: found, created: false };
  throw new RegistryError(
    `Role ${roleArn} is registered for tenant ${found.tenant} as ${quoted(found.name)} already${found.tenant === tenant && found.name === name ? ', with another team, owner or scopes' : ''}; revoke it first (blueprint roles revoke ${roleArn}).`,
  );
}

/** As a registration says it: without what is absent, and its limits, which are set by themselves. */
function withoutTimes({ createdAt: _created, revokedAt: _revoked, limits: _limits, ...said }: RoleRecord): object {
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}

/** The roles of a tenant, or of all, oldest first. */
export async function listRoles({ client, table, tenant }: RegistryTable & { readonly tenant?: string }): Promise<readonly RoleRecord[]> {
  const items = await scanItems({ client, table }, ROLE_PREFIX, ROLE_SORT);
  const roles = items.map(fromRoleItem).filter((role) => tenant === undefined || role.tenant === tenant);
  return roles.toSorted((a, b) => a.createdAt - b.createdAt || a.roleArn.localeCompare(b.roleArn));
}

/** Undefined when it is not registered. @param roleArn Without its path. */
export async function findRole({ client, table, roleArn }: RegistryTable & { readonly roleArn: string }): Promise<RoleRecord | undefined> {
  const { Item: item } = await client.send(new GetItemCommand({ TableName: table, Key: roleItemKey(roleArn), ConsistentRead: true }));
  return item && fromRoleItem(item);
}

export interface RevokedRole {
  readonly record: RoleRecord;
  /** True when the role had been revoked before; it keeps the time of the first revocation. */
  readonly alreadyRevoked: boolean;
}

/**
 * Revokes a role: the gateway refuses it within 30 seconds.
 *
 * @throws RegistryError when it is not registered; InvalidInputError when it cannot be.
 */
export async function revokeRole({
  client,
  table,
  nowMs,
  ...given
}: Pick<RegisterRoleInput, 'client' | 'table' | 'roleArn' | 'nowMs'>): Promise<RevokedRole> {
  const roleArn = registeredArn(given.roleArn);
  const old = await revokeItem({ client, table }, roleItemKey(roleArn), nowMs);
  if (old === undefined) throw new RegistryError(`Role ${roleArn} is not registered in this environment (see blueprint roles list).`);
  const before = fromRoleItem(old);
  return { record: { ...before, revokedAt: before.revokedAt ?? nowMs }, alreadyRevoked: before.revokedAt !== undefined };
}
