import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { marshalItem, unmarshalItem } from './attribute-values';
import { limits } from './limits';
import { scopes } from './scopes';

/**
 * IAM roles as the registry keeps them. Item: `pk = ROLE#<role arn>`, `sk = ROLE`, `role_arn`, `tenant`, `team`, `name`, `owner`, `scopes`, `limits`,
 * `created_at`, `revoked_at`. The ARN is written without the role's path (`arn:aws:iam::111122223333:role/name`), since the session that AWS verifies
 * does not say it.
 */
export const roleRecord = z.object({
  roleArn: z.string(),
  tenant: z.string(),
  /** One of its tenant's. */
  team: z.string().optional(),
  name: z.string(),
  /** Who answers for it. */
  owner: z.string().optional(),
  /** What it may use, within what its tenant may. Absent: all of that. */
  scopes: scopes.optional(),
  /** Of this role alone, beside its team's and tenant's. */
  limits: limits.optional(),
  /** Epoch milliseconds. */
  createdAt: z.number(),
  /** Epoch milliseconds; the role is refused from then on. */
  revokedAt: z.number().optional(),
});

export type RoleRecord = Readonly<z.infer<typeof roleRecord>>;

export const ROLE_PREFIX = 'ROLE#';
export const ROLE_SORT = 'ROLE';

/** Primary key of the item of the role with this ARN, which has no path. */
export function roleItemKey(roleArn: string): { readonly pk: { readonly S: string }; readonly sk: { readonly S: string } } {
  return { pk: { S: `${ROLE_PREFIX}${roleArn}` }, sk: { S: ROLE_SORT } };
}

/** The item of a role that is not revoked. */
export function toRoleItem({ roleArn, createdAt, ...same }: Omit<RoleRecord, 'revokedAt'>): Record<string, AttributeValue> {
  return { ...roleItemKey(roleArn), ...marshalItem({ role_arn: roleArn, ...same, created_at: createdAt }) };
}

/** @throws Error when an attribute is missing or of the wrong type: an unreadable revocation must never look like none. */
export function fromRoleItem(item: Readonly<Record<string, AttributeValue>>): RoleRecord {
  const { role_arn, created_at, revoked_at, ...same } = unmarshalItem(item);
  const parsed = roleRecord.safeParse({ ...same, roleArn: role_arn, createdAt: created_at, revokedAt: revoked_at });
  if (parsed.success) return parsed.data;
  throw new Error(`The role item ${item.pk?.S ?? 'without pk'} cannot be read: ${z.prettifyError(parsed.error)}`);
}

const ASSUMED_ROLE = /^arn:(aws[a-z-]*):sts::(\d{12}):assumed-role\/([^/]+)\/[^/]+$/;

/** `arn:aws:sts::<account>:assumed-role/<name>/<session>` → `arn:aws:iam::<account>:role/<name>`; undefined for what is no role. */
export function roleArnOf(userArn: string): string | undefined {
  const match = ASSUMED_ROLE.exec(userArn);
  return match === null ? undefined : `arn:${match[1]}:iam::${match[2]}:role/${match[3]}`;
}
