import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { marshalItem, unmarshalItem } from './attribute-values';
import { limits } from './limits';
import { scopes } from './scopes';

/**
 * What the registry says of a team. Item: `pk = TEAM#<tenant>#<team>`, `sk = TEAM`, `tenant`, `team`, `name`, `limits`, `scopes`, `created_at`,
 * `updated_at`. Its id is its tenant's own: another tenant's team of that id is another team.
 */
export const teamRecord = z.object({
  tenant: z.string(),
  team: z.string(),
  name: z.string(),
  limits: limits,
  /** Of all its callers, within those of its tenant. */
  scopes: scopes.optional(),
  /** Epoch milliseconds. */
  createdAt: z.number(),
  /** Epoch milliseconds. */
  updatedAt: z.number(),
});

export type TeamRecord = z.infer<typeof teamRecord>;

export const TEAM_PREFIX = 'TEAM#';
export const TEAM_SORT = 'TEAM';

export function teamItemKey(tenant: string, team: string): { readonly pk: { readonly S: string }; readonly sk: { readonly S: string } } {
  return { pk: { S: `${TEAM_PREFIX}${tenant}#${team}` }, sk: { S: TEAM_SORT } };
}

export function toTeamItem({ createdAt, updatedAt, ...same }: TeamRecord): Record<string, AttributeValue> {
  return { ...teamItemKey(same.tenant, same.team), ...marshalItem({ ...same, created_at: createdAt, updated_at: updatedAt }) };
}

/** @throws Error when an attribute is missing or of the wrong type: a limit that cannot be read must never look like none. */
export function fromTeamItem(item: Readonly<Record<string, AttributeValue>>): TeamRecord {
  const { created_at, updated_at, ...same } = unmarshalItem(item);
  const parsed = teamRecord.safeParse({ ...same, createdAt: created_at, updatedAt: updated_at });
  if (parsed.success) return parsed.data;
  throw new Error(`The team item ${item.pk?.S ?? 'without pk'} cannot be read: ${z.prettifyError(parsed.error)}`);
}
