import { createKey, revokeKey, rotateKey } from '../../../../lambdas/core/administration/key-store';
import { setKeyLimits } from '../../../../lambdas/core/administration/limit-store';
import { revokeTokens } from '../../../../lambdas/core/administration/revocation-store';
import { registerRole, revokeRole } from '../../../../lambdas/core/administration/role-store';
import { setTeam } from '../../../../lambdas/core/administration/team-store';
import { setTenant } from '../../../../lambdas/core/administration/tenant-store';
import type { ReserveRequest } from '../../../../lambdas/core/accounts/accounts';
import { createTokens } from '../../../../lambdas/core/identity/tokens';
import { createRegistry } from '../../../../lambdas/core/registry';
import { newIssuerKey, jwkOf, signToken, timely } from '../../../helpers/token-issuer';
import { type FakeAws, startAws } from '../../bin/support';
import { createTestGateway, errorOf, hello, simpleChat } from '../support/ports';

/** What administrators change in the registry's table, and when it is in force: with the gateway's own registry, in two processes, on one clock that the tests set. */

const HOUR_MS = 3_600_000;
const TENANT = 'acme';
const ISSUER = 'https://login.example.com';
const ROLE_ARN = 'arn:aws:iam::111122223333:role/product';
const SESSION_ARN = 'arn:aws:sts::111122223333:assumed-role/product/session';
const signingKey = newIssuerKey('k1');

let aws: FakeAws;
let nowMs: number;
let issuerIsAway: boolean;
const clock = { nowMs: () => nowMs, monotonicMs: () => 0 };
beforeEach(async () => {
  aws = await startAws();
  // Tokens are judged by the real time.
  nowMs = Date.now();
  issuerIsAway = false;
});
afterEach(() => aws.close());

const policy = {
  oidc: [{ issuer: ISSUER, audiences: ['platform'], tenantClaim: 'org', teamClaim: 'team' }],
};
const fetchKeys = () =>
  issuerIsAway ? Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:443')) : Promise.resolve({ keys: [jwkOf(signingKey)] });

/** A process of the gateway. */
function startProcess(overrides: Parameters<typeof createTestGateway>[1] = {}) {
  const gateway = createTestGateway(hello, {
    registry: createRegistry(aws.client, aws.table, clock),
    tokens: createTokens(policy, fetchKeys, clock),
    clock,
    ...overrides,
  });
  const chat = (bearer: string) => gateway.chat(simpleChat, { headers: { authorization: `Bearer ${bearer}` } });
  const signed = () =>
    gateway.request('/iam/v1/chat/completions', { method: 'POST', body: JSON.stringify(simpleChat) }, { iam: { userArn: SESSION_ARN } });
  return { gateway, chat, signed };
}
type Process = ReturnType<typeof startProcess>;

const registry = () => ({ client: aws.client, table: aws.table });
const newKey = (more: { readonly team?: string; readonly expiresAt?: number } = {}) =>
  createKey({ ...registry(), tenant: TENANT, name: 'ci', nowMs, ...more });
const team = (change: Parameters<typeof setTeam>[1] = () => ({})) =>
  setTeam({ ...registry(), tenant: TENANT, team: 'search' }, change, nowMs);
const tenant = (change: Parameters<typeof setTenant>[1] = {}) => setTenant({ ...registry(), tenant: TENANT }, change, nowMs);
const tokenOf = (change: object = {}) =>
  signToken({ iss: ISSUER, aud: 'platform', sub: 'user-7', org: TENANT, team: 'search', ...timely(nowMs), ...change }, signingKey);

async function outcome(sent: Promise<Response>): Promise<string> {
  const response = await sent;
  return response.ok ? 'ok' : `${response.status} ${String((await errorOf(response)).code)}`;
}
const both = (processes: readonly Process[], bearer: string) => Promise.all(processes.map(({ chat }) => outcome(chat(bearer))));

describe('a key that is rotated', () => {
  test('is good beside the new one in every process until the overlap is over, and then the new one alone', async () => {
    const processes = [startProcess(), startProcess()];
    const old = await newKey();
    expect(await both(processes, old.secret)).toEqual(['ok', 'ok']);
    const next = await rotateKey({ ...registry(), keyId: old.record.keyId, overlapMs: HOUR_MS, nowMs });
    expect(await both(processes, next.secret)).toEqual(['ok', 'ok']);
    nowMs += HOUR_MS - 1;
    expect([await both(processes, old.secret), await both(processes, next.secret)]).toEqual([
      ['ok', 'ok'],
      ['ok', 'ok'],
    ]);
    nowMs += 1;
    expect(await both([...processes, startProcess()], old.secret)).toEqual(Array(3).fill('401 invalid_api_key'));
    expect(await both(processes, next.secret)).toEqual(['ok', 'ok']);
  });

  test('without overlap ends within 30 s where it is known, and at once where it is not', async () => {
    const warm = startProcess();
    const old = await newKey();
    await warm.chat(old.secret);
    await rotateKey({ ...registry(), keyId: old.record.keyId, overlapMs: 0, nowMs });
    expect(await outcome(startProcess().chat(old.secret))).toBe('401 invalid_api_key');
    nowMs += 30_000;
    expect(await outcome(warm.chat(old.secret))).toBe('401 invalid_api_key');
  });

  test('spends from the account that it had', async () => {
    const reserved: ReserveRequest[] = [];
    const accounts = {
      reserve: (request: ReserveRequest) => {
        reserved.push(request);
        return Promise.reject(new Error('it is enough to have asked'));
      },
      settle: () => Promise.resolve(),
    };
    const { chat } = startProcess({ accounts });
    const old = await newKey();
    await setKeyLimits({ ...registry(), keyId: old.record.keyId }, { microUsdPerMonth: 5_000_000 });
    const next = await rotateKey({ ...registry(), keyId: old.record.keyId, overlapMs: HOUR_MS, nowMs });
    await chat(old.secret);
    await chat(next.secret);
    const account = { kind: 'key', id: old.record.keyId, limits: { microUsdPerMonth: 5_000_000 } };
    expect(reserved.map((request) => request.accounts)).toEqual([[account], [account]]);
  });
});

test('a key ends when it was said to, to the millisecond', async () => {
  const { chat } = startProcess();
  const { secret } = await newKey({ expiresAt: nowMs + 10_000 });
  nowMs += 9_999;
  expect(await outcome(chat(secret))).toBe('ok');
  nowMs += 1;
  expect(await outcome(chat(secret))).toBe('401 invalid_api_key');
});

/** What sends a call, and what is then done to it or to what is above it. */
interface Taken {
  readonly send: (process: Process) => Promise<Response>;
  readonly take: () => Promise<unknown>;
  readonly refusal: string;
}

async function keyOfTeam(): Promise<Pick<Taken, 'send'> & { readonly keyId: string }> {
  await team();
  const { secret, record } = await newKey({ team: 'search' });
  return { send: ({ chat }) => chat(secret), keyId: record.keyId };
}
async function bearerOfTeam(): Promise<Pick<Taken, 'send'>> {
  await team();
  await tenant();
  const token = tokenOf();
  return { send: ({ chat }) => chat(token) };
}
async function role(): Promise<Pick<Taken, 'send'>> {
  await registerRole({ ...registry(), roleArn: ROLE_ARN, tenant: TENANT, name: 'product', nowMs });
  return { send: ({ signed }) => signed() };
}
const noChats = { scopes: { routes: ['models'] } };

test.each<[string, () => Promise<Taken>]>([
  [
    'a key',
    async () => {
      const { send, keyId } = await keyOfTeam();
      return { send, take: () => revokeKey({ ...registry(), keyId, nowMs }), refusal: '401 invalid_api_key' };
    },
  ],
  [
    'a role',
    async () => ({ ...(await role()), take: () => revokeRole({ ...registry(), roleArn: ROLE_ARN, nowMs }), refusal: '403 access_denied' }),
  ],
  [
    'a bearer’s tokens',
    async () => ({
      ...(await bearerOfTeam()),
      take: () => revokeTokens({ ...registry(), issuer: ISSUER, subject: 'user-7', revokedAt: nowMs }),
      refusal: '401 invalid_token',
    }),
  ],
  [
    'a tenant, for keys',
    async () => ({ ...(await keyOfTeam()), take: () => tenant({ suspendedAt: nowMs }), refusal: '403 access_denied' }),
  ],
  [
    'a tenant, for tokens',
    async () => ({ ...(await bearerOfTeam()), take: () => tenant({ suspendedAt: nowMs }), refusal: '403 access_denied' }),
  ],
  ['a tenant, for roles', async () => ({ ...(await role()), take: () => tenant({ suspendedAt: nowMs }), refusal: '403 access_denied' })],
  ['a team’s scopes, for keys', async () => ({ ...(await keyOfTeam()), take: () => team(() => noChats), refusal: '403 access_denied' })],
  [
    'a team’s scopes, for tokens',
    async () => ({ ...(await bearerOfTeam()), take: () => team(() => noChats), refusal: '403 access_denied' }),
  ],
  ['a tenant’s scopes, for roles', async () => ({ ...(await role()), take: () => tenant(noChats), refusal: '403 access_denied' })],
])('%s: what is taken away is refused after 30 s in every process, and at once in one that begins', async (_what, prepare) => {
  const { send, take, refusal } = await prepare();
  const warm = [startProcess(), startProcess()];
  const outcomes = (processes: readonly Process[]) => Promise.all(processes.map((process) => outcome(send(process))));
  expect(await outcomes(warm)).toEqual(['ok', 'ok']);
  await take();
  expect(await outcomes([startProcess()])).toEqual([refusal]);
  nowMs += 30_000;
  expect(await outcomes(warm)).toEqual([refusal, refusal]);
});

test('tokens that were issued after the revocation count', async () => {
  await team();
  await tenant();
  const issuedAt = Math.floor(nowMs / 1000);
  await revokeTokens({ ...registry(), issuer: ISSUER, subject: 'user-7', revokedAt: issuedAt * 1000 });
  const { chat } = startProcess();
  expect(await outcome(chat(tokenOf({ iat: issuedAt })))).toBe('401 invalid_token');
  expect(await outcome(chat(tokenOf({ iat: undefined })))).toBe('401 invalid_token');
  expect(await outcome(chat(tokenOf({ iat: issuedAt + 1 })))).toBe('ok');
  expect(await outcome(chat(tokenOf({ iat: issuedAt, sub: 'user-8' })))).toBe('ok');
});

describe('a team', () => {
  test('is in the log line and in the records, and its account between those of key and tenant', async () => {
    await team(() => ({ limits: { concurrency: 2 } }));
    await tenant({ limits: { concurrency: 3 } });
    const { secret, record } = await newKey({ team: 'search' });
    await setKeyLimits({ ...registry(), keyId: record.keyId }, { concurrency: 1 });
    const reserved: ReserveRequest[] = [];
    const accounts = {
      reserve: (request: ReserveRequest) => {
        reserved.push(request);
        return Promise.reject(new Error('it is enough to have asked'));
      },
      settle: () => Promise.resolve(),
    };
    const { gateway, chat } = startProcess({ accounts });
    await chat(secret);
    await gateway.settled();
    expect(reserved[0]?.accounts).toEqual([
      { kind: 'key', id: record.keyId, limits: { concurrency: 1 } },
      { kind: 'team', id: 'acme/search', limits: { concurrency: 2 } },
      { kind: 'tenant', id: 'acme', limits: { concurrency: 3 } },
    ]);
    expect(gateway.requestLine()).toMatchObject({ tenant: 'acme', team: 'search' });
    expect([...gateway.audit.intents.values()]).toMatchObject([{ tenant: 'acme', attribution: { team: 'search' } }]);
    expect([...gateway.audit.settlements.values()]).toMatchObject([{ tenant: 'acme', attribution: { team: 'search' } }]);
  });

  test('that there is not is let in by no token', async () => {
    await tenant();
    const response = await startProcess().chat(tokenOf());
    expect([response.status, (await errorOf(response)).message]).toEqual([403, 'The tenant `acme` has no team `search`.']);
  });
});

describe('a token', () => {
  test('of a tenant that the registry does not know is refused, by name', async () => {
    const response = await startProcess().chat(tokenOf({ org: 'globex' }));
    expect([response.status, await errorOf(response)]).toMatchObject([
      403,
      { code: 'access_denied', message: expect.stringContaining('`globex`') },
    ]);
  });

  test.each<[string, () => string, string]>([
    ['malformed', () => 'a.b.c', 'It is malformed'],
    ['expired', () => tokenOf({ exp: Math.floor(nowMs / 1000) - 60 }), 'It has expired'],
    ['of another audience', () => tokenOf({ aud: 'elsewhere' }), 'another audience'],
    [
      'signed by somebody else',
      () => signToken({ iss: ISSUER, aud: 'platform', sub: 'x', org: TENANT, ...timely() }, newIssuerKey('k1')),
      'signature is wrong',
    ],
    ['signed by a key that is not there', () => signToken({ iss: ISSUER, aud: 'platform', ...timely() }, newIssuerKey('k9')), '(`kid`)'],
    ['not signed', () => signToken({ iss: ISSUER }, signingKey, { alg: 'none' }), 'algorithm'],
    ['too long', () => `${'a'.repeat(8_192)}.b.c`, 'It has 8196 characters; at most 8192 are read'],
  ])('%s: 401, says why, and neither the answer nor the log quotes it', async (_name, make, message) => {
    const token = make();
    const { gateway, chat } = startProcess();
    const response = await chat(token);
    await gateway.settled();
    const text = await response.text();
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(JSON.parse(text)).toMatchObject({
      error: { type: 'authentication_error', code: 'invalid_token', message: expect.stringContaining(message) },
    });
    expect(gateway.requestLine()).toMatchObject({ status: 401, error_code: 'invalid_token' });
    for (const part of token.split('.').filter(({ length }) => length > 3))
      expect(`${text}${JSON.stringify(gateway.lines)}`).not.toContain(part);
    expect(text).not.toMatch(/\bat .*\.[jt]s:\d+/);
  });

  test('whose issuer does not answer: 503 and when to try again; why is for the log alone', async () => {
    issuerIsAway = true;
    const { gateway, chat } = startProcess();
    const response = await chat(tokenOf());
    await gateway.settled();
    const text = await response.text();
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect(JSON.parse(text)).toMatchObject({ error: { type: 'server_error', code: 'store_unavailable' } });
    expect(text).not.toMatch(/ECONNREFUSED|10\.0\.0\.7|login\.example/);
    expect(JSON.stringify(gateway.lines)).toContain('ECONNREFUSED');
  });
});
