import { ConditionalCheckFailedException, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { fromKeyItem, keyItemKey, type StoredKey, toKeyItem } from '../lambdas/core/key-item';
import { generateKey, hashKey, KEY_PREFIX, KEY_SORT, keyIdOf } from '../lambdas/core/keys';
import { checkName, checkTenant, InvalidInputError, quoted, RegistryError } from './registry-input';
import { type RegistryTable, revokeItem, scanItems } from './registry-items';

/** API keys in the registry table, for those who administer them. Actions needed: dynamodb:PutItem, GetItem, Scan, UpdateItem. */

export interface CreateKeyInput extends RegistryTable {
  readonly tenant: string;
  readonly name: string;
  /** Epoch milliseconds. */
  readonly expiresAt?: number;
  /** Who creates the key. */
  readonly createdBy?: string;
  /** The key itself, to seed a known one; else a new one is drawn. */
  readonly secret?: string;
  /** Epoch milliseconds; the present when absent. */
  readonly nowMs?: number;
}

export interface CreatedKey {
  /** The key itself. It is stored nowhere. */
  readonly secret: string;
  readonly record: StoredKey;
  /** False when the given `secret` was a key already: `record` is then the one that was found, and nothing was written. */
  readonly created: boolean;
}

/** @throws InvalidInputError unless it can be a key's id. */
export function checkKeyId(keyId: string): void {
  if (/^key_[0-9a-f]{16}$/.test(keyId)) return;
  throw new InvalidInputError(`${quoted(keyId)} is no key id; one looks like key_0123456789abcdef (see blueprint keys list).`);
}

function checkSecret(secret: string): void {
  if (/^sk-[\x21-\x7e]+$/.test(secret)) return;
  throw new InvalidInputError('The key must start with "sk-", and go on with printable characters without spaces.');
}

/**
 * Stores a key by its hash. An existing key is never overwritten.
 *
 * @throws InvalidInputError when tenant, name or secret are not acceptable.
 */
export async function createKey(input: CreateKeyInput): Promise<CreatedKey> {
  const { client, table, tenant, name, expiresAt, createdBy, secret = generateKey(), nowMs = Date.now() } = input;
  checkTenant(tenant);
  checkName(name);
  checkSecret(secret);
  const hash = hashKey(secret);
  const record: StoredKey = { keyId: keyIdOf(hash), tenant, name, createdAt: nowMs, expiresAt, createdBy };
  try {
    await client.send(
      new PutItemCommand({ TableName: table, Item: toKeyItem(hash, record), ConditionExpression: 'attribute_not_exists(pk)' }),
    );
    return { secret, record, created: true };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
  const { Item: item } = await client.send(new GetItemCommand({ TableName: table, Key: keyItemKey(hash), ConsistentRead: true }));
  if (item === undefined) throw new RegistryError(`Key ${record.keyId} was there and is gone; try again.`);
  return { secret, record: fromKeyItem(item), created: false };
}

/** The keys of a tenant, or of all, oldest first. Never the keys themselves: they are not stored. */
export async function listKeys({ client, table, tenant }: RegistryTable & { readonly tenant?: string }): Promise<readonly StoredKey[]> {
  const items = await scanItems({ client, table }, KEY_PREFIX, KEY_SORT);
  const keys = items.map(fromKeyItem).filter((key) => tenant === undefined || key.tenant === tenant);
  return keys.toSorted((a, b) => a.createdAt - b.createdAt || a.keyId.localeCompare(b.keyId));
}

export interface RevokedKey {
  readonly record: StoredKey;
  /** True when the key had been revoked before; it keeps the time of the first revocation. */
  readonly alreadyRevoked: boolean;
}

/**
 * Revokes a key: the gateway refuses it within 30 seconds.
 *
 * @throws RegistryError when there is no such key; InvalidInputError when there cannot be.
 */
export async function revokeKey(input: RegistryTable & { readonly keyId: string; readonly nowMs?: number }): Promise<RevokedKey> {
  const { client, table, keyId, nowMs = Date.now() } = input;
  const hash = await hashOf({ client, table }, keyId);
  const old = await revokeItem({ client, table }, keyItemKey(hash), nowMs);
  if (old === undefined) throw noSuchKey(keyId);
  const before = fromKeyItem(old);
  return { record: { ...before, revokedAt: before.revokedAt ?? nowMs }, alreadyRevoked: before.revokedAt !== undefined };
}

/** A key's id is the first 16 digits of its hash, so the table is asked for the rest. */
export async function hashOf(keys: RegistryTable, keyId: string): Promise<string> {
  checkKeyId(keyId);
  const [found, ...others] = await scanItems(keys, `${KEY_PREFIX}${keyId.slice('key_'.length)}`, KEY_SORT);
  if (found?.pk?.S === undefined) throw noSuchKey(keyId);
  if (others.length > 0) throw new RegistryError(`${keyId} stands for ${others.length + 1} keys; nothing was changed.`);
  return found.pk.S.slice(KEY_PREFIX.length);
}

function noSuchKey(keyId: string): RegistryError {
  return new RegistryError(`There is no key ${keyId} in this environment (see blueprint keys list).`);
}
