import { GatewayError } from '../../../../../lambdas/core/errors';
import { fetchJson } from '../../../../../lambdas/core/identity/fetch-json';
import type { TokenIssuer } from '../../../../../lambdas/core/identity/identity-policy';
import { createTokens } from '../../../../../lambdas/core/identity/tokens';
import {
  type Claims,
  hashToken,
  jwkOf,
  newIssuerKey,
  signToken,
  startIssuer,
  type TestIssuer,
  timely,
} from '../../../../helpers/token-issuer';

const key = newIssuerKey('k1');
const other = newIssuerKey('k1');
const elliptic = newIssuerKey('k2', 'EC');

let issuer: TestIssuer;
/** Of the cache of signing keys; tokens themselves are judged by the real time. */
let nowMs: number;
beforeEach(async () => {
  nowMs = 1_000_000;
  issuer = await startIssuer(key, elliptic);
});
afterEach(() => issuer.close());

function tokensOf(change: Partial<TokenIssuer> = {}) {
  const entry: TokenIssuer = { issuer: issuer.url, audiences: ['platform'], tenantClaim: 'org', ...change };
  return createTokens({ oidc: [entry] }, fetchJson, { nowMs: () => nowMs });
}

const claimsOf = (change: Claims = {}): Claims => ({
  iss: issuer.url,
  aud: 'platform',
  sub: 'user-7',
  org: 'acme',
  ...timely(),
  ...change,
});
const token = (change: Claims = {}, header: Claims = {}) => signToken(claimsOf(change), key, header);

async function refusalOf(promise: Promise<unknown>): Promise<GatewayError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof GatewayError) return error;
  throw new Error(`no refusal: ${String(error)}`);
}

describe('a token of an issuer that is trusted', () => {
  test('says whose it is', async () => {
    expect(await tokensOf().verify(token())).toEqual({
      id: `${issuer.url}#user-7`,
      subject: 'user-7',
      issuedAtMs: expect.any(Number),
      tenant: 'acme',
      team: undefined,
      scopes: undefined,
    });
  });

  test('may be signed by any of its keys, and be for several audiences', async () => {
    const signed = signToken(claimsOf({ aud: ['elsewhere', 'platform'] }), elliptic);
    expect(await tokensOf().verify(signed)).toMatchObject({ tenant: 'acme' });
    expect(await tokensOf({ audiences: ['x', 'elsewhere'] }).verify(signed)).toMatchObject({ tenant: 'acme' });
  });

  test('says its team, subject and tenant by the claims that are meant', async () => {
    const tokens = tokensOf({ tenantClaim: 'tid', tenants: { 'org-1': 'acme' }, teamClaim: 'team', subjectClaim: 'client_id' });
    const identity = await tokens.verify(token({ tid: 'org-1', team: 'search', client_id: 'svc-1' }));
    expect(identity).toMatchObject({ subject: 'svc-1', tenant: 'acme', team: 'search' });
  });

  test.each<[string, Claims, object]>([
    ['a list', { groups: ['staff', 'chatters'] }, { routes: ['chat'] }],
    ['words', { groups: 'staff chatters' }, { routes: ['chat'] }],
    ['the first that fits', { groups: ['chatters', 'admins'] }, { routes: ['chat', 'calls'] }],
  ])('has the scopes of its grant: %s', async (_name, claims, scopes) => {
    const grants = [
      { claim: 'groups', value: 'admins', scopes: { routes: ['chat', 'calls'] } },
      { claim: 'groups', value: 'chatters', scopes: { routes: ['chat'] } },
    ];
    expect((await tokensOf({ grants }).verify(token(claims))).scopes).toEqual(scopes);
  });

  test('is refused where none of its claims grants anything', async () => {
    const grants = [{ claim: 'groups', value: 'admins', scopes: {} }];
    for (const claims of [{}, { groups: 'admin' }, { groups: 7 }, { groups: { admins: true } }]) {
      expect(await refusalOf(tokensOf({ grants }).verify(token(claims)))).toMatchObject({
        code: 'access_denied',
        message: expect.stringContaining('`groups`'),
      });
    }
  });
});

describe('a token is refused', () => {
  const [hour, skew] = [3_600, 30];
  const nowSeconds = Math.floor(Date.now() / 1000);
  const pem = key.publicKey.export({ format: 'pem', type: 'spki' });
  const [head = '', body = '', signature = ''] = signToken({ iss: 'x' }, key).split('.');

  test.each<[string, () => string, string]>([
    ['that has expired', () => token({ exp: nowSeconds - skew }), 'It has expired'],
    ['that is not valid yet', () => token({ nbf: nowSeconds + hour }), 'not valid yet'],
    ['without an expiry', () => token({ exp: undefined }), 'no expiry'],
    ['whose expiry is no number', () => token({ exp: 'never' }), 'malformed'],
    ['for another audience', () => token({ aud: 'elsewhere' }), 'for another audience (`aud`); here that is platform'],
    ['without an audience', () => token({ aud: undefined }), 'audience'],
    ['of another issuer', () => token({ iss: 'https://login.evil.example' }), 'Its issuer (`iss`) is not one'],
    ['of an issuer of nearly that name', () => token({ iss: `${issuer.url}/` }), 'Its issuer (`iss`) is not one'],
    ['of no issuer', () => token({ iss: undefined }), 'Its issuer (`iss`) is not one'],
    ['that is not signed', () => `${hashToken(claimsOf(), { alg: 'none', kid: 'k1' }, '').split('.').slice(0, 2).join('.')}.`, 'malformed'],
    ['that says it is not signed', () => token({}, { alg: 'none' }), 'algorithm'],
    ['signed with the public key as a secret', () => hashToken(claimsOf(), { alg: 'HS256', kid: 'k1' }, pem), 'algorithm'],
    ['of an algorithm of another kind of key', () => token({}, { alg: 'ES256' }), 'is not that of the key it names'],
    ['signed by another key', () => signToken(claimsOf(), other), 'Its signature is wrong'],
    ['that was changed', () => replaceClaims(token(), claimsOf({ org: 'globex' })), 'Its signature is wrong'],
    ['that names no key', () => token({}, { kid: undefined }), 'names no signing key'],
    ['that names a key there is not', () => token({}, { kid: 'k9' }), 'that its issuer does not have'],
    ['that brings its own key', () => signToken(claimsOf(), other, { kid: 'k9', jwk: jwkOf(other) }), 'that its issuer does not have'],
    ['with headers that must be understood', () => token({}, { crit: ['b64'], b64: false }), 'critical headers'],
    ['of two parts', () => `${head}.${body}`, 'malformed'],
    ['of four parts', () => `${head}.${body}.${signature}.${signature}`, 'malformed'],
    ['that is empty', () => '..', 'malformed'],
    ['whose parts are no JSON', () => 'eHg.eHg.eHg', 'malformed'],
    ['whose claims are no object', () => `${head}.${Buffer.from('null').toString('base64url')}.${signature}`, 'malformed'],
    ['that says no tenant', () => token({ org: undefined }), 'The claim `org` is missing'],
    [
      'whose tenant is another item of the registry',
      () => token({ org: 'acme#search' }),
      'The claim `org` of the token is not what it must be',
    ],
    ['whose tenant is no text', () => token({ org: ['acme'] }), 'The claim `org` of the token is not what it must be'],
    ['without a subject', () => token({ sub: undefined }), 'The claim `sub` is missing'],
    ['whose subject breaks lines', () => token({ sub: 'a\nb' }), 'The claim `sub` of the token is not'],
  ])('%s', async (_name, make, message) => {
    const made = make();
    const error = await refusalOf(tokensOf().verify(made));
    expect(error).toMatchObject({ code: 'invalid_token', status: 401, message: expect.stringContaining(message) });
    for (const part of made.split('.').filter(({ length }) => length > 3)) expect(error.message).not.toContain(part);
  });

  test.each(['org-2', 'constructor', '__proto__'])('whose tenant is none of those that are mapped: %s', async (org) => {
    expect(await refusalOf(tokensOf({ tenants: { 'org-1': 'acme' } }).verify(token({ org })))).toMatchObject({ code: 'access_denied' });
  });

  test('where no issuer is trusted', async () => {
    for (const policy of [undefined, { residency: {} }]) {
      const tokens = createTokens(policy, fetchJson, { nowMs: () => nowMs });
      expect(await refusalOf(tokens.verify(token()))).toMatchObject({ code: 'invalid_token', message: expect.stringContaining('`sk-`') });
    }
    expect(issuer.asked()).toBe(0);
  });

  test('before any key is asked for, when it could not be trusted anyway', async () => {
    const hopeless = [token({ iss: 'https://x.example' }), token({}, { alg: 'none' }), token({}, { crit: ['x'] }), 'a.b.c'];
    for (const one of hopeless) await refusalOf(tokensOf().verify(one));
    expect(issuer.asked()).toBe(0);
  });
});

describe('the keys of an issuer', () => {
  test('are asked for once, by calls that need them at once and by those after', async () => {
    const tokens = tokensOf();
    await Promise.all([tokens.verify(token()), tokens.verify(token()), tokens.verify(signToken(claimsOf(), elliptic))]);
    await tokens.verify(token());
    expect(issuer.asked()).toBe(1);
  });

  test('are asked for again when they are five minutes old, and what was withdrawn is refused then', async () => {
    const tokens = tokensOf();
    await tokens.verify(token());
    issuer.keys = [elliptic];
    nowMs += 299_999;
    await tokens.verify(token());
    nowMs += 1;
    expect((await refusalOf(tokens.verify(token()))).message).toContain('that its issuer does not have');
    expect(issuer.asked()).toBe(2);
  });

  test('are asked for when a token names a new one', async () => {
    const tokens = tokensOf();
    await tokens.verify(token());
    const next = newIssuerKey('k3');
    issuer.keys = [key, next];
    nowMs += 10_000;
    expect(await tokens.verify(signToken(claimsOf(), next))).toMatchObject({ tenant: 'acme' });
  });

  test('are not asked for more often than every ten seconds, whatever callers make up', async () => {
    const tokens = tokensOf();
    const flood = () =>
      Promise.all(Array.from({ length: 50 }, (_, index) => refusalOf(tokens.verify(token({}, { kid: `made-up-${index}` })))));
    await flood();
    nowMs += 9_999;
    const errors = await flood();
    expect(issuer.asked()).toBe(1);
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['invalid_token']));
    // Those of honest callers are verified all the while.
    expect(await tokens.verify(token())).toMatchObject({ tenant: 'acme' });
    nowMs += 1;
    await flood();
    expect(issuer.asked()).toBe(2);
  });

  test('are the new ones when another has the same id', async () => {
    const tokens = tokensOf();
    await tokens.verify(token());
    issuer.keys = [other];
    nowMs += 300_000;
    expect(await tokens.verify(signToken(claimsOf(), other))).toMatchObject({ tenant: 'acme' });
    expect((await refusalOf(tokens.verify(token()))).message).toContain('signature is wrong');
  });

  test.each<[string, TestIssuer['respond']]>([
    ['answers with an error', (response) => void response.writeHead(500).end('oops')],
    ['answers with no JSON', (response) => void response.writeHead(200).end('<html>')],
    ['answers with no keys', (response) => void response.writeHead(200).end('{"keys":"none"}')],
    ['hangs up', (response) => void response.socket?.destroy()],
    [
      'leads elsewhere',
      (response) => {
        issuer.respond = undefined;
        response.writeHead(302, { location: '/.well-known/jwks.json' }).end();
      },
    ],
    ['has no end', (response) => void response.writeHead(200).end(`{"keys":[${' '.repeat(300_000)}]}`)],
  ])('when it %s: unavailable, tried again in ten seconds', async (_name, respond) => {
    const tokens = tokensOf();
    issuer.respond = respond;
    const error = await refusalOf(tokens.verify(token()));
    expect(error).toMatchObject({ code: 'store_unavailable', status: 503, retryAfterSeconds: 5 });
    expect(error.message).not.toContain(issuer.url);
    await refusalOf(tokens.verify(token()));
    expect(issuer.asked()).toBe(1);
    issuer.respond = undefined;
    nowMs += 10_000;
    expect(await tokens.verify(token())).toMatchObject({ tenant: 'acme' });
  });

  test('when it never answers: unavailable, and no hang', async () => {
    const tokens = createTokens(
      { oidc: [{ issuer: issuer.url, audiences: ['platform'], tenantClaim: 'org' }] },
      // Without the two seconds of the real one.
      (uri) => fetchJson(uri, 50),
      { nowMs: () => nowMs },
    );
    issuer.respond = () => undefined;
    expect(await refusalOf(tokens.verify(token()))).toMatchObject({ code: 'store_unavailable' });
  });

  test('are good for an hour while it does not answer, and no longer', async () => {
    const tokens = tokensOf();
    await tokens.verify(token());
    issuer.respond = (response) => void response.writeHead(503).end();
    nowMs += 3_599_999;
    expect(await tokens.verify(token())).toMatchObject({ tenant: 'acme' });
    nowMs += 10_000;
    expect(await refusalOf(tokens.verify(token()))).toMatchObject({ code: 'store_unavailable' });
  });
});

function replaceClaims(signed: string, claims: Claims): string {
  const [header, , signature] = signed.split('.');
  return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
}
