import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { listKeys, rotateKey } from '../../../lambdas/core/administration/key-store';
import { fromRevocationItem, revocationItemKey } from '../../../lambdas/core/identity/revocations';
import { fromKeyItem, keyItemKey, type StoredKey } from '../../../lambdas/core/key-item';
import { hashKey, keyRefusal } from '../../../lambdas/core/keys';
import { fromRoleItem, roleItemKey } from '../../../lambdas/core/roles';
import { fromTeamItem, teamItemKey } from '../../../lambdas/core/teams';
import { fromTenantItem, tenantItemKey } from '../../../lambdas/core/tenants';
import { aroundEachTest, NOW_MS, run } from './support';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ARN = 'arn:aws:iam::111122223333:role/product';

const at = aroundEachTest();

type Printed = Readonly<Record<string, unknown>> & { readonly key: string; readonly keyId: string };

/** What a command that is understood prints, as JSON. */
async function done(...args: readonly string[]): Promise<Printed> {
  const { code, stdout, stderr } = await run([...args, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Printed;
}

async function item(Key: ReturnType<typeof tenantItemKey>) {
  const { Item = {} } = await at.aws.client.send(new GetItemCommand({ TableName: at.aws.table, Key }));
  return Item;
}
const stored = async (secret: string): Promise<StoredKey> => fromKeyItem(await item(keyItemKey(hashKey(secret))));

const create = (...more: readonly string[]) => done('keys', 'create', '--tenant', 'acme', '--name', 'ci', ...more);

describe('keys create', () => {
  test('with team, owner and scopes', async () => {
    await done('teams', 'set', 'acme/search');
    const scopes = ['--models', 'nova-*, claude-haiku-4.5', '--task-types', 'chat,embedding', '--routes', 'chat', '--prompts', 'greeting'];
    const { key } = await create('--team', 'search', '--owner', 'jo@example.com', ...scopes);
    expect(await stored(key)).toMatchObject({
      team: 'search',
      owner: 'jo@example.com',
      scopes: { models: ['nova-*', 'claude-haiku-4.5'], tasks: ['chat', 'embedding'], routes: ['chat'], prompts: ['greeting'] },
    });
  });

  test.each<[readonly string[], number, string]>([
    [['--models', 'nova-por'], 2, 'Option --models names "nova-por", which is no model of dev: did you mean "nova-pro"?'],
    [['--models', 'zzzz*'], 2, 'which is no model of dev; there are claude-opus-5'],
    [['--models', 'nova-pro,'], 2, 'Option --models is "nova-pro,"; each of its parts must be 1 to 127 letters'],
    [['--models', '*'], 2, 'each of its parts must be 1 to 127 letters'],
    [['--task-types', 'sumarization'], 2, 'Option --task-types names "sumarization", which is unknown: did you mean "summarization"?'],
    [
      ['--routes', 'chat,admin'],
      2,
      'Option --routes names "admin", which is unknown; there are chat, embeddings, prompts, models, calls, usage, reviews.',
    ],
    [['--scopes', 'chat'], 2, 'Unknown option "--scopes"'],
    [['--team', 'search'], 1, 'Tenant acme has no team search; make it first (blueprint teams set acme/search).'],
    [['--team', 'a/b'], 2, 'The team is "a/b"; it must be'],
    [['--owner', ' '], 2, 'The owner is " "; it must be'],
  ])('%j is refused, and nothing written', async (options, code, message) => {
    const told = await run(['keys', 'create', '--tenant', 'acme', '--name', 'ci', ...options]);
    expect([told.code, told.stdout]).toEqual([code, '']);
    expect(told.stderr).toContain(message);
    expect(await listKeys(at.aws)).toEqual([]);
  });

  test('of a gateway whose config is not known, any model may be named', async () => {
    const create = ['keys', 'create', '--tenant', 'acme', '--name', 'ci', '--models', 'house-model'];
    const told = await run([...create, '--url', at.aws.url, '--region', 'eu-west-1']);
    expect(told.code).toBe(0);
  });
});

describe('keys rotate', () => {
  test('both keys are good until the overlap is over, and then the new one alone', async () => {
    const old = await create('--models', 'nova-pro', '--owner', 'jo');
    await done('limits', 'set', '--key', old.keyId, '--budget-per-month', '5');
    const next = await done('keys', 'rotate', old.keyId, '--overlap', '24h');
    expect(next.key).not.toBe(old.key);
    expect(next).toMatchObject({ replaces: { keyId: old.keyId, expiresAt: '2026-11-21T12:00:00.000Z' }, expiresAt: null });
    const [before, after] = [await stored(old.key), await stored(next.key)];
    for (const [atMs, refusals] of [
      [NOW_MS + DAY_MS - 1, [undefined, undefined]],
      [NOW_MS + DAY_MS, ['expired', undefined]],
    ] as const) {
      expect([before, after].map((key) => keyRefusal(key, atMs))).toEqual(refusals);
    }
    // What it may use, and what it has used, go on.
    expect(after).toMatchObject({
      scopes: { models: ['nova-pro'] },
      owner: 'jo',
      limits: { microUsdPerMonth: 5_000_000 },
      accountId: old.keyId,
    });
    expect((await run(['keys', 'list'])).stdout).toMatch(new RegExp(`^${old.keyId} .* rotated `, 'm'));
  });

  test('its account is that of the first, however often', async () => {
    const first = await create();
    const second = await done('keys', 'rotate', first.keyId);
    const third = await done('keys', 'rotate', second.keyId);
    expect(await stored(third.key)).toMatchObject({ accountId: first.keyId });
  });

  test('a key that was to live for some time is followed by one that lives as long', async () => {
    const old = await create('--expires', '90d');
    const { stdout } = await run(['keys', 'rotate', old.keyId, '--json'], { nowMs: NOW_MS + 80 * DAY_MS });
    const next = JSON.parse(stdout) as Printed;
    expect((await stored(next.key)).expiresAt).toBe(NOW_MS + 170 * DAY_MS);
    const last = await done('keys', 'rotate', next.keyId, '--expires', '10d');
    expect((await stored(last.key)).expiresAt).toBe(NOW_MS + 10 * DAY_MS);
  });

  test('no overlap makes a key live longer than it was to', async () => {
    const old = await create('--expires', '1d');
    await done('keys', 'rotate', old.keyId, '--overlap', '7d');
    expect((await stored(old.key)).expiresAt).toBe(NOW_MS + DAY_MS);
  });

  test('without overlap the old one ends at once', async () => {
    const old = await create();
    await done('keys', 'rotate', old.keyId, '--overlap', '0');
    expect(keyRefusal(await stored(old.key), NOW_MS)).toBe('expired');
  });

  test('a key is rotated once: of two at the same moment one has no effect', async () => {
    const { keyId } = await create();
    const rotate = () => rotateKey({ client: at.aws.client, table: at.aws.table, keyId, overlapMs: HOUR_MS, nowMs: NOW_MS });
    const ends = await Promise.allSettled([rotate(), rotate()]);
    const [won] = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
    expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const good = (await listKeys(at.aws)).filter((key) => keyRefusal(key, NOW_MS) === undefined).map((key) => key.keyId);
    expect(good.toSorted()).toEqual([keyId, won?.record.keyId].toSorted());
  });

  test.each<[string, (keyId: string) => Promise<unknown>, string]>([
    ['was revoked', (keyId) => run(['keys', 'revoke', keyId]), 'is revoked; create a new one'],
    ['was rotated', (keyId) => run(['keys', 'rotate', keyId]), 'was rotated already; key_'],
  ])('one that %s is refused', async (_name, end, message) => {
    const { keyId } = await create();
    await end(keyId);
    const before = (await listKeys(at.aws)).length;
    const told = await run(['keys', 'rotate', keyId]);
    expect([told.code, told.stdout]).toEqual([1, '']);
    expect(told.stderr).toContain(message);
    expect(await listKeys(at.aws)).toHaveLength(before);
  });

  test.each<[readonly string[], number, string]>([
    [[], 2, 'needs the id of a key'],
    [['key_0123456789abcdef'], 1, 'There is no key key_0123456789abcdef'],
    [['key_0123456789abcdef', '--overlap', '24'], 2, 'Option --overlap is "24"; it must be minutes, hours or days up to 30d'],
    [['key_0123456789abcdef', '--overlap', '31d'], 2, 'Option --overlap is "31d"'],
    [['key_0123456789abcdef', '--overlap', '-1h'], 2, 'Option --overlap needs a value'],
  ])('%j', async (args, code, message) => {
    const told = await run(['keys', 'rotate', ...args]);
    expect(told.code).toBe(code);
    expect(told.stderr).toContain(message);
  });
});

describe('tenants', () => {
  const of = async () => fromTenantItem(await item(tenantItemKey('acme')));

  test('are set member by member, and limits are none of it', async () => {
    await done('limits', 'set', '--tenant', 'acme', '--concurrency', '3');
    await done('tenants', 'set', 'acme', '--name', 'Acme', '--models', 'nova-*', '--residency', 'us,eu-west-1', '--no-retention', 'yes');
    const all = {
      tenant: 'acme',
      name: 'Acme',
      limits: { concurrency: 3 },
      scopes: { models: ['nova-*'] },
      residency: { within: ['us', 'eu-west-1'], noRetention: true },
      createdAt: NOW_MS,
      updatedAt: NOW_MS,
    };
    expect(await of()).toEqual(all);
    // A change of limits leaves the rest as it is, too.
    await done('limits', 'set', '--tenant', 'acme', '--concurrency', '4');
    expect(await of()).toEqual({ ...all, limits: { concurrency: 4 } });
    await done('tenants', 'set', 'acme', '--residency', 'none', '--routes', 'chat');
    expect(await of()).toMatchObject({ residency: { noRetention: true }, scopes: { models: ['nova-*'], routes: ['chat'] } });
    await done('tenants', 'set', 'acme', '--no-retention', 'no', '--models', 'none', '--routes', 'none');
    const { scopes, residency, ...rest } = await of();
    expect([scopes, residency]).toEqual([undefined, undefined]);
    expect(rest).toMatchObject({ name: 'Acme', limits: { concurrency: 4 } });
  });

  test('are suspended and let in again', async () => {
    await done('tenants', 'set', 'acme', '--suspended', 'yes');
    expect((await of()).suspendedAt).toBe(NOW_MS);
    expect((await run(['tenants', 'show', 'acme'])).stdout).toBe('Tenant acme in dev: suspended; its callers may use everything.\n');
    await done('tenants', 'set', 'acme', '--suspended', 'no');
    expect((await of()).suspendedAt).toBeUndefined();
  });

  test('are shown and listed', async () => {
    expect((await run(['tenants', 'list'])).stdout).toBe('No tenants in the registry of dev.\n');
    await done('tenants', 'set', 'acme', '--name', 'Acme', '--task-types', 'chat', '--residency', 'us');
    expect((await run(['tenants', 'list'])).stdout).toMatch(/^acme +Acme +active +tasks chat, models in us$/m);
    expect(await done('tenants', 'show', 'acme')).toMatchObject({ tenant: 'acme', status: 'active', residency: { within: ['us'] } });
  });

  test.each<[readonly string[], number, string]>([
    [['set'], 2, 'needs the id of a tenant'],
    [['set', 'a/b'], 2, 'The tenant is "a/b"'],
    [['set', 'acme', '--residency', 'europe'], 2, 'Option --residency names "europe", which is no place'],
    [['set', 'acme', '--residency', 'eu-wset-1'], 2, 'did you mean "eu-west-1"?'],
    [['set', 'acme', '--no-retention', 'true'], 2, 'Option --no-retention is "true"; it must be yes or no.'],
    [['set', 'acme', '--models', 'gpt'], 2, 'which is no model of dev'],
    [['show', 'acme'], 1, 'says nothing of tenant acme'],
  ])('%j', async (args, code, message) => {
    const told = await run(['tenants', ...args]);
    expect([told.code, told.stdout]).toEqual([code, '']);
    expect(told.stderr).toContain(message);
  });
});

describe('teams', () => {
  const of = async () => fromTeamItem(await item(teamItemKey('acme', 'search')));

  test('are made, changed, limited and listed', async () => {
    await done('teams', 'set', 'acme/search', '--name', 'Search', '--models', 'nova-pro');
    await done('limits', 'set', '--team', 'acme/search', '--requests-per-minute', '60');
    await done('teams', 'set', 'acme/search', '--task-types', 'chat');
    expect(await of()).toEqual({
      tenant: 'acme',
      team: 'search',
      name: 'Search',
      limits: { requestsPerMinute: 60 },
      scopes: { models: ['nova-pro'], tasks: ['chat'] },
      createdAt: NOW_MS,
      updatedAt: NOW_MS,
    });
    expect((await run(['teams', 'list', '--tenant', 'acme'])).stdout).toMatch(/^acme\/search +Search +models nova-pro, tasks chat$/m);
    expect((await run(['teams', 'list', '--tenant', 'globex'])).stdout).toBe('No teams of tenant globex in dev.\n');
    expect((await run(['limits', 'list'])).stdout).toMatch(/^team +acme\/search +acme +60 requests a minute$/m);
  });

  test.each<[readonly string[], number, string]>([
    [['teams', 'set', 'search'], 2, '"search" is no team; one looks like acme/search'],
    [['teams', 'set', 'acme/search/x'], 2, 'is no team'],
    [['limits', 'set', '--team', 'acme/search', '--concurrency', '1'], 1, 'Tenant acme has no team search'],
  ])('%j', async (args, code, message) => {
    const told = await run(args);
    expect([told.code, told.stdout]).toEqual([code, '']);
    expect(told.stderr).toContain(message);
  });
});

describe('tokens', () => {
  const revoke = ['tokens', 'revoke', '--issuer', 'https://login.example.com', '--subject', 'user-7'];

  test('of a bearer are revoked, and again later', async () => {
    const own = ['--url', at.aws.url, '--region', 'eu-west-1'];
    expect((await run(['tokens', 'list', ...own])).stdout).toBe(`No tokens are revoked in ${at.aws.url}.\n`);
    expect((await run([...revoke, ...own])).stdout).toContain('are revoked; those issued until now are refused within 30 seconds');
    await run([...revoke, ...own], { nowMs: NOW_MS + HOUR_MS });
    const record = { issuer: 'https://login.example.com', subject: 'user-7', revokedAt: NOW_MS + HOUR_MS };
    expect(fromRevocationItem(await item(revocationItemKey('https://login.example.com#user-7')))).toEqual(record);
    expect((await run(['tokens', 'list'])).stdout).toMatch(/^https:\/\/login.example.com +user-7 +2026-11-20T13:00:00.000Z$/m);
  });

  test.each<[readonly string[], string]>([
    [revoke, 'which is no issuer of dev; there is none.'],
    [['tokens', 'revoke', '--subject', 'user-7'], 'needs --issuer <url>'],
    [['tokens', 'revoke', '--issuer', 'https://login.example.com'], 'needs --subject <subject>'],
    [['tokens', 'revoke', '--issuer', 'x', '--subject', 'a b'], 'The subject is "a b"; it must be'],
  ])('%j is refused, and nothing written', async (args, message) => {
    const told = await run(args);
    expect([told.code, told.stdout]).toEqual([2, '']);
    expect(told.stderr).toContain(message);
    expect((await run(['tokens', 'list'])).stdout).toBe('No tokens are revoked in dev.\n');
  });
});

test('a role is registered with team, owner and scopes, and again only as it was', async () => {
  await done('teams', 'set', 'acme/search');
  const register = ['roles', 'register', '--role-arn', ARN, '--tenant', 'acme', '--name', 'p', '--team', 'search', '--models', 'nova-pro'];
  await done(...register);
  expect(fromRoleItem(await item(roleItemKey(ARN)))).toMatchObject({ team: 'search', scopes: { models: ['nova-pro'] } });
  expect((await run(register)).stdout).toContain('Registered already');
  const wider = await run(register.slice(0, -2));
  expect([wider.code, wider.stderr]).toEqual([1, expect.stringContaining('with another team, owner or scopes; revoke it first')]);
});
