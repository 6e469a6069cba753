import { toKeyItem } from '../../../../lambdas/core/key-item';
import { hashKey } from '../../../../lambdas/core/keys';
import { createRegistry, type Registry } from '../../../../lambdas/core/registry';
import { awsError, type FakeStore, type StoreAnswer, startStore } from '../support/dynamodb';

const hash = hashKey('sk-test');
const item = toKeyItem(hash, { keyId: 'key_1', tenant: 'acme', name: 'n', createdAt: 1 });
const keyItem: StoreAnswer = { status: 200, body: { Item: item } };
const nothing: StoreAnswer = { status: 200, body: {} };

let answer: StoreAnswer;
let store: FakeStore;
let registry: Registry;
let nowMs = 0;

beforeEach(async () => {
  nowMs = 0;
  store = await startStore(() => answer);
  registry = createRegistry(store.client, 'Registry', { nowMs: () => nowMs, monotonicMs: () => 0 });
});
afterEach(() => store.close());

test('reads a key by its hash, consistently', async () => {
  answer = keyItem;
  expect(await registry.findKey(hash)).toEqual({ keyId: 'key_1', tenant: 'acme', name: 'n', createdAt: 1 });
  expect(store.requests()).toEqual([
    { operation: 'GetItem', body: { TableName: 'Registry', Key: { pk: { S: `KEY#${hash}` }, sk: { S: 'KEY' } }, ConsistentRead: true } },
  ]);
});

test('a revocation is seen after 30 s at the latest', async () => {
  answer = keyItem;
  await registry.findKey(hash);
  answer = { status: 200, body: { Item: { ...item, revoked_at: { N: '5' } } } };
  nowMs = 29_999;
  expect(await registry.findKey(hash)).toHaveProperty('revokedAt', undefined);
  nowMs = 30_000;
  expect(await registry.findKey(hash)).toHaveProperty('revokedAt', 5);
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
  expect(await registry.findRole(roleArn)).toEqual({ roleArn, tenant: 'acme', name: 'c', createdAt: 1, revokedAt: 9 });
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
  expect(await registry.findKey(hash)).toMatchObject({ keyId: 'key_1', tenant: 'acme' });
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
