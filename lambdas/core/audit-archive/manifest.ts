import * as z from 'zod';
import { canonicalJson, sha256Hex } from '../canonical-json';

/** What a day of the archive consists of, and which day came before: a chain, each link of which is signed. */
export const manifest = z.strictObject({
  version: z.literal(1),
  /** UTC, `yyyy-mm-dd`. */
  day: z.string(),
  /** Name of the table whose records these are. */
  table: z.string(),
  /** In the order of their keys. */
  objects: z.array(
    z.strictObject({
      key: z.string(),
      version_id: z.string(),
      /** Of the object's bytes, in hex. */
      sha256: z.string(),
      records: z.int().nonnegative(),
    }),
  ),
  /** Lines of all objects; a record that was copied twice counts twice. */
  records: z.int().nonnegative(),
  /** The manifest of the last day that has one; null for the first. */
  previous: z.strictObject({ day: z.string(), sha256: z.string() }).nullable(),
  /** Epoch milliseconds. */
  created_at: z.number(),
});

export const signedManifest = z.strictObject({
  manifest,
  /** Base64: ECDSA over P-256 with SHA-256, in DER, of the manifest in canonical JSON. */
  signature: z.string(),
  /** ARN of the key that signed. */
  key_id: z.string(),
});

export type Manifest = z.infer<typeof manifest>;
export type SignedManifest = z.infer<typeof signedManifest>;

/** SHA-256 of the manifest in canonical JSON, in hex: what is signed, and what the next day names. */
export function manifestHash(of: Manifest): string {
  return sha256Hex(canonicalJson(of));
}
