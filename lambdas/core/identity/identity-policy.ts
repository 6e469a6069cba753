import * as z from 'zod';
import { residency } from '../residency';
import { scopes } from '../scopes';

/** Whose tokens the gateway takes, and what they say of their bearer. Part of `platform.json`; every value is the environment's. */

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** What comes in the clear can be replaced on its way: only from this machine itself. */
const address = z.url({ protocol: /^https?$/ }).refine(
  (text) => {
    const { protocol, hostname } = new URL(text);
    return protocol === 'https:' || LOOPBACK.has(hostname);
  },
  { error: 'an https URL' },
);

const claim = z.string().min(1).max(256);

export const tokenGrant = z.strictObject({
  /** A claim that is a text of words with spaces between them (`scope`), or a list (`groups`). */
  claim,
  /** One of its words, or of its list. */
  value: claim,
  /** What the token may, within what its tenant may. */
  scopes,
});

/** An OpenID Connect provider that signs tokens for callers. */
export const tokenIssuer = z.strictObject({
  /** The claim `iss`, to the letter. */
  issuer: address,
  /** The claim `aud` names one of these. */
  audiences: z.array(claim).min(1).max(20),
  /** Where the issuer publishes its signing keys. Absent: `<issuer>/.well-known/jwks.json`. */
  jwksUri: address.optional(),
  /** The claim that says the tenant. */
  tenantClaim: claim,
  /** Tenants by what that claim says. Absent: it says the tenant's id itself. */
  tenants: z.record(claim, z.string()).optional(),
  /** The claim that says the team. Absent: its tokens have none. */
  teamClaim: claim.optional(),
  /** The claim that names the bearer; `sub` when absent. */
  subjectClaim: claim.optional(),
  /** The first of these that a token fits says what it may; one that fits none is refused. Absent: all that its tenant may. */
  grants: z.array(tokenGrant).min(1).max(100).optional(),
});

export const identityPolicy = z.strictObject({
  /** Absent: the gateway takes its own keys alone. */
  oidc: z.array(tokenIssuer).min(1).max(20).optional(),
  /** Of tenants, beside what the registry says of them: both hold, and this is lifted by a deployment alone. */
  residency: z.record(z.string(), residency).optional(),
});

export type TokenGrant = z.infer<typeof tokenGrant>;
export type TokenIssuer = z.infer<typeof tokenIssuer>;
export type IdentityPolicy = z.infer<typeof identityPolicy>;
