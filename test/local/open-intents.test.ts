import { unmarshalItem } from '../../lambdas/core/attribute-values';
import { sweep } from '../../lambdas/core/accounts/sweep';
import { createAuditStore } from '../../lambdas/core/audit';
import { createCursors } from '../../lambdas/core/open-intents/cursors';
import { createIntentIndex } from '../../lambdas/core/open-intents/intent-index';
import { registeredTenants } from '../../lambdas/core/open-intents/registered-tenants';
import { sweepIntents, type SweptIntents } from '../../lambdas/core/open-intents/sweep-intents';
import { planCrash } from '../../local/crash';
import { MODEL, startPlatform, type TestPlatform, until } from '../helpers/platform';

/** Calls of processes that died, of callers whom no account limits: no hold says that they are open. */

const MINUTE_MS = 60_000;
const LATER_MS = 40 * MINUTE_MS;
/** The gateway's calls for such a caller: its key, its tenant, the intent, the model, the settlement. */
const MODEL_CALL = 4;

let platform: TestPlatform;
beforeEach(async () => {
  platform = await startPlatform();
});
afterEach(() => platform.stop());

async function ask(key: string): Promise<number> {
  const body = { model: MODEL, max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }], metadata: { service: 'billing' } };
  const response = await platform.request('/v1/chat/completions', { key, body });
  await response.text();
  return response.status;
}

async function askAndDie(key: string, call = MODEL_CALL): Promise<void> {
  const crash = planCrash(platform.emulator.world, { functionName: 'Gateway', call, phase: 'after' });
  await ask(key);
  await until(crash.happened, 'the function was killed');
  crash.cancel();
}

/** As the function does it, some time later. */
async function sweepLater(afterMs = LATER_MS, maxPages = 100): Promise<SweptIntents> {
  const { dynamodb: client, emulator } = platform;
  const nowMs = Date.now() + afterMs;
  const audit = createAuditStore(client, emulator.output('AuditTable'), 7);
  await sweep({ client, table: emulator.output('LedgerTable'), audit, clock: { nowMs: () => nowMs } });
  return sweepIntents({
    tenants: () => registeredTenants(client, emulator.output('RegistryTable')),
    cursors: createCursors(client, emulator.output('LedgerTable')),
    index: createIntentIndex(client, emulator.output('AuditTable')),
    audit,
    nowMs,
    maxPages,
  });
}

type Records = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

async function records(): Promise<Readonly<Record<string, Records>>> {
  const all = Object.entries(await platform.audit()).map(([id, kinds]) => {
    const plain = Object.entries(kinds).map(([kind, item]) => [kind, unmarshalItem(item as Parameters<typeof unmarshalItem>[0])]);
    return [id, Object.fromEntries(plain)];
  });
  return Object.fromEntries(all);
}

test('a call that nobody knows the end of: its worst case on record, once, in the usage too', async () => {
  const key = await platform.createKey('unlimited');
  await askAndDie(key);
  expect(await ask(key)).toBe(200);
  const before = await records();
  const [id = '', { INTENT } = {}] = Object.entries(before).find(([, kinds]) => kinds.SETTLEMENT === undefined) ?? [];
  const worst = INTENT?.worst_case_cost_micro_usd;
  expect(worst).toBeGreaterThan(0);
  expect(INTENT).not.toHaveProperty('limited');

  // It may still be under way.
  expect(await sweepLater(31 * MINUTE_MS)).toMatchObject({ intents: 0, unknown: 0 });
  const sweeps = await Promise.all([sweepLater(), sweepLater()]);
  expect(sweeps.map(({ intents }) => intents)).toEqual([2, 2]);
  expect(sweeps.reduce((sum, { unknown }) => sum + unknown, 0)).toBe(1);
  expect(sweeps.reduce((sum, { unknownMicroUsd }) => sum + unknownMicroUsd, 0)).toBe(worst);
  expect(await sweepLater()).toMatchObject({ unknown: 0 });

  const after = await records();
  expect(after[id]?.UNKNOWN).toMatchObject({
    tenant: 'unlimited',
    cost_micro_usd: worst,
    model: MODEL,
    attribution: { service: 'billing' },
  });
  const others = Object.entries(after).filter(([other]) => other !== id);
  expect(others.map(([, kinds]) => Object.keys(kinds).toSorted())).toEqual([['INTENT', 'SETTLEMENT']]);
  const seen = await platform.request(`/v1/calls/${id}`, { method: 'GET', key });
  expect(await seen.json()).toMatchObject({ settlement: null, unknown: { cost_micro_usd: worst } });

  await platform.emulator.world.eventSources.settle();
  const usage = await platform.request('/v1/usage?group_by=service', { method: 'GET', key });
  const settled = Number(others[0]?.[1].SETTLEMENT?.cost_micro_usd);
  expect(await usage.json()).toMatchObject({
    data: [{ service: 'billing', calls: 2, unknown: 1, cost_micro_usd: Number(worst) + settled }],
  });
});

test('a call that accounts limit, and that died before they held anything for it, asked no model: it ends on record and costs nothing', async () => {
  const key = await platform.createKey('limited');
  await platform.limitTenant('limited', { microUsdPerMonth: 10_000_000 });
  // The intent is written, the hold is not.
  const stop = platform.emulator.world.endpoint.intercept(async ({ operation, phase, accessKeyId }) => {
    if (operation !== 'UpdateItem' || phase !== 'before') return undefined;
    await until(async () => Object.keys(await records()).length > 0, 'the intent was written');
    await platform.gateway.kill(accessKeyId, 'the test ended it');
    return 'drop';
  });
  await ask(key);
  stop();
  expect(Object.values(await records()).map((kinds) => Object.keys(kinds))).toEqual([['INTENT']]);
  expect(await sweepLater()).toMatchObject({ intents: 1, unknown: 1, unknownMicroUsd: 0 });
  const [kinds] = Object.values(await records());
  expect(kinds).toMatchObject({ INTENT: { limited: true }, UNKNOWN: { tenant: 'limited', cost_micro_usd: 0 } });
});

test('a hold that was left over says what the call is charged, and the intent adds nothing', async () => {
  const key = await platform.createKey('limited');
  await platform.limitTenant('limited', { microUsdPerMonth: 10_000_000 });
  const stop = platform.emulator.world.endpoint.intercept(async ({ service, accessKeyId }) => {
    if (service === 'bedrock') await platform.gateway.kill(accessKeyId, 'the test ended it');
    return undefined;
  });
  await ask(key);
  stop();
  expect(await sweepLater()).toMatchObject({ intents: 1, unknown: 0 });
  const [kinds] = Object.values(await records());
  expect(kinds?.UNKNOWN?.cost_micro_usd).toBe(kinds?.INTENT?.worst_case_cost_micro_usd);
});

test('what a bound leaves is found the next time, of every tenant', async () => {
  const tenants = ['one', 'two', 'three'];
  for (const tenant of tenants) await askAndDie(await platform.createKey(tenant));
  const found = [await sweepLater(LATER_MS, 1), await sweepLater(LATER_MS, 1), await sweepLater(LATER_MS)];
  expect(found.map(({ unknown }) => unknown)).toEqual([1, 1, 1]);
  expect(found.map(({ isComplete }) => isComplete)).toEqual([false, false, true]);
  const ended = Object.values(await records()).map(({ UNKNOWN }) => String(UNKNOWN?.tenant));
  expect(ended.toSorted()).toEqual(tenants.toSorted());
});
