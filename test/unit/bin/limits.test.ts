import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { fromTenantItem, tenantItemKey } from '../../../lambdas/core/tenants';
import { aroundEachTest, NOW_MS, run } from './support';

const at = aroundEachTest();

const limits = (...args: string[]) => run(['limits', ...args, '--local'], { cwd: at.local.cwd });
const createKey = async (): Promise<string> => {
  const { stdout } = await run(['keys', 'create', '--tenant', 'acme', '--name', 'first', '--json', '--local'], { cwd: at.local.cwd });
  return (JSON.parse(stdout) as { keyId: string }).keyId;
};

test('limits of a tenant are set, changed one by one, listed and taken away', async () => {
  expect(await limits('set', '--tenant', 'acme', '--budget-per-month', '250', '--concurrency', '10')).toEqual({
    code: 0,
    stdout: 'Tenant acme in dev may use $250.000000 a month, 10 calls at a time.\n',
    stderr: '',
  });
  const { Item = {} } = await at.aws.client.send(new GetItemCommand({ TableName: at.aws.table, Key: tenantItemKey('acme') }));
  expect(fromTenantItem(Item)).toEqual({
    tenant: 'acme',
    limits: { microUsdPerMonth: 250_000_000, concurrency: 10 },
    createdAt: NOW_MS,
    updatedAt: NOW_MS,
  });
  const changed = await limits(
    'set',
    '--tenant',
    'acme',
    '--budget-per-day',
    '0.29',
    '--concurrency',
    'none',
    '--soft-limit-percent',
    '80',
  );
  expect(changed.stdout).toBe('Tenant acme in dev may use $250.000000 a month, $0.290000 a day, a warning at 80 %.\n');
  expect((await limits('list')).stdout).toContain('tenant  acme  acme    $250.000000 a month, $0.290000 a day, a warning at 80 %');
  await limits('set', '--tenant', 'acme', '--budget-per-month', 'none', '--budget-per-day', 'none');
  expect((await limits('set', '--tenant', 'acme', '--soft-limit-percent', 'none')).stdout).toBe('Tenant acme in dev has no limits.\n');
  expect((await limits('list')).stdout).toBe('No tenant, team or key in dev has limits.\n');
});

test('a hot account is spread over shards', async () => {
  const set = await limits('set', '--tenant', 'acme', '--budget-per-day', '5', '--shards', '4');
  expect(set.stdout).toBe('Tenant acme in dev may use $5.000000 a day, spread over 4 shards.\n');
  const { Item = {} } = await at.aws.client.send(new GetItemCommand({ TableName: at.aws.table, Key: tenantItemKey('acme') }));
  expect(fromTenantItem(Item).limits).toEqual({ microUsdPerDay: 5_000_000, shards: 4 });
});

test('limits of a key, as programs read them', async () => {
  const keyId = await createKey();
  const { code, stdout } = await limits('set', '--key', keyId, '--requests-per-minute', '60', '--tokens-per-minute', '100000', '--json');
  expect([code, JSON.parse(stdout)]).toEqual([
    0,
    { of: 'key', id: keyId, tenant: 'acme', limits: { requestsPerMinute: 60, tokensPerMinute: 100_000 } },
  ]);
  expect(JSON.parse((await limits('list', '--json')).stdout)).toHaveLength(1);
  expect((await run(['keys', 'list', '--json', '--local'], { cwd: at.local.cwd })).stdout).toContain('"requestsPerMinute": 60');
});

test.each<[string[], number, string]>([
  [['set', '--concurrency', '1'], 2, 'needs --tenant <tenant>, --team <tenant>/<team> or --key <key id>, one of them.'],
  [['set', '--tenant', 'acme', '--key', 'key_0123456789abcdef', '--concurrency', '1'], 2, 'one of them.'],
  [['set', '--tenant', 'acme'], 2, 'needs a limit: --budget-per-month'],
  [['set', '--tenant', 'a b', '--concurrency', '1'], 2, 'The tenant is "a b"'],
  [['set', '--key', 'first', '--concurrency', '1'], 2, '"first" is no key id'],
  [['set', '--key', 'key_0123456789abcdef', '--concurrency', '1'], 1, 'There is no key key_0123456789abcdef'],
  [['set', '--tenant', 'acme', '--concurrency', '0'], 2, 'Option --concurrency is "0"; it must be a whole number from 1 to'],
  [['set', '--tenant', 'acme', '--concurrency', '1.5'], 2, 'it must be a whole number'],
  [['set', '--tenant', 'acme', '--concurrency', 'NaN'], 2, 'it must be a whole number'],
  [['set', '--tenant', 'acme', '--concurrency=-1'], 2, 'it must be a whole number'],
  [['set', '--tenant', 'acme', '--shards', '5'], 2, 'Option --shards is "5"; it must be 4, 16 or "none".'],
  [['set', '--tenant', 'acme', '--shards', '16', '--concurrency', '100'], 1, '16 shards need a concurrency of at least 128, received 100'],
  [['set', '--tenant', 'acme', '--soft-limit-percent', '101'], 2, 'a whole number from 1 to 100'],
  [['set', '--tenant', 'acme', '--budget-per-day', '0'], 2, 'it must be US dollars above 0 with at most six decimals'],
  [['set', '--tenant', 'acme', '--budget-per-day', '1e3'], 2, 'it must be US dollars'],
  [['set', '--tenant', 'acme', '--budget-per-day', '0.0000001'], 2, 'at most six decimals'],
  [['set', '--tenant', 'acme', '--budget-per-month', 'Infinity'], 2, 'it must be US dollars'],
  [['set', '--tenant', 'acme', '--budget-per-week', '5'], 2, 'did you mean "--budget-per-day"'],
  [['list', 'acme'], 2, 'does not know what to do with "acme"'],
  [['get'], 2, 'Unknown command "get"'],
])('%j is not understood, and says why', async (args, code, message) => {
  const told = await limits(...args);
  expect([told.code, told.stdout]).toEqual([code, '']);
  expect(told.stderr).toContain(message);
});
