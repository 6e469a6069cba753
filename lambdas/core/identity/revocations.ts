import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { marshalItem, unmarshalItem } from '../attribute-values';

/**
 * An issuer's tokens cannot be taken back from their bearer: that they no longer count is said here. Item: `pk = BEARER#<issuer>#<subject>`,
 * `sk = BEARER`, `issuer`, `subject`, `revoked_at`.
 */
export const revocation = z.object({
  issuer: z.string(),
  subject: z.string(),
  /** Epoch milliseconds; tokens that were issued until then are refused. */
  revokedAt: z.number(),
});

export type Revocation = Readonly<z.infer<typeof revocation>>;

export const BEARER_PREFIX = 'BEARER#';
export const BEARER_SORT = 'BEARER';

/** @param id The issuer, `#`, and the subject. */
export function revocationItemKey(id: string): { readonly pk: { readonly S: string }; readonly sk: { readonly S: string } } {
  return { pk: { S: `${BEARER_PREFIX}${id}` }, sk: { S: BEARER_SORT } };
}

export function toRevocationItem({ issuer, subject, revokedAt }: Revocation): Record<string, AttributeValue> {
  return { ...revocationItemKey(`${issuer}#${subject}`), ...marshalItem({ issuer, subject, revoked_at: revokedAt }) };
}

/** @throws Error when an attribute is missing or of the wrong type: a revocation that cannot be read must never look like none. */
export function fromRevocationItem(item: Readonly<Record<string, AttributeValue>>): Revocation {
  const { revoked_at, ...same } = unmarshalItem(item);
  const parsed = revocation.safeParse({ ...same, revokedAt: revoked_at });
  if (parsed.success) return parsed.data;
  throw new Error(`The item ${item.pk?.S ?? 'without pk'} cannot be read: ${z.prettifyError(parsed.error)}`);
}

/** @param issuedAtMs Epoch milliseconds; undefined of a token that does not say it, which counts as issued before. */
export function isRevoked(found: Revocation | undefined, issuedAtMs: number | undefined): boolean {
  return found !== undefined && (issuedAtMs === undefined || issuedAtMs <= found.revokedAt);
}
