import * as fs from 'node:fs';
import { loadEnvironment, validateEnvironment } from '../../config/load';
import type { EmulatorEvent } from '../../local/events';
import { parseEmf } from '../../local/metrics/emf';
import { MINUTE_MS } from '../../local/metrics/store';
import { synthWith } from '../helpers/synth-with';
import { MODEL, startPlatform, type TestPlatform, until } from '../helpers/platform';

/** What a tenant spends, where the config names it: measured by the gateway's own calls, and alarmed on for this tenant alone. */

const START_MS = 120_000;

let folder: string;
let platform: TestPlatform;
let nowMs = Date.UTC(2026, 10, 21, 12);
beforeAll(async () => {
  const { alarms, ...dev } = loadEnvironment('dev');
  // A micro-dollar, which any call costs; and what none does.
  const tenants = { acme: { dailySpendUsd: 0.000_001 }, globex: { dailySpendUsd: 1_000 } };
  const config = validateEnvironment({ ...dev, alarms: { ...alarms, tenants } }, 'this test');
  folder = synthWith({ alarms: config.alarms });
  platform = await startPlatform({ assembly: folder, now: () => nowMs });
}, START_MS);
afterAll(async () => {
  await platform?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

const costs = () =>
  platform.events
    .flatMap((event) => (event.kind === 'log' ? parseEmf(event.line) : []))
    .filter(({ name }) => name === 'CostUsd')
    .map(({ dimensions, values }) => ({ dimensions, values }));
const callsMeasured = () => costs().filter(({ dimensions }) => Object.keys(dimensions).length === 1).length;

async function call(tenant: string): Promise<void> {
  const key = tenant === 'acme' ? platform.key : await platform.createKey(tenant);
  const before = callsMeasured();
  const response = await platform.request('/v1/chat/completions', {
    key,
    body: { model: MODEL, messages: [{ role: 'user', content: 'Hello' }] },
  });
  expect(response.status).toBe(200);
  await response.text();
  await until(() => callsMeasured() === before + 1, `the call of ${tenant} was measured`);
  nowMs += MINUTE_MS;
  platform.emulator.world.monitoring.evaluate();
}

/** The alarms' ids in `PlatformAlarms`. */
const raised = () =>
  platform.events
    .filter((event): event is Extract<EmulatorEvent, { kind: 'alarm' }> => event.kind === 'alarm' && event.to === 'ALARM')
    .map(({ name }) => /-Alarms(\w+?)[0-9A-F]{8}$/.exec(name)?.[1]);

test('the alarm of the tenant that spends more is raised, and no other', async () => {
  await call('globex');
  await call('initech');
  expect(raised()).toEqual([]);
  await call('acme');
  expect(raised()).toEqual(['TenantSpendacme']);

  const ofTenants = costs().filter(({ dimensions }) => 'Tenant' in dimensions);
  expect(ofTenants).toEqual(
    ['globex', 'acme'].map((Tenant) => ({ dimensions: { Environment: 'dev', Tenant }, values: [expect.any(Number)] })),
  );
  for (const { values } of ofTenants) expect(values[0]).toBeGreaterThan(0.000_001);
});
