import { hash, randomBytes } from 'node:crypto';
import * as z from 'zod';
import { limits } from './limits';
import { scopes } from './scopes';

/**
 * API keys as the registry keeps them: by SHA-256, never the key itself. `keyId` is what people and audit records name a key by.
 * Item: `pk = KEY#<sha256 hex>`, `sk = KEY`.
 */
export const keyRecord = z.object({
  keyId: z.string(),
  tenant: z.string(),
  /** One of its tenant's. */
  team: z.string().optional(),
  name: z.string(),
  /** Who answers for it. */
  owner: z.string().optional(),
  /** What it may use, within what its tenant may. Absent: all of that. */
  scopes: scopes.optional(),
  /**
   * The id of the key's account, which a key keeps that takes the place of another: a new key is no new budget. Absent: the key's own id.
   */
  accountId: z.string().optional(),
  /** Epoch milliseconds. */
  createdAt: z.number(),
  /** Epoch milliseconds; the key is refused from then on. */
  expiresAt: z.number().optional(),
  /** Epoch milliseconds; the key is refused from then on. */
  revokedAt: z.number().optional(),
  /** Epoch milliseconds; since then another key has its place, and this one an end. */
  rotatedAt: z.number().optional(),
  /** The id of that key. */
  replacedBy: z.string().optional(),
  /** Of this key alone, beside its tenant's. */
  limits: limits.optional(),
});

export type KeyRecord = z.infer<typeof keyRecord>;

export const KEY_PREFIX = 'KEY#';
export const KEY_SORT = 'KEY';

/** SHA-256 of a key, in hex. */
export function hashKey(key: string): string {
  return hash('sha256', key);
}

/** A key's public name, derived from its hash so that it never has to be looked up. */
export function keyIdOf(hash: string): string {
  return `key_${hash.slice(0, 16)}`;
}

/** A new key: 32 random bytes, base64url. */
export function generateKey(): string {
  return `sk-${randomBytes(32).toString('base64url')}`;
}

/** Why a key may not be used now, or undefined when it may. */
export function keyRefusal(record: KeyRecord, nowMs: number): 'revoked' | 'expired' | undefined {
  if (record.revokedAt !== undefined && record.revokedAt <= nowMs) return 'revoked';
  if (record.expiresAt !== undefined && record.expiresAt <= nowMs) return 'expired';
  return undefined;
}
