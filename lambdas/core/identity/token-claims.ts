import { GatewayError } from '../errors';
import type { Scopes } from '../scopes';
import type { TokenGrant, TokenIssuer } from './identity-policy';

/** Whose a token is, by what its issuer's entry makes of its claims. */
export interface TokenIdentity {
  /** Unique over all issuers: the issuer, `#`, and the subject. */
  readonly id: string;
  readonly subject: string;
  /** Epoch milliseconds; undefined where it does not say. */
  readonly issuedAtMs: number | undefined;
  readonly tenant: string;
  readonly team: string | undefined;
  /** Undefined: all that its tenant may. */
  readonly scopes: Scopes | undefined;
}

type Claims = Readonly<Record<string, unknown>>;

/** As tenants and teams are named, so that no claim reaches another item of the registry. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
/** Stands in logs and records. */
const SUBJECT = /^[\x21-\x7e]{1,256}$/;

/** @param claims Verified. @throws GatewayError `invalid_token` for a claim that is missing or no name, `access_denied` for a token that is granted nothing. */
export function identityOf(claims: Claims, entry: TokenIssuer): TokenIdentity {
  const subject = textOf(claims, entry.subjectClaim ?? 'sub', SUBJECT);
  const tenant = tenantOf(claims, entry);
  const team = entry.teamClaim === undefined ? undefined : textOf(claims, entry.teamClaim, NAME);
  const { iat } = claims;
  const issuedAtMs = typeof iat === 'number' ? iat * 1000 : undefined;
  return { id: `${entry.issuer}#${subject}`, subject, issuedAtMs, tenant, team, scopes: scopesOf(claims, entry.grants) };
}

function tenantOf(claims: Claims, { tenantClaim, tenants }: TokenIssuer): string {
  if (tenants === undefined) return textOf(claims, tenantClaim, NAME);
  const said = textOf(claims, tenantClaim, SUBJECT);
  const tenant = Object.hasOwn(tenants, said) ? tenants[said] : undefined;
  if (tenant !== undefined) return tenant;
  throw new GatewayError('access_denied', `The token's claim \`${tenantClaim}\` names a tenant that this gateway does not know.`);
}

function scopesOf(claims: Claims, grants: readonly TokenGrant[] | undefined): Scopes | undefined {
  if (grants === undefined) return undefined;
  const fitting = grants.find(({ claim, value }) => wordsOf(claims, claim).includes(value));
  if (fitting !== undefined) return fitting.scopes;
  const named = [...new Set(grants.map(({ claim }) => `\`${claim}\``))].join(', ');
  throw new GatewayError('access_denied', `Nothing in the token's claims ${named} lets it use this gateway. Ask its issuer for what does.`);
}

function wordsOf(claims: Claims, claim: string): readonly unknown[] {
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  if (typeof value === 'string') return [value, ...value.split(' ')];
  return Array.isArray(value) ? value : [];
}

function textOf(claims: Claims, claim: string, form: RegExp): string {
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  if (typeof value === 'string' && form.test(value)) return value;
  const found = value === undefined ? 'is missing from the token' : 'of the token is not what it must be, a plain name';
  throw new GatewayError('invalid_token', `The claim \`${claim}\` ${found}.`);
}
