import { hash, randomBytes } from 'node:crypto';
import * as z from 'zod';
import { limits } from './limits';

/**
 * API keys as the registry keeps them: by SHA-256, never the key itself. `keyId` is what people and audit records name a key by.
 * Item: `pk = KEY#<sha256 hex>`, `sk = KEY`.
 */
export const keyRecord = z.object({
  keyId: z.string(),
  tenant: z.string(),
  name: z.string(),
  /** Epoch milliseconds. */
  createdAt: z.number(),
  /** Epoch milliseconds; the key is refused from then on. */
  expiresAt: z.number().optional(),
  /** Epoch milliseconds; the key is refused from then on. */
  revokedAt: z.number().optional(),
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
