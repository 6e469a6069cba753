import {
  JwksNotAvailableInCacheError,
  JwtInvalidSignatureAlgorithmError,
  JwtWithoutValidKidError,
  KidNotFoundInJwksError,
} from 'aws-jwt-verify/error';
import { findJwkInJwks, isJwks, type Jwks, type JwksCache, type JwkWithKid } from 'aws-jwt-verify/jwk';
import type { JwtHeader, JwtPayload } from 'aws-jwt-verify/jwt-model';
import type { Clock } from '../clock';

/** A key that an issuer has withdrawn is trusted at most this long after. */
const FRESH_MS = 300_000;
/** The same while the issuer does not answer: its outage is not ours. */
const STALE_MS = 3_600_000;
/** No issuer is asked more often, whatever key ids callers make up, or however it fails. */
const ASK_EVERY_MS = 10_000;

/** @throws Error unless it answers with JSON. */
export type FetchJson = (uri: string) => Promise<unknown>;

interface Held {
  readonly jwks: Jwks;
  readonly askedAtMs: number;
}

/** The keys of an issuer were not to be had: not the token's fault. */
export class SigningKeysError extends Error {
  override readonly name = 'SigningKeysError';
}

/**
 * The signing keys of issuers, by the addresses that are configured. Fetched when first needed, again when they are five minutes old, and for a key id that is not among
 * them; at most every ten seconds. Calls that need them at once share one fetch.
 */
export class SigningKeys implements JwksCache {
  readonly #held = new Map<string, Held>();
  readonly #asked = new Map<string, { readonly atMs: number; readonly failure?: SigningKeysError }>();
  readonly #fetching = new Map<string, Promise<Jwks>>();

  constructor(
    private readonly fetchJson: FetchJson,
    private readonly clock: Pick<Clock, 'nowMs'>,
  ) {}

  /** @throws SigningKeysError, or an error of the library when the token names no key, or one that the issuer has not. */
  async getJwk(uri: string, { header }: { readonly header: JwtHeader; readonly payload: JwtPayload }): Promise<JwkWithKid> {
    return usableKey(await this.#find(uri, kidOf(header)), header);
  }

  async #find(uri: string, kid: string): Promise<JwkWithKid> {
    const held = this.#held.get(uri);
    const key = held && findJwkInJwks(held.jwks, kid);
    if (held !== undefined && key !== undefined && this.#isWithin(held.askedAtMs, FRESH_MS)) return key;
    const asked = this.#asked.get(uri);
    const mayAsk = this.#fetching.has(uri) || asked === undefined || !this.#isWithin(asked.atMs, ASK_EVERY_MS);
    if (!mayAsk) return this.#withoutAsking(held, key, asked?.failure);
    try {
      const found = findJwkInJwks(await this.getJwks(uri), kid);
      if (found !== undefined) return found;
    } catch (error) {
      return this.#withoutAsking(held, key, error);
    }
    throw unknownKid();
  }

  getJwks(uri: string): Promise<Jwks> {
    const fetching = this.#fetching.get(uri) ?? this.#fetch(uri).finally(() => this.#fetching.delete(uri));
    this.#fetching.set(uri, fetching);
    return fetching;
  }

  getCachedJwk(uri: string, { header }: { readonly header: JwtHeader; readonly payload: JwtPayload }): JwkWithKid {
    const held = this.#held.get(uri);
    if (held === undefined) throw new JwksNotAvailableInCacheError('The signing keys were not fetched yet.');
    const key = findJwkInJwks(held.jwks, kidOf(header));
    if (key === undefined) throw unknownKid();
    return usableKey(key, header);
  }

  addJwks(uri: string, jwks: Jwks): void {
    this.#held.set(uri, { jwks, askedAtMs: this.clock.nowMs() });
  }

  #withoutAsking(held: Held | undefined, key: JwkWithKid | undefined, failure: unknown): JwkWithKid {
    if (held !== undefined && key !== undefined && this.#isWithin(held.askedAtMs, STALE_MS)) return key;
    throw failure ?? unknownKid();
  }

  async #fetch(uri: string): Promise<Jwks> {
    const atMs = this.clock.nowMs();
    this.#asked.set(uri, { atMs });
    try {
      const jwks = await this.fetchJson(uri);
      // The library's type of JSON is not to be had from a parser.
      if (!isJwks(jwks as Parameters<typeof isJwks>[0])) throw new Error('What it answers is no JSON Web Key Set.');
      this.#held.set(uri, { jwks: jwks as Jwks, askedAtMs: atMs });
      return jwks as Jwks;
    } catch (cause) {
      const failure = new SigningKeysError(`The signing keys at ${uri} cannot be read.`, { cause });
      this.#asked.set(uri, { atMs, failure });
      throw failure;
    }
  }

  #isWithin(sinceMs: number, ms: number): boolean {
    const ageMs = this.clock.nowMs() - sinceMs;
    return ageMs >= 0 && ageMs < ms;
  }
}

function kidOf({ kid }: JwtHeader): string {
  if (typeof kid !== 'string') throw new JwtWithoutValidKidError('The token names no key.');
  return kid;
}

/** By the beginnings of their algorithms' names. */
const KEY_TYPES: Readonly<Record<string, string>> = { RS: 'RSA', ES: 'EC', Ed: 'OKP' };

/** The library keeps what it makes of a key by issuer and key id, for good: an issuer that gives another key the same id would be answered by the former. */
function usableKey(key: JwkWithKid, { alg }: JwtHeader): JwkWithKid {
  // The library compares them only where the key itself names its algorithm.
  if (KEY_TYPES[String(alg).slice(0, 2)] !== key.kty) {
    throw new JwtInvalidSignatureAlgorithmError('The algorithm is of another kind of key.', alg, key.kty);
  }
  return { ...key, kid: [key.kid, key.kty, key.n, key.e, key.crv, key.x, key.y].join('#') };
}

function unknownKid(): KidNotFoundInJwksError {
  return new KidNotFoundInJwksError('The token names a key that its issuer does not have.');
}
