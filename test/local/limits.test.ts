import { setTimeout as sleep } from 'node:timers/promises';
import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import OpenAI, { type APIError, RateLimitError } from 'openai';
import { unmarshalItem } from '../../lambdas/core/attribute-values';
import { createAuditStore } from '../../lambdas/core/audit';
import { sweep } from '../../lambdas/core/accounts/sweep';
import { hashKey, keyIdOf } from '../../lambdas/core/keys';
import { toKeyItem } from '../../lambdas/core/key-item';
import type { Limits } from '../../lambdas/core/limits';
import { toTenantItem } from '../../lambdas/core/tenants';
import { MODEL, startPlatform, type TestPlatform } from '../helpers/platform';

/** Limits of keys and tenants as callers meet them: by the template's own table, function and permissions. */

let platform: TestPlatform;
beforeEach(async () => {
  platform = await startPlatform();
});
afterEach(() => platform.stop());

let made = 0;
/** A key of a tenant of its own. */
async function caller(given: {
  readonly tenant?: Limits;
  readonly key?: Limits;
}): Promise<{ readonly key: string; readonly tenant: string }> {
  made += 1;
  const tenant = `tenant-${made}`;
  const key = `sk-limited-${made}`;
  const TableName = platform.emulator.output('RegistryTable');
  const hash = hashKey(key);
  const record = { keyId: keyIdOf(hash), tenant, name: 'test', createdAt: 1, ...(given.key && { limits: given.key }) };
  await platform.dynamodb.send(new PutItemCommand({ TableName, Item: toKeyItem(hash, record) }));
  if (given.tenant)
    await platform.dynamodb.send(new PutItemCommand({ TableName, Item: toTenantItem({ tenant, limits: given.tenant, updatedAt: 1 }) }));
  return { key, tenant };
}

const body = { model: MODEL, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 100 };
const call = (key: string, more: object = {}) => platform.request('/v1/chat/completions', { key, body: { ...body, ...more } });

const MINUTE_MS = 60_000;
const ENOUGH_MS = 10_000;

/** What is counted within a minute must not fall into two of them: the function's clock is the machine's. */
async function early(): Promise<void> {
  const leftMs = MINUTE_MS - (Date.now() % MINUTE_MS);
  if (leftMs < ENOUGH_MS) await sleep(leftMs + 50);
}

async function months(): Promise<Record<string, Record<string, unknown>>> {
  const { Items = [] } = await platform.dynamodb.send(
    new ScanCommand({ TableName: platform.emulator.output('LedgerTable'), ConsistentRead: true }),
  );
  return Object.fromEntries(
    Items.map(unmarshalItem)
      .filter(({ sk }) => String(sk).startsWith('MONTH#'))
      .map((item) => [String(item.pk), item]),
  );
}

async function settlements(tenant: string): Promise<Record<string, unknown>[]> {
  return Object.values(await platform.audit()).flatMap(({ SETTLEMENT }) => {
    const record = SETTLEMENT && unmarshalItem(SETTLEMENT as Parameters<typeof unmarshalItem>[0]);
    return record?.tenant === tenant ? [record] : [];
  });
}

test('requests a minute: the headers say what is left, and the next one is refused as OpenAI’s clients know it', async () => {
  await early();
  const { key } = await caller({ key: { requestsPerMinute: 2 }, tenant: { tokensPerMinute: 100_000 } });
  const first = await call(key);
  expect(first.status).toBe(200);
  expect(Object.fromEntries([...first.headers].filter(([name]) => name.startsWith('x-ratelimit')))).toEqual({
    'x-ratelimit-limit-requests': '2',
    'x-ratelimit-remaining-requests': '1',
    'x-ratelimit-reset-requests': expect.stringMatching(/^\d+s$/),
    'x-ratelimit-limit-tokens': '100000',
    'x-ratelimit-remaining-tokens': expect.stringMatching(/^9\d{4}$/),
    'x-ratelimit-reset-tokens': expect.stringMatching(/^\d+s$/),
  });
  const openai = new OpenAI({ baseURL: `${platform.url}/v1`, apiKey: key, maxRetries: 0 });
  const streamed = await openai.chat.completions.create({ ...body, stream: true } as never);
  for await (const _chunk of streamed as unknown as AsyncIterable<unknown>);
  const refused = await openai.chat.completions.create(body as never).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(RateLimitError);
  expect(refused).toMatchObject({ status: 429, code: 'rate_limit_exceeded', type: 'rate_limit_error' });
  expect(Number((refused as APIError).headers?.get('retry-after'))).toBeGreaterThan(0);
});

test('a budget: settled to what calls cost, and a hard stop for those that might exceed it', async () => {
  const { key, tenant } = await caller({ tenant: { microUsdPerMonth: 3_000 } });
  let answered = 0;
  let refused: Response | undefined;
  for (let attempt = 0; attempt < 60 && refused === undefined; attempt += 1) {
    const response = await call(key, { stream: attempt % 2 === 0 });
    const text = await response.text();
    if (response.status === 200) answered += 1;
    else refused = new Response(text, { status: response.status });
  }
  expect(answered).toBeGreaterThan(3);
  expect(refused?.status).toBe(429);
  expect(await refused?.json()).toMatchObject({
    error: {
      type: 'insufficient_quota',
      code: 'insufficient_quota',
      message: expect.stringMatching(/^The budget of the tenant tenant-\d+ for this month is \$0\.003000; \$0\.00\d{4} of it is left/),
    },
  });
  const records = await settlements(tenant);
  const spent = records.reduce((sum, { cost_micro_usd }) => sum + Number(cost_micro_usd), 0);
  expect(records.filter(({ status }) => status === 'refused')).toHaveLength(1);
  expect(spent).toBeLessThanOrEqual(3_000);
  expect((await months())[`ACCOUNT#tenant#${tenant}`]).toMatchObject({ used: spent, spent, inflight: 0 });
});

test('a call that fails, or that is refused by another account, leaves nothing held', async () => {
  await early();
  const { key, tenant } = await caller({ key: { microUsdPerDay: 1_000_000 }, tenant: { requestsPerMinute: 2 } });
  const remove = platform.emulator.world.endpoint.faults.add({ service: 'bedrock', kind: 'throttled' });
  expect((await call(key)).status).toBe(429);
  remove();
  expect((await call(key)).status).toBe(200);
  expect((await call(key)).status).toBe(429);
  const records = await settlements(tenant);
  const spent = records.reduce((sum, { cost_micro_usd }) => sum + Number(cost_micro_usd), 0);
  for (const account of [`ACCOUNT#tenant#${tenant}`, `ACCOUNT#key#${keyIdOf(hashKey(key))}`]) {
    expect((await months())[account]).toMatchObject({ used: spent, spent, inflight: 0 });
  }
});

test('calls at a time: twenty at once, and never more than three let in', async () => {
  await platform.stop();
  platform = await startPlatform({ latency: { firstTokenMs: 30, perTokenMs: 0 } });
  const { key } = await caller({ tenant: { concurrency: 3 } });
  let underWay = 0;
  let most = 0;
  platform.emulator.world.endpoint.intercept(({ service, phase }) => {
    if (service !== 'bedrock') return undefined;
    underWay += phase === 'before' ? 1 : -1;
    most = Math.max(most, underWay);
    return undefined;
  });
  const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await call(key)).status));
  expect(new Set(statuses)).toEqual(new Set([200, 429]));
  expect(most).toBeLessThanOrEqual(3);
});

test('while the ledger does not answer nobody with limits is let in, and nobody else is kept out', async () => {
  const { key } = await caller({ tenant: { concurrency: 3 } });
  const ledger = platform.emulator.output('LedgerTable');
  platform.emulator.world.endpoint.intercept(({ operation, phase }) =>
    operation === 'UpdateItem' && phase === 'before' ? 'drop' : undefined,
  );
  expect(ledger).toBeTruthy();
  const response = await call(key);
  expect([response.status, ((await response.json()) as { error: { code: string } }).error.code]).toEqual([503, 'store_unavailable']);
  expect((await call(platform.key)).status).toBe(200);
});

test('a process that dies after it was let in: nothing is lost, and the sweep settles it at its worst case', async () => {
  const { key, tenant } = await caller({ tenant: { microUsdPerMonth: 1_000_000 } });
  const stop = platform.emulator.world.endpoint.intercept(async ({ service, accessKeyId }) => {
    if (service === 'bedrock') await platform.gateway.kill(accessKeyId, 'the test ended it');
    return undefined;
  });
  expect((await call(key)).status).toBeGreaterThanOrEqual(500);
  stop();
  const account = `ACCOUNT#tenant#${tenant}`;
  expect((await months())[account]).toMatchObject({ inflight: 1 });
  const audit = createAuditStore(platform.dynamodb, platform.emulator.output('AuditTable'), 7);
  const later = { nowMs: () => Date.now() + 18 * 60_000 };
  expect(await sweep({ client: platform.dynamodb, table: platform.emulator.output('LedgerTable'), audit, clock: later })).toMatchObject({
    unknown: 1,
  });
  const [[id, records] = ['', {}]] = Object.entries(await platform.audit()).filter(([, { UNKNOWN }]) => UNKNOWN);
  const worst = unmarshalItem(records.INTENT as Parameters<typeof unmarshalItem>[0]).worst_case_cost_micro_usd;
  expect((await months())[account]).toMatchObject({ used: worst, spent: worst, inflight: 0 });
  const seen = await platform.request(`/v1/calls/${id}`, { method: 'GET', key });
  expect(await seen.json()).toMatchObject({ settlement: null, unknown: { cost_micro_usd: worst } });
});
