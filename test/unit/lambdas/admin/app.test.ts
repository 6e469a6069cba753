import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { AdminRecord, AdminResultRecord } from '../../../../lambdas/core/administration/admin-audit';
import { setTeam } from '../../../../lambdas/core/administration/team-store';
import { GatewayError } from '../../../../lambdas/core/errors';
import type { LogFields } from '../../../../lambdas/core/log';
import { toRoleItem } from '../../../../lambdas/core/roles';
import { NO_USAGE_SUMS } from '../../../../lambdas/core/usage-ledger/usage-item';
import { createAdminApp } from '../../../../lambdas/admin/app';
import { type FakeAws, NOW_MS, startAws } from '../../bin/support';

const BY = 'arn:aws:sts::111122223333:assumed-role/administrator/ada';
const ROLE_ARN = 'arn:aws:iam::111122223333:role/product';
const SUMS = { ...NO_USAGE_SUMS, calls: 2, cost_micro_usd: 50 };
const DAY_MS = 86_400_000;

let aws: FakeAws;
let acts: AdminRecord[];
let results: AdminResultRecord[];
let logged: [string, LogFields][];
/** When set, what the audit trail answers with. */
let failing: 'act' | 'result' | undefined;

beforeEach(async () => {
  aws = await startAws();
  [acts, results, logged, failing] = [[], [], [], undefined];
});
afterEach(() => aws.close());

async function ask(method: string, path: string, body?: unknown, userArn: string | null = BY) {
  const refuse = () => {
    throw new GatewayError('store_unavailable', 'Not now.');
  };
  const app = createAdminApp({
    registry: { client: aws.client, table: aws.table },
    audit: {
      insertAct: async (_id, record) => void (failing === 'act' ? refuse() : acts.push(record)),
      insertResult: async (_id, record) => void (failing === 'result' ? refuse() : results.push(record)),
    },
    usage: async (tenant, days) =>
      days.map((day) => ({ tenant, day, attribution: { key: 'key_1', service: 'search' }, model: 'small-1', sums: SUMS })),
    clock: { nowMs: () => NOW_MS },
    log: { info: (...line) => logged.push(line), error: (...line) => logged.push(line) },
  });
  const request = new Request(`http://gateway/iam/v1/admin${path}`, {
    method,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const response = await app.fetch(request, userArn === null ? {} : { userArn });
  return { status: response.status, body: (await response.json()) as Answer };
}

interface Answer {
  readonly key: string;
  readonly record: { readonly keyId: string };
  readonly keys: readonly { readonly keyId: string; readonly revokedAt?: number }[];
  readonly error: { readonly code: string; readonly message: string };
}

const items = async () => (await aws.client.send(new ScanCommand({ TableName: aws.table }))).Items ?? [];
const createKey = () => ask('POST', '/keys', { tenant: 'acme', name: 'ci' });

test('a key is created, listed, rotated and revoked; each change is recorded with who and what, and no secret', async () => {
  const created = await createKey();
  expect(created).toMatchObject({ status: 201, body: { record: { tenant: 'acme', name: 'ci', createdBy: BY, createdAt: NOW_MS } } });
  const { keyId } = created.body.record;
  const rotated = await ask('POST', `/keys/${keyId}/rotate`, { overlapMs: 1_000 });
  expect(rotated).toMatchObject({ status: 201, body: { old: { keyId, expiresAt: NOW_MS + 1_000 } } });
  const newId = rotated.body.record.keyId;
  expect(await ask('POST', `/keys/${newId}/revoke`)).toMatchObject({ status: 200, body: { record: { revokedAt: NOW_MS } } });
  const { body: listed } = await ask('GET', '/keys?tenant=acme');
  expect(listed.keys.find((key) => key.keyId === newId)?.revokedAt).toBe(NOW_MS);
  expect(listed.keys).toHaveLength(2);
  expect((await ask('GET', '/keys?tenant=globex')).body.keys).toEqual([]);

  expect(acts).toEqual([
    { act: 'keys.create', by: BY, parameters: { tenant: 'acme', name: 'ci' }, created_at: NOW_MS },
    { act: 'keys.rotate', by: BY, parameters: { keyId, overlapMs: 1_000 }, created_at: NOW_MS },
    { act: 'keys.revoke', by: BY, parameters: { keyId: newId }, created_at: NOW_MS },
  ]);
  expect(results.map(({ act, outcome, subject }) => [act, outcome, subject])).toEqual([
    ['keys.create', 'done', keyId],
    ['keys.rotate', 'done', newId],
    ['keys.revoke', 'done', newId],
  ]);
  for (const secret of [created.body.key, rotated.body.key]) {
    expect(secret).toMatch(/^sk-/);
    expect(JSON.stringify([acts, results, logged, listed])).not.toContain(secret);
  }
});

test('without a record nothing is done', async () => {
  failing = 'act';
  expect(await createKey()).toMatchObject({ status: 503, body: { error: { code: 'store_unavailable' } } });
  expect(await items()).toEqual([]);
});

test('a result that cannot be recorded takes nothing back: the key is shown, and the loss is logged', async () => {
  failing = 'result';
  const { status, body } = await createKey();
  expect([status, body.key]).toEqual([201, expect.stringMatching(/^sk-/)]);
  expect(acts).toHaveLength(1);
  expect(logged).toContainEqual(['result of an act not recorded', expect.objectContaining({ act: 'keys.create', outcome: 'done' })]);
  expect(JSON.stringify(logged)).not.toContain(body.key);
});

test('what the registry refuses is recorded as refused, and why', async () => {
  const refused = await ask('POST', '/keys', { tenant: 'acme', team: 'none', name: 'ci' });
  expect(refused).toMatchObject({ status: 409, body: { error: { code: 'registry_refused' } } });
  expect(results).toMatchObject([{ act: 'keys.create', outcome: 'refused', reason: expect.stringContaining('has no team none') }]);
});

test('a store that fails is recorded as failed', async () => {
  aws.client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName === 'PutItemCommand') throw Object.assign(new Error('full'), { $metadata: { httpStatusCode: 500 } });
      return next(args);
    },
    { step: 'initialize' },
  );
  expect(await createKey()).toMatchObject({ status: 503, body: { error: { code: 'store_unavailable' } } });
  expect(results).toMatchObject([{ outcome: 'failed', reason: 'store_unavailable' }]);
});

test('what a tenant has used is told by days, and nothing is recorded', async () => {
  const { body } = await ask('GET', '/tenants/acme/usage?from=2026-11-19&to=2026-11-20&group_by=service,day');
  const used = { service: 'search', calls: 2, cost_micro_usd: 50 };
  expect(body).toMatchObject({
    tenant: 'acme',
    data: [
      { ...used, day: '2026-11-19' },
      { ...used, day: '2026-11-20' },
    ],
    total: { calls: 4, cost_micro_usd: 100 },
  });
  expect(await ask('GET', '/tenants/acme/usage?from=2025-01-01')).toMatchObject({
    status: 400,
    body: { error: { code: 'invalid_request', message: expect.stringContaining('at most 92') } },
  });
  expect(acts).toEqual([]);
});

test('tenants, teams and limits: what is named changes, null takes away, the rest stays', async () => {
  await ask('PATCH', '/tenants/acme', { name: 'Acme', scopes: { models: ['small-1'], routes: ['chat'] }, residency: { within: ['eu'] } });
  const changed = await ask('PATCH', '/tenants/acme', { scopes: { models: null }, suspended: true });
  expect(changed.body).toMatchObject({ name: 'Acme', scopes: { routes: ['chat'] }, residency: { within: ['eu'] }, suspendedAt: NOW_MS });
  expect(changed.body).not.toHaveProperty('scopes.models');
  expect((await ask('PATCH', '/tenants/acme', { scopes: null, residency: null, suspended: false })).body).toEqual({
    tenant: 'acme',
    name: 'Acme',
    limits: {},
    createdAt: NOW_MS,
    updatedAt: NOW_MS,
  });
  await ask('PATCH', '/tenants/acme', { residency: { within: ['eu'], noRetention: true } });
  expect((await ask('PATCH', '/tenants/acme', { residency: { within: null } })).body).toMatchObject({ residency: { noRetention: true } });
  expect((await ask('PATCH', '/tenants/acme', { residency: { noRetention: false } })).body).not.toHaveProperty('residency');
  await ask('PATCH', '/tenants/acme/limits', { requestsPerMinute: 10, concurrency: 5 });
  expect((await ask('PATCH', '/tenants/acme/limits', { concurrency: null })).body).toMatchObject({ limits: { requestsPerMinute: 10 } });
  await ask('PATCH', '/teams/acme/search', { name: 'Search' });
  await ask('PATCH', '/teams/acme/search/limits', { tokensPerMinute: 7 });
  const { keyId } = (await ask('POST', '/keys', { tenant: 'acme', team: 'search', name: 'ci' })).body.record;
  await ask('PATCH', `/keys/${keyId}/limits`, { microUsdPerDay: 3 });
  expect((await ask('GET', '/limits')).body).toEqual({
    limits: [
      { of: 'tenant', id: 'acme', tenant: 'acme', limits: { requestsPerMinute: 10 } },
      { of: 'team', id: 'acme/search', tenant: 'acme', limits: { tokensPerMinute: 7 } },
      { of: 'key', id: keyId, tenant: 'acme', limits: { microUsdPerDay: 3 } },
    ],
  });
  expect((await ask('GET', '/tenants/acme')).body).toMatchObject({ name: 'Acme', limits: { requestsPerMinute: 10 } });
  expect((await ask('GET', '/tenants')).body).toMatchObject({ tenants: [{ tenant: 'acme' }] });
  expect((await ask('GET', '/teams')).body).toMatchObject({ teams: [{ team: 'search', name: 'Search' }] });
  expect(acts.map(({ act }) => act)).toContain('teams.limit');
});

test('roles and tokens', async () => {
  const role = { roleArn: ROLE_ARN, tenant: 'acme', name: 'product' };
  expect(await ask('POST', '/roles', role)).toMatchObject({ status: 201, body: { created: true } });
  expect(await ask('POST', '/roles', role)).toMatchObject({ status: 200, body: { created: false } });
  expect(await ask('POST', '/roles/revoke', { roleArn: ROLE_ARN })).toMatchObject({ status: 200, body: { alreadyRevoked: false } });
  expect((await ask('GET', '/roles')).body).toMatchObject({ roles: [{ roleArn: ROLE_ARN, revokedAt: NOW_MS }] });
  const token = { issuer: 'https://issuer.example', subject: 'ada' };
  expect((await ask('POST', '/tokens/revoke', token)).body).toEqual({ ...token, revokedAt: NOW_MS });
  expect((await ask('GET', '/tokens')).body).toEqual({ revocations: [{ ...token, revokedAt: NOW_MS }] });
  expect(results.map(({ subject }) => subject)).toEqual([ROLE_ARN, ROLE_ARN, ROLE_ARN, 'https://issuer.example#ada']);
});

test('a role that calls models for a tenant may not administer; once revoked as such, it may', async () => {
  const item = toRoleItem({ roleArn: ROLE_ARN, tenant: 'acme', name: 'product', createdAt: 1 });
  await aws.client.send(new PutItemCommand({ TableName: aws.table, Item: item }));
  const session = 'arn:aws:sts::111122223333:assumed-role/product/session';
  for (const [method, path] of [
    ['GET', '/keys'],
    ['POST', '/keys'],
  ] as const) {
    expect(await ask(method, path, method === 'POST' ? {} : undefined, session)).toMatchObject({
      status: 403,
      body: { error: { code: 'access_denied' } },
    });
  }
  await aws.client.send(new PutItemCommand({ TableName: aws.table, Item: { ...item, revoked_at: { N: '2' } } }));
  expect(await ask('GET', '/keys', undefined, session)).toMatchObject({ status: 200 });
});

test('a request that no AWS identity signed is refused', async () => {
  expect(await ask('GET', '/keys', undefined, null)).toMatchObject({ status: 403, body: { error: { code: 'access_denied' } } });
});

test.each<[string, string, unknown, number, string, string]>([
  ['POST', '/keys', { name: 'ci' }, 400, 'invalid_request', 'tenant'],
  ['POST', '/keys', { tenant: 'acme', name: 'ci', secret: 'sk-mine' }, 400, 'invalid_request', 'secret'],
  ['POST', '/keys', { tenant: 'acme', name: 'ci', scopes: { everything: ['x'] } }, 400, 'invalid_request', 'everything'],
  [
    'POST',
    '/keys',
    { tenant: 'acme', name: 'ci', scopes: { routes: ['revews'] } },
    400,
    'invalid_request',
    '"revews" is unknown; there are chat,',
  ],
  ['PATCH', '/tenants/acme', { scopes: { tasks: ['chatt'] } }, 400, 'invalid_request', '"chatt" is unknown; there are reasoning,'],
  ['GET', '/keys?tenan=acme', undefined, 400, 'invalid_request', '"tenan", which is unknown; this route takes tenant.'],
  ['GET', '/limits?tenant=acme', undefined, 400, 'invalid_request', 'this route takes none'],
  ['PATCH', '/tenants/acme/limits', { microUsdPerDay: -1 }, 400, 'invalid_request', 'microUsdPerDay'],
  ['PATCH', '/tenants/acme/limits', { concurrency: 0 }, 400, 'invalid_request', 'concurrency'],
  ['PATCH', '/tenants/acme/limits', '{"concurrency": NaN}', 400, 'invalid_json', 'not JSON'],
  ['POST', '/keys', [], 400, 'invalid_request', 'an array'],
  ['POST', '/keys', 'x'.repeat(65_537), 413, 'request_too_large', '65536'],
  ['POST', '/keys/key_0123456789abcdef/rotate', { overlapMs: 31 * DAY_MS }, 400, 'invalid_request', 'overlapMs'],
  ['DELETE', '/keys', undefined, 404, 'route_not_found', 'DELETE'],
  ['GET', '/nothing', undefined, 404, 'route_not_found', '/nothing'],
  // IAM's `*` spans slashes: what a policy for other routes would let through must lead nowhere.
  ['POST', '/keys/iam/v1/chat/completions', {}, 404, 'route_not_found', 'keys'],
])('%s %s %j: nothing is recorded', async (method, path, body, status, code, message) => {
  const answer = await ask(method, path, body);
  expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  expect(answer.body.error.message).toContain(message);
  expect([acts, await items()]).toEqual([[], []]);
});

test.each<[string, string, unknown, number]>([
  ['POST', '/keys', { tenant: 'no tenant', name: 'ci' }, 400],
  ['POST', '/keys', { tenant: 'acme', name: 'ci', expiresAt: NOW_MS }, 400],
  ['PATCH', '/tenants/a%2Fiam%2Fv1%2Fchat', { name: 'x' }, 400],
  ['POST', '/keys/key_1/revoke', undefined, 400],
  ['POST', '/keys/key_0123456789abcdef/revoke', undefined, 409],
  ['PATCH', '/tenants/acme/limits', { shards: 16, concurrency: 2 }, 409],
])('%s %s %j: recorded as refused, and nothing is changed', async (method, path, body, status) => {
  expect((await ask(method, path, body)).status).toBe(status);
  expect(results).toMatchObject([{ outcome: 'refused' }]);
  expect(await items()).toEqual([]);
});

test('teams are of their tenant', async () => {
  await setTeam({ client: aws.client, table: aws.table, tenant: 'acme', team: 'a' }, () => ({}), 1);
  expect((await ask('GET', '/teams?tenant=globex')).body).toEqual({ teams: [] });
});
