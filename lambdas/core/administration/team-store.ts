import { ConditionalCheckFailedException, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Scopes } from '../scopes';
import { fromTeamItem, TEAM_PREFIX, TEAM_SORT, type TeamRecord, teamItemKey, toTeamItem } from '../teams';
import { checkName, checkTeam, checkTenant, RegistryError } from './registry-input';
import { type RegistryTable, scanItems } from './registry-items';

/** Teams of tenants in the registry table. Actions needed: dynamodb:GetItem, PutItem, Scan. */

export interface TeamOf extends RegistryTable {
  readonly tenant: string;
  readonly team: string;
}

/** What is to become of a team: members that are not named stay, `undefined` takes one away. */
export type TeamChange = { readonly name?: string; readonly scopes?: Scopes | undefined; readonly limits?: TeamRecord['limits'] };

/** Undefined when there is none. */
export async function findTeam({ client, table, tenant, team }: TeamOf): Promise<TeamRecord | undefined> {
  const { Item: item } = await client.send(new GetItemCommand({ TableName: table, Key: teamItemKey(tenant, team), ConsistentRead: true }));
  return item && fromTeamItem(item);
}

/** @throws RegistryError when the tenant has no such team: its keys would let nobody in. */
export async function requireTeam(of: TeamOf): Promise<TeamRecord> {
  const found = await findTeam(of);
  if (found !== undefined) return found;
  throw new RegistryError(`Tenant ${of.tenant} has no team ${of.team}; make it first (blueprint teams set ${of.tenant}/${of.team}).`);
}

/**
 * Makes a team, or changes it.
 *
 * @param change What it comes to, from what there was.
 * @throws InvalidInputError for what can be none; RegistryError when somebody else changed it at the same moment.
 */
export async function setTeam(of: TeamOf, change: (before: TeamRecord | undefined) => TeamChange, nowMs: number): Promise<TeamRecord> {
  const { client, table, tenant, team } = of;
  checkTenant(tenant);
  checkTeam(team);
  const before = await findTeam(of);
  const changes = change(before);
  if (changes.name !== undefined) checkName(changes.name);
  const made = { tenant, team, name: team, limits: {}, createdAt: nowMs };
  const record: TeamRecord = { ...(before ?? made), ...changes, updatedAt: nowMs };
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: toTeamItem(record),
        // Somebody else's change in between is not overwritten unseen.
        ConditionExpression: before === undefined ? 'attribute_not_exists(pk)' : 'updated_at = :before',
        ExpressionAttributeValues: before === undefined ? undefined : { ':before': { N: String(before.updatedAt) } },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    throw new RegistryError(`Team ${tenant}/${team} was changed by somebody else at this moment; look at it and try again.`);
  }
  return record;
}

/** The teams of a tenant, or of all, by their ids. */
export async function listTeams({ client, table, tenant }: RegistryTable & { readonly tenant?: string }): Promise<readonly TeamRecord[]> {
  const items = await scanItems({ client, table }, TEAM_PREFIX, TEAM_SORT);
  const teams = items.map(fromTeamItem).filter((team) => tenant === undefined || team.tenant === tenant);
  return teams.toSorted((a, b) => a.tenant.localeCompare(b.tenant) || a.team.localeCompare(b.team));
}
