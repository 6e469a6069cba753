import { type LocalCli, localCliOf } from '../helpers/local-cli';
import { MODEL, startPlatform, type TestPlatform } from '../helpers/platform';

/** `blueprint usage`, against the roll-ups that the template's own function makes. */

let platform: TestPlatform;
let cli: LocalCli;
beforeAll(async () => {
  platform = await startPlatform();
  cli = localCliOf(platform);
});
afterAll(async () => {
  await platform.stop();
  cli.remove();
});

const blueprint: LocalCli['run'] = (...args) => cli.run(...args);

test('every tenant, dearest first, and one by its services; the sums are those that callers are told', async () => {
  const other = await platform.createKey('globex');
  const chat = async (key: string, service: string) => {
    const body = { model: MODEL, messages: [{ role: 'user', content: 'Hello' }], metadata: { service } };
    expect((await platform.request('/v1/chat/completions', { key, body })).status).toBe(200);
  };
  await chat(other, 'search');
  await chat(platform.key, 'search');
  await chat(platform.key, 'checkout');
  await platform.emulator.world.eventSources.settle();

  const all = await blueprint('usage', '--local');
  expect(all).toMatchObject({ code: 0, stderr: '' });
  const [head, ...lines] = all.stdout.trimEnd().split('\n');
  expect(head).toMatch(/^TENANT +CALLS +ERRORS +REFUSED +COST USD$/);
  expect(lines.map((line) => line.split(/ +/).slice(0, 2))).toEqual([
    ['acme', '2'],
    ['globex', '1'],
    ['total', '3'],
  ]);

  const one = await blueprint('usage', '--local', '--tenant', 'acme', '--group-by', 'service,day', '--json');
  const told = (await (await platform.request('/v1/usage', { method: 'GET' })).json()) as {
    readonly total: { readonly cost_micro_usd: number };
  };
  const { lines: services, total } = JSON.parse(one.stdout) as { readonly lines: readonly { service: string }[]; readonly total: object };
  expect(services.map(({ service }) => service).toSorted()).toEqual(['checkout', 'search']);
  expect(told.total.cost_micro_usd).toBeGreaterThan(0);
  expect(total).toMatchObject({ calls: 2, cost_micro_usd: told.total.cost_micro_usd });

  expect((await blueprint('usage', '--local', '--tenant', 'nobody')).stdout).toMatch(/^Nothing was used, /);
});

test.each([
  [['--group-by', 'colour'], '"colour"'],
  [['--from', '2026-11-31'], 'must be a day'],
  [['--from', '2026-11-02', '--to', '2026-11-01'], 'after --to'],
  [['--from', '2025-01-01', '--to', '2026-11-01'], 'at most 92'],
  [['acme'], 'acme'],
  [['--tenant', 'No such name!'], 'No such name!'],
])('%j is refused, and says why', async (args, says) => {
  const { code, stderr } = await blueprint('usage', '--local', ...args);
  expect(code).toBe(2);
  expect(stderr).toContain(says);
});
