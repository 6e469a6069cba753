import { type AuditStore, createAuditStore } from '../../../../lambdas/core/audit';
import type { IntentRecord, SettlementRecord } from '../../../../lambdas/core/audit-record';
import { newCallId } from '../../../../lambdas/core/trace-id';
import { awsError, type FakeStore, type StoreAnswer, startStore } from '../support/dynamodb';

const startedMs = Date.UTC(2026, 10, 20, 23, 59, 59);
const callId = newCallId(startedMs);
const intent: IntentRecord = {
  tenant: 'acme',
  key_id: 'key_1',
  door: 'v1',
  requested_model: 'small-1',
  route: { model: 'small-1', provider_model_id: 'vendor.small', reason: 'exact_id' },
  input_hash: 'abc',
  worst_case_cost_micro_usd: 10,
  max_tokens: 5,
  stream: false,
  created_at: startedMs,
  price_table_version: '2026-11-01',
  gateway_version: '1.2.3',
};
const settlement: SettlementRecord = {
  tenant: 'acme',
  status: 'ok',
  model: 'small-1',
  usage: { input_tokens: 1, output_tokens: 2, cache_read_tokens: 0, cache_write_tokens: 0 },
  usage_estimated: false,
  cost_micro_usd: 7,
  price_table_version: '2026-11-01',
  model_ms: 1.5,
  overhead_ms: 0.5,
  total_ms: 2,
  settled_at: startedMs + 2000,
};

let answers: StoreAnswer[];
let store: FakeStore;
let audit: AuditStore;

beforeEach(async () => {
  answers = [];
  store = await startStore(() => answers.shift() ?? { status: 200, body: {} });
  audit = createAuditStore(store.client, 'Audit-Table_1', 30);
});
afterEach(() => store.close());

/** What the store would hold after an INSERT. */
function insertedItem(index: number): Record<string, unknown> {
  const { Statement, Parameters } = (store.requests().at(index)?.body ?? {}) as { Statement: string; Parameters: unknown[] };
  const names = /^INSERT INTO "Audit-Table_1" VALUE \{(('\w+': \?(, )?)+)\}$/.exec(Statement)?.[1]?.split(', ') ?? [];
  expect(names).toHaveLength(Parameters.length);
  return Object.fromEntries(names.map((name, position) => [name.replace(/'(\w+)': \?/, '$1'), Parameters[position]]));
}

test('inserts an intent by PartiQL', async () => {
  await audit.insertIntent(callId, intent);
  expect(store.requests().map(({ operation }) => operation)).toEqual(['ExecuteStatement']);
  expect(insertedItem(0)).toMatchObject({
    pk: { S: `CALL#${callId}` },
    sk: { S: 'INTENT' },
    tenant: { S: 'acme' },
    tenant_day: { S: 'acme#2026-11-20' },
    expires_at: { N: String(startedMs / 1000 + 30 * 86_400) },
    route: { M: { model: { S: 'small-1' }, provider_model_id: { S: 'vendor.small' }, reason: { S: 'exact_id' } } },
    worst_case_cost_micro_usd: { N: '10' },
  });
});

test('a settlement after midnight stands on the day of its call', async () => {
  await audit.insertSettlement(callId, settlement);
  expect(insertedItem(0)).toMatchObject({ sk: { S: 'SETTLEMENT' }, tenant_day: { S: 'acme#2026-11-20' }, status: { S: 'ok' } });
  expect(insertedItem(0)).not.toHaveProperty('error_code');
});

const duplicate = awsError('DuplicateItemException', 'Duplicate primary key exists in table');

test('a duplicate after an attempt without an answer is that attempt: success', async () => {
  answers = ['hang up', duplicate];
  await expect(audit.insertIntent(callId, intent)).resolves.toBeUndefined();
  expect(store.requests()).toHaveLength(2);
});

test('a duplicate at the first attempt is an error', async () => {
  answers = [duplicate];
  await expect(audit.insertIntent(callId, intent)).rejects.toMatchObject({ code: 'internal_error' });
});

test.each([
  ['down', ['hang up', 'hang up', 'hang up'] as StoreAnswer[], 'store_unavailable'],
  ['forbidden', [awsError('AccessDeniedException', 'dynamodb:PartiQLInsert on arn:x')], 'internal_error'],
])('a store that is %s fails the call', async (_name, failures, code) => {
  answers = failures;
  await expect(audit.insertIntent(callId, intent)).rejects.toMatchObject({ code });
});

test('reads what it wrote, consistently', async () => {
  await audit.insertIntent(callId, intent);
  await audit.insertSettlement(callId, settlement);
  answers = [{ status: 200, body: { Items: [insertedItem(0), insertedItem(1)] } }];
  expect(await audit.read(callId)).toEqual({ intent, settlement });
  expect(store.requests()[2]).toMatchObject({
    operation: 'Query',
    body: { TableName: 'Audit-Table_1', ConsistentRead: true, ExpressionAttributeValues: { ':pk': { S: `CALL#${callId}` } } },
  });
});

test('reads a call that is not settled, and one that does not exist', async () => {
  await audit.insertIntent(callId, intent);
  answers = [
    { status: 200, body: { Items: [insertedItem(0)] } },
    { status: 200, body: { Items: [] } },
  ];
  expect(await audit.read(callId)).toEqual({ intent, settlement: undefined });
  expect(await audit.read(callId)).toBeUndefined();
});
