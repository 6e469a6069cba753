import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshalItem } from '../../../../lambdas/core/attribute-values';
import type { GatewayError } from '../../../../lambdas/core/errors';
import { toKeyItem } from '../../../../lambdas/core/key-item';
import { hashKey } from '../../../../lambdas/core/keys';
import { toRevocationItem } from '../../../../lambdas/core/identity/revocations';
import type { Limits } from '../../../../lambdas/core/limits';
import { createRegistry, type Registry } from '../../../../lambdas/core/registry';
import { toRoleItem } from '../../../../lambdas/core/roles';
import { toTeamItem } from '../../../../lambdas/core/teams';
import { toTenantItem } from '../../../../lambdas/core/tenants';
import { awsError, type FakeStore, type StoreAnswer, startStore } from '../support/dynamodb';

const hash = hashKey('sk-test');
const item = toKeyItem(hash, { keyId: 'key_1', tenant: 'acme', name: 'n', createdAt: 1 });
const teamKey = toKeyItem(hash, { keyId: 'key_1', tenant: 'acme', team: 'search', name: 'n', createdAt: 1 });

type Item = Record<string, AttributeValue>;
type Keys = readonly { readonly pk: { readonly S: string }; readonly sk: { readonly S: string } }[];

/** What the table has. */
let items: readonly Item[];
/** In place of an answer. */
let failure: StoreAnswer | undefined;
/** How many of the keys asked for an answer leaves out. */
let leaveOut = 0;
let store: FakeStore;
let registry: Registry;
let nowMs = 0;

beforeEach(async () => {
  nowMs = 0;
  items = [item];
  failure = undefined;
  leaveOut = 0;
  store = await startStore(({ body }) => failure ?? { status: 200, body: answerTo(keysOf(JSON.parse(body))) });
  registry = createRegistry(store.client, 'Registry', { nowMs: () => nowMs, monotonicMs: () => 0 });
});
afterEach(() => store.close());

function keysOf(body: unknown): Keys {
  return (body as { RequestItems: { Registry: { Keys: Keys } } }).RequestItems.Registry.Keys;
}

function answerTo(keys: Keys): object {
  const read = keys.slice(0, keys.length - leaveOut);
  const found = items.filter(({ pk, sk }) => read.some((key) => key.pk.S === pk?.S && key.sk.S === sk?.S));
  const left = keys.slice(read.length);
  return { Responses: { Registry: found }, UnprocessedKeys: left.length === 0 ? {} : { Registry: { Keys: left } } };
}

/** The primary keys of each read so far. */
const reads = () => store.requests().map(({ body }) => keysOf(body).map(({ pk }) => pk.S));

const tenantItem = (limits: Limits = {}) => toTenantItem({ tenant: 'acme', limits, updatedAt: 1 });
const teamItem = (limits: Limits = {}) =>
  toTeamItem({ tenant: 'acme', team: 'search', name: 'Search', limits, createdAt: 1, updatedAt: 1 });

test('reads a key by its hash, and then its tenant, consistently', async () => {
  expect(await registry.findKey(hash)).toEqual({
    record: { keyId: 'key_1', tenant: 'acme', name: 'n', createdAt: 1 },
    tenant: undefined,
    team: undefined,
  });
  const get = (pk: string, sk: string) => ({
    operation: 'BatchGetItem',
    body: { RequestItems: { Registry: { Keys: [{ pk: { S: pk }, sk: { S: sk } }], ConsistentRead: true } } },
  });
  expect(store.requests()).toEqual([get(`KEY#${hash}`, 'KEY'), get('TENANT#acme', 'TENANT')]);
});

test('waits for the table at most twice when cold, not at all when warm, once when stale', async () => {
  items = [teamKey, tenantItem(), teamItem()];
  await registry.findKey(hash);
  const above = ['TENANT#acme', 'TEAM#acme#search'];
  expect(reads()).toEqual([[`KEY#${hash}`], above]);
  nowMs = 29_999;
  await registry.findKey(hash);
  expect(reads()).toHaveLength(2);
  nowMs = 30_000;
  await registry.findKey(hash);
  expect(reads().slice(2)).toEqual([[`KEY#${hash}`, ...above]]);
});

const ISSUER = 'https://login.example.com';
const bearer = { id: `${ISSUER}#user-7`, tenant: 'acme', team: 'search' };
const nobody = { tenant: undefined, team: undefined, revocation: undefined };

test('what a token names is one read: its bearer, tenant and team', async () => {
  items = [tenantItem({ concurrency: 3 }), teamItem({ concurrency: 2 })];
  expect(await registry.findBearer(bearer)).toMatchObject({
    tenant: { limits: { concurrency: 3 } },
    team: { limits: { concurrency: 2 } },
    revocation: undefined,
  });
  await registry.findBearer(bearer);
  expect(reads()).toEqual([[`BEARER#${bearer.id}`, 'TENANT#acme', 'TEAM#acme#search']]);
  expect(await registry.findBearer({ ...bearer, tenant: 'globex' })).toEqual(nobody);
  expect(await registry.findBearer({ ...bearer, team: undefined })).toMatchObject({ tenant: { tenant: 'acme' }, team: undefined });
});

test('that tokens were revoked is seen after 30 s at the latest, and of their bearer alone', async () => {
  items = [tenantItem()];
  const revokedAt = async (id: string) => (await registry.findBearer({ ...bearer, team: undefined, id })).revocation?.revokedAt;
  expect(await revokedAt(bearer.id)).toBeUndefined();
  items = [tenantItem(), toRevocationItem({ issuer: ISSUER, subject: 'user-7', revokedAt: 5 })];
  nowMs = 29_999;
  expect(await revokedAt(bearer.id)).toBeUndefined();
  nowMs = 30_000;
  expect(await revokedAt(bearer.id)).toBe(5);
  expect(await revokedAt(`${ISSUER}#user-8`)).toBeUndefined();
});

test('a revocation of tokens that cannot be read lets nobody in', async () => {
  items = [tenantItem(), { ...toRevocationItem({ issuer: ISSUER, subject: 'user-7', revokedAt: 5 }), revoked_at: { S: 'now' } }];
  await expect(registry.findBearer(bearer)).rejects.toThrow(/BEARER#.* cannot be read/);
});

test('a key that has another team since it was last read is never given the limits of the former', async () => {
  items = [teamKey, tenantItem(), teamItem({ concurrency: 2 })];
  await registry.findKey(hash);
  items = [{ ...teamKey, team: { S: 'sales' } }, tenantItem(), teamItem({ concurrency: 2 })];
  nowMs = 30_000;
  expect(await registry.findKey(hash)).toMatchObject({ record: { team: 'sales' }, team: undefined });
  expect(reads().at(-1)).toEqual(['TEAM#acme#sales']);
});

test('what an answer leaves out is asked for again, a few times', async () => {
  items = [tenantItem(), teamItem()];
  leaveOut = 1;
  expect(await registry.findBearer(bearer).catch((error: GatewayError) => error.code)).toBe('store_unavailable');
  expect(reads()).toEqual([[`BEARER#${bearer.id}`, 'TENANT#acme', 'TEAM#acme#search'], ['TEAM#acme#search'], ['TEAM#acme#search']]);
});

test('a revocation is seen after 30 s at the latest', async () => {
  await registry.findKey(hash);
  items = [{ ...item, revoked_at: { N: '5' } }];
  nowMs = 29_999;
  expect((await registry.findKey(hash))?.record.revokedAt).toBeUndefined();
  nowMs = 30_000;
  expect((await registry.findKey(hash))?.record.revokedAt).toBe(5);
});

test('limits of a key, its team and its tenant are seen after 30 s at the latest', async () => {
  const limited = (limits: Limits) => [{ ...teamKey, limits: { M: marshalItem(limits) } }, tenantItem(limits), teamItem(limits)];
  items = limited({ microUsdPerDay: 7 });
  await registry.findKey(hash);
  items = limited({ microUsdPerDay: 9 });
  const seen = async () => {
    const found = await registry.findKey(hash);
    return [found?.record, found?.team, found?.tenant].map((one) => one?.limits?.microUsdPerDay);
  };
  nowMs = 29_999;
  expect(await seen()).toEqual([7, 7, 7]);
  nowMs = 30_000;
  expect(await seen()).toEqual([9, 9, 9]);
});

test('a tenant that cannot be read lets nobody in', async () => {
  items = [item, { ...tenantItem(), limits: { S: 'none' } }];
  await expect(registry.findKey(hash)).rejects.toThrow(/tenant item TENANT#acme cannot be read/);
  items = [item, { ...tenantItem(), limits: { M: { concurrency: { N: '0' } } } }];
  await expect(registry.findKey(hash)).rejects.toThrow(/concurrency/);
});

test.each<[string, Item, RegExp]>([
  ['a revocation of the wrong type', { revoked_at: { S: 'yesterday' } }, /revokedAt/],
  ['a scope that is not known', { scopes: { M: { modles: { L: [{ S: 'small-1' }] } } } }, /modles/],
  ['a scope that allows nothing', { scopes: { M: { models: { L: [] } } } }, /scopes/],
])('%s lets nobody in', async (_name, change, message) => {
  items = [{ ...item, ...change }];
  await expect(registry.findKey(hash)).rejects.toThrow(message);
});

test.each<[string, Item, RegExp]>([
  ['within a place that is none', { within: { L: [{ S: 'europe' }] } }, /an AWS region, or one of us/],
  ['that is not known', { inside: { L: [{ S: 'eu' }] } }, /inside/],
])('a residency %s lets nobody in', async (_name, residency, message) => {
  items = [item, { ...tenantItem(), residency: { M: residency } }];
  await expect(registry.findKey(hash)).rejects.toThrow(message);
});

test('a key that does not exist is asked for once', async () => {
  items = [];
  expect(await registry.findKey(hash)).toBeUndefined();
  expect(await registry.findKey(hash)).toBeUndefined();
  expect(store.requests()).toHaveLength(1);
});

test('reads a role by its ARN', async () => {
  const record = { roleArn: 'arn:aws:iam::111122223333:role/caller', tenant: 'acme', name: 'c', createdAt: 1, scopes: { models: ['m'] } };
  items = [{ ...toRoleItem(record), revoked_at: { N: '9' } }];
  expect((await registry.findRole(record.roleArn))?.record).toEqual({ ...record, revokedAt: 9 });
  expect(reads()[0]).toEqual([`ROLE#${record.roleArn}`]);
});

const DENIED = 'not authorized to perform: dynamodb:BatchGetItem on resource: arn:x';

test.each<[string, StoreAnswer, string]>([
  ['throttled', awsError('ProvisionedThroughputExceededException', 'slow down'), 'store_unavailable'],
  ['5xx', awsError('InternalServerError', 'oops', 500), 'store_unavailable'],
  ['no answer', 'hang up', 'store_unavailable'],
  ['a missing permission', awsError('AccessDeniedException', DENIED), 'internal_error'],
  ['a missing table', awsError('ResourceNotFoundException', 'no table'), 'internal_error'],
])('%s lets nobody in', async (_name, answer, code) => {
  failure = answer;
  await expect(registry.findKey(hash)).rejects.toMatchObject({ code });
  await expect(registry.findBearer(bearer)).rejects.toMatchObject({ code });
  failure = undefined;
  expect((await registry.findKey(hash))?.record).toMatchObject({ keyId: 'key_1', tenant: 'acme' });
});

test('the cause of a missing permission keeps action and resource for the log', async () => {
  failure = awsError('AccessDeniedException', DENIED);
  await expect(registry.findKey(hash)).rejects.toHaveProperty('cause.message', expect.stringContaining(DENIED));
});
