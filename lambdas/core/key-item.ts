import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { marshalItem, unmarshalItem } from './attribute-values';
import { KEY_PREFIX, KEY_SORT, keyRecord } from './keys';

/**
 * A key record as the registry table keeps it. Attributes are snake_case; times are epoch milliseconds in numbers. `expires_at` is no
 * DynamoDB TTL attribute (that one counts seconds): an expired key stays in the table, so that whoever uses it is told why it is refused.
 */
export type KeyItem = Readonly<Record<string, AttributeValue>>;

/** A key record with what only those read who administer. */
export const storedKey = keyRecord.extend({
  /** Who created the key: an ARN, or absent when unknown. */
  createdBy: z.string().optional(),
});

export type StoredKey = Readonly<z.infer<typeof storedKey>>;

/** Primary key of the item of the key with this hash (SHA-256, hex). */
export function keyItemKey(hash: string): { readonly pk: { readonly S: string }; readonly sk: { readonly S: string } } {
  return { pk: { S: `${KEY_PREFIX}${hash}` }, sk: { S: KEY_SORT } };
}

/** The item of a key. Absent fields are absent attributes. */
export function toKeyItem(hash: string, key: StoredKey): Record<string, AttributeValue> {
  return {
    ...keyItemKey(hash),
    key_id: { S: key.keyId },
    tenant: { S: key.tenant },
    name: { S: key.name },
    created_at: { N: String(key.createdAt) },
    ...(key.expiresAt === undefined ? {} : { expires_at: { N: String(key.expiresAt) } }),
    ...(key.revokedAt === undefined ? {} : { revoked_at: { N: String(key.revokedAt) } }),
    ...marshalItem({
      team: key.team,
      owner: key.owner,
      scopes: key.scopes,
      account_id: key.accountId,
      rotated_at: key.rotatedAt,
      replaced_by: key.replacedBy,
    }),
    ...(key.limits === undefined ? {} : { limits: { M: marshalItem(key.limits) } }),
    ...(key.createdBy === undefined ? {} : { created_by: { S: key.createdBy } }),
  };
}

/**
 * The key record in an item.
 *
 * @throws Error when an attribute is missing or of the wrong type. An unreadable expiry or revocation must never look like none.
 */
export function fromKeyItem(item: KeyItem): StoredKey {
  const parsed = storedKey.safeParse({
    keyId: text(item.key_id),
    tenant: text(item.tenant),
    name: text(item.name),
    createdAt: number(item.created_at),
    expiresAt: number(item.expires_at),
    revokedAt: number(item.revoked_at),
    createdBy: text(item.created_by),
    limits: members(item.limits),
    team: text(item.team),
    owner: text(item.owner),
    scopes: members(item.scopes),
    accountId: text(item.account_id),
    rotatedAt: number(item.rotated_at),
    replacedBy: text(item.replaced_by),
  });
  if (!parsed.success) {
    throw new Error(`The key item ${item.pk?.S ?? 'without pk'} cannot be read: ${z.prettifyError(parsed.error)}`);
  }
  return parsed.data;
}

/** The attribute's string; anything but a string comes back as it is and is refused by the schema. */
function text(value: AttributeValue | undefined): unknown {
  return value?.S ?? value;
}

function number(value: AttributeValue | undefined): unknown {
  return value?.N === undefined ? value : Number(value.N);
}

function members(value: AttributeValue | undefined): unknown {
  return value?.M === undefined ? value : unmarshalItem(value.M);
}
