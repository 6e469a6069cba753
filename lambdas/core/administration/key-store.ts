import { ConditionalCheckFailedException, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { fromKeyItem, keyItemKey, type StoredKey, toKeyItem } from '../key-item';
import { generateKey, hashKey, KEY_PREFIX, KEY_SORT, keyIdOf, keyRefusal } from '../keys';
import type { Limits } from '../limits';
import type { Scopes } from '../scopes';
import { checkName, checkTeam, checkTenant, InvalidInputError, quoted, RegistryError } from './registry-input';
import { type RegistryTable, revokeItem, scanItems } from './registry-items';
import { requireTeam } from './team-store';

/** API keys in the registry table, for those who administer them. Actions needed: dynamodb:PutItem, GetItem, Scan, UpdateItem. */

export interface CreateKeyInput extends RegistryTable {
  readonly tenant: string;
  /** One of the tenant's. */
  readonly team?: string;
  readonly name: string;
  /** Who answers for it. */
  readonly owner?: string;
  /** What it may use; all that its tenant may when absent. */
  readonly scopes?: Scopes;
  readonly limits?: Limits;
  /** Of the key whose place it takes. */
  readonly accountId?: string;
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
 * @throws InvalidInputError when tenant, team, name, owner or secret are not acceptable; RegistryError when the tenant has no such team.
 */
export async function createKey(input: CreateKeyInput): Promise<CreatedKey> {
  const { client, table, secret = generateKey(), nowMs = Date.now(), ...said } = input;
  const { tenant, team, name, owner } = said;
  checkTenant(tenant);
  if (team !== undefined) checkTeam(team);
  checkName(name);
  if (owner !== undefined) checkName(owner, 'owner');
  checkSecret(secret);
  if (team !== undefined) await requireTeam({ client, table, tenant, team });
  const hash = hashKey(secret);
  const record: StoredKey = { ...said, keyId: keyIdOf(hash), createdAt: nowMs };
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

export interface RotateKeyInput extends RegistryTable {
  readonly keyId: string;
  /** How long the old key is good beside the new one. */
  readonly overlapMs: number;
  /** Of the new key, epoch milliseconds. Absent: it lives as long as the old one was made to; for good where that was. */
  readonly expiresAt?: number;
  readonly nowMs: number;
}

export interface RotatedKey {
  /** The new key itself. It is stored nowhere. */
  readonly secret: string;
  readonly record: StoredKey;
  /** The old one, with its end. */
  readonly old: StoredKey;
}

/**
 * Puts a new key in the place of another, which ends after the overlap: what it may use, its limits and its account stay, so that a new key is no new budget.
 *
 * @throws RegistryError when there is no such key, or it is at its end already; InvalidInputError when there cannot be.
 */
export async function rotateKey({ client, table, keyId, overlapMs, expiresAt, nowMs }: RotateKeyInput): Promise<RotatedKey> {
  const Key = keyItemKey(await hashOf({ client, table }, keyId));
  const { Item: item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
  if (item === undefined) throw noSuchKey(keyId);
  const old = fromKeyItem(item);
  const end = keyRefusal(old, nowMs);
  if (end !== undefined) throw new RegistryError(`Key ${keyId} is ${end}; create a new one (blueprint keys create).`);
  if (old.replacedBy !== undefined) throw new RegistryError(`Key ${keyId} was rotated already; ${old.replacedBy} is in its place.`);
  const { tenant, team, name, owner, scopes, limits, createdBy, accountId = keyId } = old;
  const lifetimeMs = old.expiresAt === undefined ? undefined : old.expiresAt - old.createdAt;
  const until = expiresAt ?? (lifetimeMs === undefined ? undefined : nowMs + lifetimeMs);
  const same = { tenant, team, name, owner, scopes, limits, createdBy, accountId };
  // First the new one: should this end here, the old one is as it was.
  const created = await createKey({ client, table, ...same, expiresAt: until, nowMs });
  const endsAt = Math.min(old.expiresAt ?? Number.POSITIVE_INFINITY, nowMs + overlapMs);
  const replacedBy = created.record.keyId;
  try {
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key,
        UpdateExpression: 'SET expires_at = :end, rotated_at = :now, replaced_by = :new',
        ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(replaced_by)',
        ExpressionAttributeValues: { ':end': { N: String(endsAt) }, ':now': { N: String(nowMs) }, ':new': { S: replacedBy } },
      }),
    );
  } catch (error) {
    await revokeItem({ client, table }, keyItemKey(hashKey(created.secret)), nowMs);
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    throw new RegistryError(`Key ${keyId} was rotated by somebody else at this moment; nothing was changed.`);
  }
  return { secret: created.secret, record: created.record, old: { ...old, expiresAt: endsAt, rotatedAt: nowMs, replacedBy } };
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
