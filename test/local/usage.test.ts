import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as fc from 'fast-check';
import { addUsage, type PlacedContribution } from '../../lambdas/core/usage-ledger/add-usage';
import { createUsageReader } from '../../lambdas/core/usage-ledger/read-usage';
import { planCrash } from '../../local/crash';
import { MODEL, startPlatform, type TestPlatform } from '../helpers/platform';

/** What is attributed is what was charged, to the micro-dollar: by the template's own function, stream and table. */

interface Usage {
  readonly data: readonly Readonly<Record<string, unknown>>[];
  readonly total: Readonly<Record<string, number | null>>;
}

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

const settle = () => platform.emulator.world.eventSources.settle();

async function usage(query: string, key?: string): Promise<Usage> {
  const response = await platform.request(`/v1/usage?${query}`, { method: 'GET', ...(key && { key }) });
  expect(response.status).toBe(200);
  return (await response.json()) as Usage;
}

async function chat(content: string, more: { headers?: Record<string, string>; key?: string; body?: object } = {}): Promise<string> {
  const { headers, key, body } = more;
  const response = await platform.request('/v1/chat/completions', {
    body: { model: MODEL, messages: [{ role: 'user', content }], ...body },
    ...(headers && { headers }),
    ...(key && { key }),
  });
  await response.text();
  return response.headers.get('x-blueprint-trace-id') ?? '';
}

const outcome = (id: string, body: unknown, key?: string) => platform.request(`/v1/calls/${id}/outcome`, { body, ...(key && { key }) });

async function chargedTo(tenant: string): Promise<number> {
  const records = Object.values(await platform.audit()).flatMap(({ SETTLEMENT }) => (SETTLEMENT ? [SETTLEMENT] : []));
  const own = records.filter((record) => (record.tenant as { S: string }).S === tenant);
  return own.reduce((sum, record) => sum + Number((record.cost_micro_usd as { N: string }).N), 0);
}

test('by service, feature, task, model and key; refusals and errors among them; the sum is that of the calls', async () => {
  const other = await platform.createKey('acme');
  await chat('one', { headers: { 'x-blueprint-tags': 'service=checkout, feature=search' } });
  await chat('two', { headers: { 'x-blueprint-tags': 'service=checkout,colour=blue' }, body: { task_type: 'chat' } });
  await chat('three', { headers: { 'x-blueprint-tags': 'service=checkout' }, body: { metadata: { service: 'support' } }, key: other });
  await chat('four', { body: { model: 'mistral-large-3' } });
  await chat('five', { body: { max_cost_usd: 0.000001 } });
  await platform.request('/v1/embeddings', { body: { model: 'titan-embed-text-v2', input: 'six', metadata: { service: 'support' } } });
  expect(await settle()).toEqual([]);

  const byService = await usage('group_by=service');
  expect(byService.data.map(({ service, calls }) => [service, calls]).toSorted()).toEqual([
    [null, 2],
    ['checkout', 2],
    ['support', 2],
  ]);
  expect(byService.total).toMatchObject({ calls: 6, refused: 1, errors: 0, unknown: 0 });
  const charged = await chargedTo('acme');
  expect(charged).toBeGreaterThan(0);
  for (const dimension of ['', 'service', 'feature', 'task', 'model', 'key', 'day', 'prompt', 'team', 'day,key,model,service']) {
    const { data, total } = await usage(`group_by=${dimension}`);
    expect(total.cost_micro_usd).toBe(charged);
    expect(data.reduce((sum, { cost_micro_usd }) => sum + Number(cost_micro_usd), 0)).toBe(charged);
  }
  expect((await usage('group_by=feature')).data.find(({ feature }) => feature === 'search')).toMatchObject({ calls: 1 });
  expect((await usage('group_by=task')).data.find(({ task }) => task === 'chat')).toMatchObject({ calls: 1 });
  expect((await usage('group_by=model')).data.map(({ model }) => model)).toEqual(
    expect.arrayContaining([MODEL, 'mistral-large-3', 'titan-embed-text-v2', null]),
  );
  expect((await usage('group_by=key')).data).toHaveLength(2);
});

test('an outcome joins its call and its cost, once', async () => {
  const key = await platform.createKey('shop');
  const ids = [];
  for (const text of ['a', 'b', 'c']) ids.push(await chat(text, { key, body: { metadata: { service: 'win-back' } } }));
  const [won = '', lost = '', unreported = ''] = ids;
  expect((await outcome(won, { success: true, value_usd: 12.5, label: 'order placed' }, key)).status).toBe(201);
  expect((await outcome(lost, { success: false }, key)).status).toBe(201);
  const again = await outcome(won, { success: false }, key);
  expect([again.status, await again.json()]).toMatchObject([409, { error: { code: 'outcome_exists' } }]);
  const read = await platform.request(`/v1/calls/${won}`, { method: 'GET', key });
  expect(await read.json()).toMatchObject({ outcome: { success: true, value_usd: 12.5, label: 'order placed' } });

  const stranger = await platform.createKey('stranger');
  const foreign = await outcome(unreported, { success: true }, stranger);
  const missing = await outcome('0'.repeat(32), { success: true }, stranger);
  expect([foreign.status, missing.status]).toEqual([404, 404]);
  expect((await foreign.text()).replace(unreported, 'ID').replace(/"trace_id":"\w+"/, '')).toBe(
    (await missing.text()).replace('0'.repeat(32), 'ID').replace(/"trace_id":"\w+"/, ''),
  );

  expect(await settle()).toEqual([]);
  const { data, total } = await usage('group_by=service', key);
  const charged = await chargedTo('shop');
  expect(data).toMatchObject([
    { service: 'win-back', calls: 3, outcomes: 2, successes: 1, value_micro_usd: 12_500_000, cost_micro_usd: charged },
  ]);
  expect(total.cost_per_success_usd).toBe(charged / 1e6);
  expect((await usage('', stranger)).total).toMatchObject({ calls: 0, cost_micro_usd: 0, cost_per_success_usd: null });
});

test.each([
  ['success', {}],
  ['success', { success: 'yes' }],
  ['value_usd', { success: true, value_usd: 1e9 }],
  ['value_usd', { success: true, value_usd: '12' }],
  ['label', { success: true, label: 'a\nb' }],
  ['label', { success: true, label: 'x'.repeat(65) }],
  ['verdict', { success: true, verdict: 1 }],
])('an outcome that is none is refused, by its field %s', async (param, body) => {
  const response = await outcome('0'.repeat(32), body);
  expect([response.status, await response.json()]).toMatchObject([400, { error: { param } }]);
});

test.each([
  ['from=2026-11-31', 'from', 'must be a day'],
  ['from=yesterday', 'from', 'must be a day'],
  ['from=2026-11-02&to=2026-11-01', 'from', 'after'],
  ['from=2025-01-01&to=2026-11-01', 'from', 'at most 92'],
  ['group_by=service,colour', 'group_by', '\\"colour\\"'],
  ['tenant=other', 'tenant', 'not known'],
])('%s is refused', async (query, param, says) => {
  const response = await platform.request(`/v1/usage?${query}`, { method: 'GET' });
  const text = await response.text();
  expect([response.status, JSON.parse(text)]).toMatchObject([400, { error: { param } }]);
  expect(text).toContain(says);
});

test.each(['before', 'after'] as const)('killed %s it counts: the batch is given again, and each call is counted once', async (phase) => {
  const tenant = `killed-${phase}`;
  const key = await platform.createKey(tenant);
  for (const text of ['a', 'b', 'c']) await chat(text, { key, body: { metadata: { service: text } } });
  // The three items of the batch are written at once: the process is lost when some of the writes were made, and when all were.
  const crash = planCrash(platform.emulator.world, { functionName: 'UsageRollup', call: phase === 'before' ? 2 : 3, phase });
  await settle();
  expect(crash.happened()).toBe(true);
  crash.cancel();
  await settle();
  const { data, total } = await usage('group_by=service', key);
  expect(data.map(({ calls }) => calls)).toEqual([1, 1, 1]);
  expect([total.calls, total.cost_micro_usd]).toEqual([3, await chargedTo(tenant)]);
});

/** Shards that are handed over in any batches, again from any earlier place, and at the same time. */
const deliveries = fc.array(
  fc.record({ shard: fc.constantFrom('shard-a', 'shard-b'), from: fc.nat(19), length: fc.integer({ min: 1, max: 20 }) }),
  { maxLength: 8 },
);

test('each record of each shard is counted once, however it is handed over', async () => {
  const { world, administrator: credentials } = platform.emulator;
  const client = new DynamoDBClient({ endpoint: world.endpoint.url, region: world.region, credentials });
  const table = platform.emulator.output('LedgerTable');
  const read = createUsageReader(client, table);
  let run = 0;
  try {
    await fc.assert(
      fc.asyncProperty(deliveries, async (wanted) => {
        run += 1;
        const tenant = `shards-${run}`;
        const records = (shard: string): PlacedContribution[] =>
          Array.from({ length: 20 }, (_, index) => ({
            to: { tenant, day: '2026-11-21', attribution: { key: 'k', service: index % 3 === 0 ? 'x' : 'y' }, model: undefined },
            sums: { calls: 1, cost_micro_usd: index + (shard === 'shard-a' ? 100 : 10_000) },
            // Of different lengths, as DynamoDB's are: 9 comes before 10.
            sequenceNumber: String(index + 3),
          }));
        const reached: Record<string, number> = { 'shard-a': 0, 'shard-b': 0 };
        for (const { shard, from, length } of wanted) {
          // Never beyond what was handed over before: a shard has its order.
          const start = Math.min(from, reached[shard] ?? 0);
          const batch = records(shard).slice(start, start + length);
          reached[shard] = Math.max(reached[shard] ?? 0, start + batch.length);
          await Promise.all([addUsage(client, table, shard, batch), addUsage(client, table, shard, batch)]);
        }
        const expected = Object.entries(reached).flatMap(([shard, end]) => records(shard).slice(0, end));
        const rows = await read(tenant, ['2026-11-21']);
        expect(rows.reduce((sum, { sums }) => sum + sums.calls, 0)).toBe(expected.length);
        expect(rows.reduce((sum, { sums }) => sum + sums.cost_micro_usd, 0)).toBe(
          expected.reduce((sum, { sums }) => sum + (sums.cost_micro_usd ?? 0), 0),
        );
      }),
      { numRuns: 25 },
    );
  } finally {
    client.destroy();
  }
});
