import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { unmarshalItem } from './attribute-values';

/**
 * IAM roles as the registry keeps them. Item: `pk = ROLE#<role arn>`, `sk = ROLE`, `role_arn`, `tenant`, `name`, `created_at`,
 * `revoked_at`. The ARN is written without the role's path (`arn:aws:iam::111122223333:role/name`), since the session that AWS verifies
 * does not say it.
 */
export interface RoleRecord {
  readonly roleArn: string;
  readonly tenant: string;
  readonly name: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Epoch milliseconds; the role is refused from then on. */
  readonly revokedAt?: number;
}

export const ROLE_PREFIX = 'ROLE#';
export const ROLE_SORT = 'ROLE';

/** Primary key of the item of the role with this ARN, which has no path. */
export function roleItemKey(roleArn: string): { readonly pk: { readonly S: string }; readonly sk: { readonly S: string } } {
  return { pk: { S: `${ROLE_PREFIX}${roleArn}` }, sk: { S: ROLE_SORT } };
}

/** The item of a role that is not revoked. */
export function toRoleItem({ roleArn, tenant, name, createdAt }: Omit<RoleRecord, 'revokedAt'>): Record<string, AttributeValue> {
  return {
    ...roleItemKey(roleArn),
    role_arn: { S: roleArn },
    tenant: { S: tenant },
    name: { S: name },
    created_at: { N: String(createdAt) },
  };
}

const roleItem = z.object({
  role_arn: z.string(),
  tenant: z.string(),
  name: z.string(),
  created_at: z.number(),
  revoked_at: z.number().optional(),
});

/** @throws Error when an attribute is missing or of the wrong type: an unreadable revocation must never look like none. */
export function fromRoleItem(item: Readonly<Record<string, AttributeValue>>): RoleRecord {
  const { role_arn, tenant, name, created_at, revoked_at } = roleItem.parse(unmarshalItem(item));
  return { roleArn: role_arn, tenant, name, createdAt: created_at, ...(revoked_at === undefined ? {} : { revokedAt: revoked_at }) };
}

const ASSUMED_ROLE = /^arn:(aws[a-z-]*):sts::(\d{12}):assumed-role\/([^/]+)\/[^/]+$/;

/** `arn:aws:sts::<account>:assumed-role/<name>/<session>` → `arn:aws:iam::<account>:role/<name>`; undefined for what is no role. */
export function roleArnOf(userArn: string): string | undefined {
  const match = ASSUMED_ROLE.exec(userArn);
  return match === null ? undefined : `arn:${match[1]}:iam::${match[2]}:role/${match[3]}`;
}
