import * as fs from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { unmarshalItem } from '../../lambdas/core/attribute-values';
import { loadEnvironment, validateEnvironment } from '../../config/load';
import { createKey, revokeKey, rotateKey } from '../../lambdas/core/administration/key-store';
import { setTeamLimits } from '../../lambdas/core/administration/limit-store';
import { revokeTokens } from '../../lambdas/core/administration/revocation-store';
import { setTeam } from '../../lambdas/core/administration/team-store';
import { setTenant } from '../../lambdas/core/administration/tenant-store';
import { deploys } from '../../lambdas/agents/deploys/agent';
import { TestAgents } from '../helpers/agents';
import { MODEL, startPlatform, type TestPlatform, until } from '../helpers/platform';
import { synthWith } from '../helpers/synth-with';
import { hashToken, newIssuerKey, signToken, startIssuer, type TestIssuer, timely } from '../helpers/token-issuer';

/** Tokens of an issuer on this machine, teams and scopes, as callers meet them: by the template's own function, table and permissions. */

const HOUR_MS = 3_600_000;
/** For each of synthesis and start, on a machine that is busy. */
const START_MS = 120_000;
const signingKey = newIssuerKey('k1');

let issuer: TestIssuer;
/** Takes connections and says nothing. */
let silent: Server;
let silentUrl: string;
let folder: string;
let platform: TestPlatform;
beforeAll(async () => {
  issuer = await startIssuer(signingKey);
  silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  silentUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const closed = await startIssuer();
  await closed.close();
  const entry = { audiences: ['platform'], tenantClaim: 'org', teamClaim: 'team' };
  const grants = [
    {
      claim: 'groups',
      value: 'novas',
      scopes: { models: ['nova-*'], routes: ['chat', 'models', 'calls'] as ('chat' | 'models' | 'calls')[] },
    },
    { claim: 'groups', value: 'staff', scopes: {} },
    { claim: 'groups', value: 'reviewers', scopes: { routes: ['reviews'] as 'reviews'[] } },
  ];
  const identity = {
    oidc: [
      { ...entry, issuer: issuer.url, grants },
      { ...entry, issuer: silentUrl },
      { ...entry, issuer: closed.url },
    ],
  };
  closedUrl = closed.url;
  validateEnvironment({ ...loadEnvironment('dev'), identity }, 'this test');
  folder = synthWith({ identity });
}, START_MS);
beforeAll(async () => {
  platform = await startPlatform({ assembly: folder });
  await setTenant({ ...registry(), tenant: 'acme' }, {}, Date.now());
  await team('search');
}, START_MS);
let closedUrl: string;
afterAll(async () => {
  await platform?.stop();
  await issuer.close();
  silent.closeAllConnections();
  silent.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

const registry = () => ({ client: platform.dynamodb, table: platform.emulator.output('RegistryTable') });
const team = (name: string, tenant = 'acme') => setTeam({ ...registry(), tenant, team: name }, () => ({}), Date.now());
const claimsOf = (change: object = {}) => ({
  iss: issuer.url,
  aud: 'platform',
  sub: 'user-7',
  org: 'acme',
  team: 'search',
  groups: ['staff'],
  ...timely(),
  ...change,
});
const tokenOf = (change: object = {}) => signToken(claimsOf(change), signingKey);
const messages = [{ role: 'user' as const, content: 'Hello' }];
const chat = (key: string, body: object = {}) =>
  platform.request('/v1/chat/completions', { key, body: { model: MODEL, messages, ...body } });

async function outcome(sent: Promise<Response>): Promise<string> {
  const response = await sent;
  const body = (await response.json()) as { error?: { code: string } };
  return body.error === undefined ? 'ok' : `${response.status} ${body.error.code}`;
}

test('a token is what OpenAI’s client is given for a key, and the record says whose it was', async () => {
  const openai = new OpenAI({ baseURL: `${platform.url}/v1`, apiKey: tokenOf(), maxRetries: 0 });
  const { data, response } = await openai.chat.completions.create({ model: MODEL, messages }).withResponse();
  expect(data.choices[0]?.message.content).not.toBe('');
  const id = response.headers.get('x-blueprint-trace-id') ?? '';
  await until(async () => (await platform.audit())[id]?.SETTLEMENT !== undefined, 'the call was settled');
  const { INTENT, SETTLEMENT } = (await platform.audit())[id] ?? {};
  const recordOf = (item: unknown) => unmarshalItem(item as Parameters<typeof unmarshalItem>[0]);
  expect(recordOf(INTENT)).toMatchObject({ tenant: 'acme', key_id: `${issuer.url}#user-7`, door: 'v1', attribution: { team: 'search' } });
  expect(recordOf(SETTLEMENT)).toMatchObject({
    tenant: 'acme',
    status: 'ok',
    attribution: { key: `${issuer.url}#user-7`, team: 'search' },
  });
  expect((await openai.models.list()).data.length).toBeGreaterThan(5);
  expect(await (await platform.request(`/v1/calls/${id}`, { method: 'GET', key: tokenOf({ sub: 'user-8' }) })).json()).toMatchObject({
    id,
  });
});

test('what its grant does not name is not there for it: listed, asked for by id, by alias, or by auto', async () => {
  const key = tokenOf({ groups: ['novas'] });
  const openai = new OpenAI({ baseURL: `${platform.url}/v1`, apiKey: key, maxRetries: 0 });
  const { data } = await openai.models.list();
  const ids = data.map(({ id }) => id);
  expect(ids.filter((id) => id.startsWith('nova-')).toSorted()).toEqual(['nova-lite', 'nova-micro', 'nova-pro']);
  expect(ids.filter((id) => !id.startsWith('nova-')).toSorted()).toEqual(['auto', 'cheap']);
  expect(await outcome(chat(key, { model: 'claude-haiku-4.5' }))).toBe('404 model_not_found');
  expect(await outcome(chat(key, { model: 'best' }))).toBe('404 model_not_found');
  for (const body of [{ model: 'auto' }, { model: 'auto', task_type: 'code' }, { model: 'cheap' }]) {
    const response = await chat(key, body);
    expect([response.status, response.headers.get('x-blueprint-model')]).toEqual([200, expect.stringMatching(/^nova-/)]);
  }
  // Nothing that it may use is of the tier that this takes.
  expect(await outcome(chat(key, { model: 'auto', task_type: 'reasoning' }))).toBe('404 model_not_found');
  const embeddings = platform.request('/v1/embeddings', { key, body: { model: 'titan-embed-text-v2', input: 'Hello' } });
  expect(await outcome(embeddings)).toBe('403 access_denied');
});

test('who has a token that names the route reviews the cases of its tenant, and nobody else does', async () => {
  // The agents' roles are of this tenant.
  await setTenant({ ...registry(), tenant: 'demo' }, {}, Date.now());
  await team('search', 'demo');
  const agents = await TestAgents.of(platform);
  const eventId = await agents.publish(deploys);
  await until(async () => (await agents.decision(deploys, eventId)) !== undefined, 'the agent decided');
  const id = (await agents.decision(deploys, eventId))?.id ?? '';
  agents.close();
  const ask = async (change: object, path = '', body?: object) => {
    const key = tokenOf({ org: 'demo', groups: ['reviewers'], ...change });
    return platform.request(`/v1/reviews${path}`, { method: body === undefined ? 'GET' : 'POST', key, ...(body && { body }) });
  };
  await until(async () => (await ask({}, `/${id}`)).status === 200, 'the case is there');

  expect(await outcome(ask({ groups: ['staff'] }))).toBe('403 access_denied');
  expect(await outcome(ask({ groups: ['novas'] }, `/${id}/claim`, {}))).toBe('403 access_denied');
  expect(await outcome(ask({ org: 'acme' }, `/${id}/claim`, {}))).toBe('404 review_not_found');
  expect(await outcome(ask({ aud: 'elsewhere' }))).toBe('401 invalid_token');
  const claimed = await ask({ sub: 'user-9' }, `/${id}/claim`, {});
  expect([claimed.status, await claimed.json()]).toMatchObject([200, { state: 'claimed', claimed_by: `demo:${issuer.url}#user-9` }]);
  expect(await outcome(ask({}, `/${id}/resolution`, { verdict: 'approve' }))).toBe('409 review_claimed');
  expect(await outcome(ask({ sub: 'user-9' }, `/${id}/resolution`, { verdict: 'approve' }))).toBe('ok');
  expect(platform.events.filter(({ kind }) => kind === 'denied')).toEqual([]);
}, 60_000);

test.each<[string, () => string, string]>([
  ['expired', () => tokenOf({ exp: Math.floor(Date.now() / 1000) - 60 }), '401 invalid_token'],
  ['malformed', () => 'a.b.c', '401 invalid_token'],
  ['signed by another', () => signToken(claimsOf(), newIssuerKey('k1')), '401 invalid_token'],
  ['not signed', () => signToken(claimsOf(), signingKey, { alg: 'none' }), '401 invalid_token'],
  ['without a signature', () => `${tokenOf().split('.').slice(0, 2).join('.')}.`, '401 invalid_token'],
  [
    'signed with what is public',
    () => hashToken(claimsOf(), { alg: 'HS256', kid: 'k1' }, signingKey.publicKey.export({ format: 'pem', type: 'spki' })),
    '401 invalid_token',
  ],
  ['for another audience', () => tokenOf({ aud: 'elsewhere' }), '401 invalid_token'],
  ['of another issuer', () => tokenOf({ iss: 'https://login.evil.example' }), '401 invalid_token'],
  ['that names a key there is not', () => signToken(claimsOf(), signingKey, { kid: 'k9' }), '401 invalid_token'],
  ['that grants nothing', () => tokenOf({ groups: ['guests'] }), '403 access_denied'],
  ['of a tenant that is not known', () => tokenOf({ org: 'globex' }), '403 access_denied'],
  ['of a team that is not known', () => tokenOf({ team: 'sales' }), '403 access_denied'],
  ['of an issuer that does not answer', () => tokenOf({ iss: silentUrl }), '503 store_unavailable'],
  ['of an issuer that is not there', () => tokenOf({ iss: closedUrl }), '503 store_unavailable'],
])('a token %s is refused, and no model asked', async (_name, make, expected) => {
  const before = Object.keys(await platform.audit()).length;
  const sent = await chat(make());
  const text = await sent.text();
  const { error } = JSON.parse(text) as { error: { code: string; trace_id: string } };
  expect(`${sent.status} ${error.code}`).toBe(expected);
  expect(error.trace_id).toMatch(/^[0-9a-f]{32}$/);
  expect(text).not.toMatch(/\bat .*\.[jt]s:\d+|127\.0\.0\.1/);
  expect(Object.keys(await platform.audit())).toHaveLength(before);
});

test('tokens of a bearer that is not known yet are refused at once when they were revoked', async () => {
  await revokeTokens({ ...registry(), issuer: issuer.url, subject: 'user-9', revokedAt: Date.now() });
  expect(await outcome(chat(tokenOf({ sub: 'user-9' })))).toBe('401 invalid_token');
  expect(await outcome(chat(tokenOf({ sub: 'user-9', iat: Math.floor(Date.now() / 1000) + 2 })))).toBe('ok');
});

test('a budget of a team is one for its keys and tokens together', async () => {
  await team('spenders');
  await setTeamLimits({ ...registry(), tenant: 'acme', team: 'spenders' }, { microUsdPerMonth: 3_000 }, Date.now());
  const { secret } = await createKey({ ...registry(), tenant: 'acme', name: 'a', team: 'spenders' });
  const token = tokenOf({ team: 'spenders' });
  const body = { max_tokens: 100 };
  const answers = { key: 0, token: 0 };
  let refused: Response | undefined;
  for (let attempt = 0; attempt < 60 && refused === undefined; attempt += 1) {
    const by = attempt % 2 === 0 ? 'key' : 'token';
    const response = await chat(by === 'key' ? secret : token, body);
    const text = await response.text();
    if (response.status === 200) answers[by] += 1;
    else refused = new Response(text, { status: response.status });
  }
  expect(Math.min(answers.key, answers.token)).toBeGreaterThan(1);
  expect([refused?.status, await refused?.json()]).toMatchObject([
    429,
    {
      error: {
        code: 'insufficient_quota',
        message: expect.stringMatching(/^The budget of the team acme\/spenders for this month is \$0\.003000/),
      },
    },
  ]);
  expect([await outcome(chat(secret, body)), await outcome(chat(token, body))]).toEqual([
    '429 insufficient_quota',
    '429 insufficient_quota',
  ]);
  // Another team of the tenant is not concerned.
  expect(await outcome(chat(tokenOf(), body))).toBe('ok');
});

test('a key is rotated: both are good, and what the old one may not use neither may the new one', async () => {
  const scopes = { models: ['nova-micro'], routes: ['chat'] };
  const old = await createKey({ ...registry(), tenant: 'acme', name: 'b', scopes });
  const next = await rotateKey({ ...registry(), keyId: old.record.keyId, overlapMs: HOUR_MS, nowMs: Date.now() });
  for (const { secret } of [old, next]) {
    const response = await chat(secret, { model: 'auto' });
    expect([response.status, response.headers.get('x-blueprint-model')]).toEqual([200, 'nova-micro']);
    expect(await outcome(chat(secret, { model: 'nova-lite' }))).toBe('404 model_not_found');
    expect(await outcome(platform.request('/v1/models', { method: 'GET', key: secret }))).toBe('403 access_denied');
  }
});

test('of a key that was rotated and then revoked the next one is good', async () => {
  const old = await createKey({ ...registry(), tenant: 'acme', name: 'c' });
  const next = await rotateKey({ ...registry(), keyId: old.record.keyId, overlapMs: HOUR_MS, nowMs: Date.now() });
  await revokeKey({ ...registry(), keyId: old.record.keyId, nowMs: Date.now() });
  expect([await outcome(chat(old.secret)), await outcome(chat(next.secret))]).toEqual(['401 invalid_api_key', 'ok']);
});
