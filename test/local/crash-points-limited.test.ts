import { paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshalItem } from '../../lambdas/core/attribute-values';
import { sweep } from '../../lambdas/core/accounts/sweep';
import { createAuditStore } from '../../lambdas/core/audit';
import type { Limits } from '../../lambdas/core/limits';
import { planCrash } from '../../local/crash';
import { MODEL, startPlatform, type TestPlatform, until } from '../helpers/platform';

/**
 * The gateway killed at every call that it makes to AWS for a caller with limits. At each point, once swept: no call of a model is missing from the
 * audit trail, none is charged twice, and none is not charged.
 */

const TWO_DAYS_MS = 2 * 86_400_000;

/** What is held, and the calls of a function that has not seen the caller before, by how often it makes them. */
const CASES: readonly (readonly [string, Limits, Readonly<Record<string, number>>])[] = [
  [
    'a budget and rates',
    { microUsdPerMonth: 10_000_000, tokensPerMinute: 1_000_000 },
    // Month and minute; settled, and given back.
    { 'dynamodb.BatchGetItem': 2, 'dynamodb.ExecuteStatement': 2, 'dynamodb.UpdateItem': 4, 'bedrock.ConverseStream': 1 },
  ],
  [
    'a budget in shards',
    { microUsdPerMonth: 10_000_000, shards: 4 },
    // The shard, which is empty, and the account; a grant, its credit, and the settlement.
    { 'dynamodb.BatchGetItem': 2, 'dynamodb.ExecuteStatement': 2, 'dynamodb.UpdateItem': 5, 'bedrock.ConverseStream': 1 },
  ],
];

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

let made = 0;
async function newCaller(limits: Limits): Promise<{ readonly tenant: string; readonly key: string }> {
  made += 1;
  const tenant = `limited-${made}`;
  await platform.limitTenant(tenant, limits);
  return { tenant, key: await platform.createKey(tenant) };
}

async function ask(key: string, stream: boolean): Promise<{ readonly status: number; readonly text: string | undefined }> {
  const body = { model: MODEL, stream, max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] };
  const response = await platform.request('/v1/chat/completions', { key, body });
  return { status: response.status, text: await response.text().catch(() => undefined) };
}

/** Of one tenant's calls: how many, and what they cost by their records. */
async function recorded(tenant: string): Promise<{ readonly calls: number; readonly unfinished: number; readonly cost: number }> {
  const records = Object.values(await platform.audit()).map(({ INTENT, SETTLEMENT, UNKNOWN }) => ({
    tenant: plain(INTENT)?.tenant,
    end: plain(SETTLEMENT) ?? plain(UNKNOWN),
  }));
  const own = records.filter((record) => record.tenant === tenant);
  return {
    calls: own.length,
    unfinished: own.filter(({ end }) => end === undefined).length,
    cost: own.reduce((sum, { end }) => sum + Number(end?.cost_micro_usd ?? 0), 0),
  };
}

function plain(item: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  return item && unmarshalItem(item as Parameters<typeof unmarshalItem>[0]);
}

async function charged(tenant: string): Promise<Record<string, number>> {
  const total = { used: 0, spent: 0, inflight: 0, grants: 0 };
  for await (const { Items = [] } of paginateScan(
    { client: platform.dynamodb },
    { TableName: platform.emulator.output('LedgerTable'), ConsistentRead: true },
  )) {
    for (const item of Items.map(unmarshalItem)) {
      if (item.pk !== `ACCOUNT#tenant#${tenant}` || !String(item.sk).startsWith('MONTH#')) continue;
      for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += Number(item[name] ?? 0);
    }
  }
  return total;
}

async function sweepLater(): Promise<void> {
  const audit = createAuditStore(platform.dynamodb, platform.emulator.output('AuditTable'), 7);
  const clock = { nowMs: () => Date.now() + TWO_DAYS_MS };
  const ports = { client: platform.dynamodb, table: platform.emulator.output('LedgerTable'), audit, clock };
  // A shard is closed once nothing is held in it.
  for (let round = 0; round < 2; round += 1) await sweep(ports);
}

describe.each(CASES)('%s', (_name, limits, calls) => {
  const count = Object.values(calls).reduce((sum, times) => sum + times, 0);
  const points = Array.from({ length: count }, (_, index) => index + 1).flatMap((call) =>
    (['before', 'after'] as const).map((phase) => ({ call, phase, stream: (call + (phase === 'after' ? 1 : 0)) % 2 === 0 })),
  );

  test('the crash points are all there are', async () => {
    const { tenant, key } = await newCaller(limits);
    const never = planCrash(platform.emulator.world, { functionName: 'Gateway', call: Number.POSITIVE_INFINITY, phase: 'before' });
    expect((await ask(key, false)).status).toBe(200);
    await until(() => never.calls.length >= count, 'all calls were made');
    never.cancel();
    const times: Record<string, number> = {};
    for (const name of never.calls) times[name] = (times[name] ?? 0) + 1;
    expect(times).toEqual(calls);
    await sweepLater();
    const { cost } = await recorded(tenant);
    expect(cost).toBeGreaterThan(0);
    expect(await charged(tenant)).toEqual({ used: cost, spent: cost, inflight: 0, grants: 0 });
  });

  test.each(points)('killed $phase call $call (stream: $stream)', async ({ call, phase, stream }) => {
    const { tenant, key } = await newCaller(limits);
    let modelCalls = 0;
    const stop = platform.emulator.world.events.listen((event) => {
      if (event.kind === 'model') modelCalls++;
    });
    const crash = planCrash(platform.emulator.world, { functionName: 'Gateway', call, phase });
    await ask(key, stream);
    await until(crash.happened, 'the function was killed');
    stop();
    await sweepLater();
    const { calls: known, unfinished, cost } = await recorded(tenant);
    expect(known).toBeGreaterThanOrEqual(modelCalls);
    if (modelCalls > 0) {
      expect(unfinished).toBe(0);
      expect(cost).toBeGreaterThan(0);
    }
    expect(await charged(tenant)).toEqual({ used: cost, spent: cost, inflight: 0, grants: 0 });

    // The next call finds a new environment, and everything in order.
    expect((await ask(key, stream)).status).toBe(200);
    await until(async () => (await recorded(tenant)).cost > cost, 'the next call was settled');
  });
});
