import { toKeyItem } from '../../../../lambdas/core/key-item';
import { hashKey } from '../../../../lambdas/core/keys';
import { createRegistry, type Registry } from '../../../../lambdas/core/registry';
import { toTenantItem } from '../../../../lambdas/core/tenants';
import { awsError, type FakeStore, type StoreAnswer, startStore } from '../support/dynamodb';

const hash = hashKey('sk-test');
const item = toKeyItem(hash, { keyId: 'key_1', tenant: 'acme', name: 'n', createdAt: 1 });
const keyItem: StoreAnswer = { status: 200, body: { Item: item } };
const nothing: StoreAnswer = { status: 200, body: {} };

/** Of keys and roles. */
let answer: StoreAnswer;
let tenantAnswer: StoreAnswer;
let store: FakeStore;
let registry: Registry;
let nowMs = 0;

beforeEach(async () => {
  nowMs = 0;
  tenantAnswer = nothing;
  store = await startStore(({ body }) => (body.includes('TENANT#') ? tenantAnswer : answer));
  registry = createRegistry(store.client, 'Registry', { nowMs: () => nowMs, monotonicMs: () => 0 });
});
afterEach(() => store.close());

const get = (pk: string, sk: string) => ({
  operation: 'GetItem',
  body: { TableName: 'Registry', Key: { pk: { S: pk }, sk: { S: sk } }, ConsistentRead: true },
});

test('reads a key by its hash, and its tenant, consistently', async () => {
  answer = keyItem;
  expect(await registry.findKey(hash)).toEqual({ record: { keyId: 'key_1', tenant: 'acme', name: 'n', createdAt: 1 }, tenant: undefined });
  expect(store.requests()).toEqual([get(`KEY#${hash}`, 'KEY'), get('TENANT#acme', 'TENANT')]);
  await registry.findKey(hash);
  expect(store.requests()).toHaveLength(2);
});

test('a revocation is seen after 30 s at the latest', async () => {
  answer = keyItem;
  await registry.findKey(hash);
  answer = { status: 200, body: { Item: { ...item, revoked_at: { N: '5' } } } };
  nowMs = 29_999;
  expect((await registry.findKey(hash))?.record.revokedAt).toBeUndefined();
  nowMs = 30_000;
  expect((await registry.findKey(hash))?.record.revokedAt).toBe(5);
});

test('limits of a key and of its tenant are seen after 30 s at the latest', async () => {
  answer = {
    status: 200,
    body: { Item: toKeyItem(hash, { keyId: 'key_1', tenant: 'acme', name: 'n', createdAt: 1, limits: { concurrency: 2 } }) },
  };
  tenantAnswer = { status: 200, body: { Item: toTenantItem({ tenant: 'acme', limits: { microUsdPerDay: 7 }, updatedAt: 1 }) } };
  expect(await registry.findKey(hash)).toMatchObject({ record: { limits: { concurrency: 2 } }, tenant: { limits: { microUsdPerDay: 7 } } });
  tenantAnswer = { status: 200, body: { Item: toTenantItem({ tenant: 'acme', limits: { microUsdPerDay: 9 }, updatedAt: 2 }) } };
  nowMs = 29_999;
  expect((await registry.findKey(hash))?.tenant?.limits).toEqual({ microUsdPerDay: 7 });
  nowMs = 30_000;
  expect((await registry.findKey(hash))?.tenant?.limits).toEqual({ microUsdPerDay: 9 });
});

test('what has grown old is read again at one time', async () => {
  answer = keyItem;
  await registry.findKey(hash);
  nowMs = 30_000;
  const before = store.requests().length;
  const found = registry.findKey(hash);
  // Both are on their way before either has an answer.
  await until(() => store.requests().length === before + 2);
  await found;
  expect(store.requests()).toHaveLength(before + 2);
});

test('a tenant that cannot be read lets nobody in', async () => {
  answer = keyItem;
  tenantAnswer = { status: 200, body: { Item: { ...toTenantItem({ tenant: 'acme', limits: {}, updatedAt: 1 }), limits: { S: 'none' } } } };
  await expect(registry.findKey(hash)).rejects.toThrow(/tenant item TENANT#acme cannot be read/);
  tenantAnswer = {
    status: 200,
    body: { Item: { ...toTenantItem({ tenant: 'acme', limits: {}, updatedAt: 1 }), limits: { M: { concurrency: { N: '0' } } } } },
  };
  await expect(registry.findKey(hash)).rejects.toThrow(/concurrency/);
  tenantAnswer = awsError('InternalServerError', 'oops', 500);
  await expect(registry.findKey(hash)).rejects.toMatchObject({ code: 'store_unavailable' });
});

test('a key that does not exist is asked for once', async () => {
  answer = nothing;
  expect(await registry.findKey(hash)).toBeUndefined();
  expect(await registry.findKey(hash)).toBeUndefined();
  expect(store.requests()).toHaveLength(1);
});

test('reads a role by its ARN', async () => {
  const roleArn = 'arn:aws:iam::111122223333:role/caller';
  answer = {
    status: 200,
    body: { Item: { role_arn: { S: roleArn }, tenant: { S: 'acme' }, name: { S: 'c' }, created_at: { N: '1' }, revoked_at: { N: '9' } } },
  };
  expect((await registry.findRole(roleArn))?.record).toEqual({ roleArn, tenant: 'acme', name: 'c', createdAt: 1, revokedAt: 9 });
  expect(store.requests()[0]?.body.Key).toEqual({ pk: { S: `ROLE#${roleArn}` }, sk: { S: 'ROLE' } });
});

test.each([
  ['throttled', awsError('ProvisionedThroughputExceededException', 'slow down'), 'store_unavailable'],
  ['5xx', awsError('InternalServerError', 'oops', 500), 'store_unavailable'],
  ['no answer', 'hang up' as const, 'store_unavailable'],
  [
    'a missing permission',
    awsError('AccessDeniedException', 'not authorized to perform: dynamodb:GetItem on resource: arn:x'),
    'internal_error',
  ],
  ['a missing table', awsError('ResourceNotFoundException', 'no table'), 'internal_error'],
])('%s lets nobody in', async (_name, failure, code) => {
  answer = failure;
  await expect(registry.findKey(hash)).rejects.toMatchObject({ code });
  answer = keyItem;
  expect((await registry.findKey(hash))?.record).toMatchObject({ keyId: 'key_1', tenant: 'acme' });
});

test('the cause of a missing permission keeps action and resource for the log', async () => {
  answer = awsError('AccessDeniedException', 'not authorized to perform: dynamodb:GetItem on resource: arn:x');
  await expect(registry.findKey(hash)).rejects.toHaveProperty(
    'cause.message',
    expect.stringMatching(/dynamodb:GetItem on resource: arn:x/),
  );
});

test('a damaged item lets nobody in', async () => {
  answer = { status: 200, body: { Item: { ...item, revoked_at: { S: 'yesterday' } } } };
  await expect(registry.findKey(hash)).rejects.toThrow(/revokedAt/);
});

async function until(holds: () => boolean): Promise<void> {
  for (let look = 0; look < 200 && !holds(); look += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(holds()).toBe(true);
}
