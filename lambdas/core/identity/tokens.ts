import {
  JwtExpiredError,
  JwtInvalidAudienceError,
  JwtInvalidIssuerError,
  JwtInvalidSignatureAlgorithmError,
  JwtInvalidSignatureError,
  JwtNotBeforeError,
  JwtWithoutValidKidError,
  KidNotFoundInJwksError,
} from 'aws-jwt-verify/error';
import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import { JwtVerifier, supportedSignatureAlgorithms } from 'aws-jwt-verify/jwt-verifier';
import type { Clock } from '../clock';
import { GatewayError } from '../errors';
import type { IdentityPolicy, TokenIssuer } from './identity-policy';
import { type FetchJson, SigningKeys, SigningKeysError } from './signing-keys';
import { identityOf, type TokenIdentity } from './token-claims';

/** Between an issuer's clock and ours. */
const CLOCK_SKEW_SECONDS = 5;

export interface Tokens {
  /** @throws GatewayError `invalid_token` which says why and never the token, `access_denied`, or `store_unavailable` when its issuer's keys are not to be had. */
  verify(token: string): Promise<TokenIdentity>;
}

/** Tokens of the issuers that an environment names. @param policy Undefined: it takes none. */
export function createTokens(policy: IdentityPolicy | undefined, fetchJson: FetchJson, clock: Pick<Clock, 'nowMs'>): Tokens {
  if (policy?.oidc === undefined) {
    const none = new GatewayError('invalid_token', 'This gateway takes API keys and no tokens. Send a key, which begins with `sk-`.');
    return { verify: () => Promise.reject(none) };
  }
  const entries = new Map(policy.oidc.map((entry) => [entry.issuer, entry]));
  const properties = policy.oidc.map(({ issuer, audiences, jwksUri }) => ({
    issuer,
    audience: audiences,
    jwksUri: jwksUri ?? `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`,
    graceSeconds: CLOCK_SKEW_SECONDS,
  }));
  const verifier = JwtVerifier.create(properties, { jwksCache: new SigningKeys(fetchJson, clock) });
  return {
    async verify(token) {
      const entry = issuerOf(token, entries);
      let claims: Readonly<Record<string, unknown>>;
      try {
        claims = await verifier.verify(token);
      } catch (error) {
        throw refusalOf(error, entry);
      }
      // Without one, the library would take the token for good.
      if (typeof claims.exp !== 'number') throw refused('It has no expiry (`exp`)');
      return identityOf(claims, entry);
    },
  };
}

/** Before any key is fetched: what is said here is not verified yet, and only decides whose keys are asked for. */
function issuerOf(token: string, entries: ReadonlyMap<string, TokenIssuer>): TokenIssuer {
  const { header, payload } = decompose(token);
  const { alg } = header;
  // `none`, and symmetric ones, which would take a public key for a secret.
  if (!supportedSignatureAlgorithms.some((supported) => supported === alg)) {
    throw refused(`Its signature algorithm is not one of ${supportedSignatureAlgorithms.join(', ')}`);
  }
  if ('crit' in header) throw refused('It has critical headers (`crit`), and none is understood here');
  const entry = payload.iss === undefined ? undefined : entries.get(payload.iss);
  if (entry === undefined) throw refused('Its issuer (`iss`) is not one that this gateway trusts');
  return entry;
}

function decompose(token: string): ReturnType<typeof decomposeUnverifiedJwt> {
  try {
    return decomposeUnverifiedJwt(token);
  } catch {
    // Without the parser's own message: it quotes what it read.
    throw refused('It is malformed: three parts in base64url, of which the first two are JSON, have dots between them');
  }
}

const REASONS: readonly (readonly [abstract new (...args: never[]) => Error, string])[] = [
  [JwtExpiredError, 'It has expired: ask its issuer for a new one'],
  [JwtNotBeforeError, 'It is not valid yet (`nbf`)'],
  [JwtInvalidIssuerError, 'Its issuer (`iss`) is not one that this gateway trusts'],
  [JwtInvalidSignatureAlgorithmError, 'Its signature algorithm is not that of the key it names'],
  [JwtInvalidSignatureError, 'Its signature is wrong'],
  [JwtWithoutValidKidError, 'It names no signing key (`kid`)'],
  [KidNotFoundInJwksError, 'It names a signing key (`kid`) that its issuer does not have'],
];

function refusalOf(error: unknown, { audiences }: TokenIssuer): GatewayError {
  if (error instanceof SigningKeysError) {
    const message = 'The keys by which tokens of this issuer are verified cannot be read at the moment. Try again shortly.';
    return new GatewayError('store_unavailable', message, { cause: error, retryAfterSeconds: 5 });
  }
  if (error instanceof JwtInvalidAudienceError)
    return refused(`It is for another audience (\`aud\`); here that is ${audiences.join(' or ')}`);
  const reason = REASONS.find(([kind]) => error instanceof kind)?.[1] ?? 'It cannot be verified with the key it names';
  return refused(reason);
}

function refused(reason: string): GatewayError {
  return new GatewayError('invalid_token', `The token is refused. ${reason}.`);
}
