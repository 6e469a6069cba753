import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { createKey } from '../../../lambdas/core/administration/key-store';
import { InvalidInputError } from '../../../lambdas/core/administration/registry-input';
import { fromKeyItem, keyItemKey, toKeyItem } from '../../../lambdas/core/key-item';
import { hashKey, keyIdOf } from '../../../lambdas/core/keys';
import { aroundEachTest, callerArn, localFolder, NOW_MS, run } from './support';

const DAY_MS = 86_400_000;

const at = aroundEachTest();

interface Created {
  readonly key: string;
  readonly keyId: string;
}

async function create(...options: readonly string[]): Promise<Created> {
  const { stdout, stderr } = await run(['keys', 'create', '--tenant', 'acme', '--name', 'ci', '--json', ...options]);
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe.each([
  ['a deployed environment', 'caller', () => ({ where: [] as string[], cwd: '/nonexistent' })],
  ['the emulator', 'local', () => ({ where: ['--local'], cwd: at.local.cwd })],
])('against %s', (_, signer, target) => {
  test('a key is created, listed and revoked', async () => {
    const { where, cwd } = target();
    // Only the emulator's file may lead to the emulator.
    if (where.length > 0) delete process.env.AWS_ENDPOINT_URL;
    const created = await run(['keys', 'create', '--tenant', 'acme', '--name', 'ci', '--expires', '90d', ...where], { cwd });
    expect([created.code, created.stderr]).toEqual([0, '']);
    const secret = /^sk-[\w-]{43}$/m.exec(created.stdout)?.[0] ?? 'none';
    const keyId = keyIdOf(hashKey(secret));
    expect(created.stdout).toContain(`Created ${keyId} for tenant acme in dev; it expires 2027-02-18T12:00:00.000Z.`);

    expect(await at.aws.items()).toEqual([
      {
        pk: { S: `KEY#${hashKey(secret)}` },
        sk: { S: 'KEY' },
        key_id: { S: keyId },
        tenant: { S: 'acme' },
        name: { S: 'ci' },
        created_at: { N: String(NOW_MS) },
        expires_at: { N: String(NOW_MS + 90 * DAY_MS) },
        created_by: { S: callerArn(signer) },
      },
    ]);
    expect(at.aws.acts.map(({ act, by }) => [act, by])).toEqual([['keys.create', callerArn(signer)]]);

    const listed = await run(['keys', 'list', ...where], { cwd });
    expect(listed.stdout).toMatch(/^KEY ID +TENANT +NAME +STATUS +CREATED +EXPIRES +TEAM +OWNER\n/);
    expect(listed.stdout).toMatch(
      new RegExp(`^${keyId}  acme +ci +active +2026-11-20T12:00:00.000Z +2027-02-18T12:00:00.000Z +- +-$`, 'm'),
    );

    const revoked = await run(['keys', 'revoke', keyId, ...where], { cwd });
    expect(revoked).toEqual({
      code: 0,
      stdout: `Key ${keyId} of tenant acme in dev is revoked; it is refused within 30 seconds.\n`,
      stderr: '',
    });
    const later = await run(['keys', 'revoke', keyId, ...where], { cwd, nowMs: NOW_MS + DAY_MS });
    expect(later).toMatchObject({ code: 0, stdout: expect.stringContaining('was revoked already, 2026-11-20T12:00:00.000Z') });
    expect((await at.aws.items()).map((item) => item.revoked_at)).toEqual([{ N: String(NOW_MS) }]);
    expect((await run(['keys', 'list', ...where], { cwd })).stdout).toMatch(/ revoked /);
  });
});

describe('keys create', () => {
  test('the key is shown once and stored nowhere', async () => {
    const { key } = await create();
    expect(JSON.stringify(await at.aws.items())).not.toContain(key);
    for (const options of [[], ['--json']]) expect((await run(['keys', 'list', ...options])).stdout).not.toContain(key);
  });

  test('--json has what a script needs', async () => {
    expect(await create('--expires', '2027-01-01')).toEqual({
      key: expect.stringMatching(/^sk-/),
      keyId: expect.stringMatching(/^key_[0-9a-f]{16}$/),
      tenant: 'acme',
      name: 'ci',
      status: 'active',
      createdAt: '2026-11-20T12:00:00.000Z',
      expiresAt: '2027-01-01T00:00:00.000Z',
      revokedAt: null,
      createdBy: callerArn('caller'),
    });
  });

  test('without --expires the item has no expiry', async () => {
    await create();
    expect((await at.aws.items())[0]).not.toHaveProperty('expires_at');
  });
});

describe('keys list', () => {
  test('knows the tenant, the order and the state', async () => {
    const old = await create('--expires', '1d');
    await run(['keys', 'create', '--tenant', 'other', '--name', 'x'], { nowMs: NOW_MS + 1 });
    const list = async (...options: string[]) =>
      JSON.parse((await run(['keys', 'list', '--json', ...options], { nowMs: NOW_MS + DAY_MS })).stdout).map(
        ({ tenant, status }: { tenant: string; status: string }) => `${tenant} ${status}`,
      );
    expect(await list()).toEqual(['acme expired', 'other active']);
    expect(await list('--tenant', 'acme')).toEqual(['acme expired']);
    expect(old.keyId).toMatch(/^key_/);
  });

  test('an empty table is told as such', async () => {
    expect((await run(['keys', 'list'])).stdout).toBe('No keys in dev.\n');
    expect((await run(['keys', 'list', '--tenant', 'acme'])).stdout).toBe('No keys of tenant acme in dev.\n');
    expect((await run(['keys', 'list', '--json'])).stdout).toBe('[]\n');
  });

  test('what is no key in the table is left out; more than a page is read', async () => {
    await at.aws.client.send(new PutItemCommand({ TableName: at.aws.table, Item: { pk: { S: 'PROMPT#x' }, sk: { S: 'VERSION#1' } } }));
    // A page is 1 MB: eight items of 300 kB are three.
    const padding = { S: 'x'.repeat(300_000) };
    for (let i = 0; i < 8; i++) {
      const hash = hashKey(`sk-${i}`);
      const item = toKeyItem(hash, { keyId: keyIdOf(hash), tenant: 'acme', name: `n${i}`, createdAt: NOW_MS + i });
      await at.aws.client.send(new PutItemCommand({ TableName: at.aws.table, Item: { ...item, padding } }));
    }
    const names = JSON.parse((await run(['keys', 'list', '--json'])).stdout).map(({ name }: { name: string }) => name);
    expect(names).toEqual(['n0', 'n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7']);
  });
});

describe('keys revoke', () => {
  test('an unknown id is told, and nothing is written', async () => {
    await create();
    const before = await at.aws.items();
    expect(await run(['keys', 'revoke', 'key_0000000000000000'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'There is no key key_0000000000000000 in this environment (see blueprint keys list).\n',
    });
    expect(await at.aws.items()).toEqual(before);
  });

  test('an id that stands for two keys revokes neither', async () => {
    const hashes = ['a'.repeat(64), `${'a'.repeat(63)}b`];
    for (const hash of hashes) {
      const Item = toKeyItem(hash, { keyId: keyIdOf(hash), tenant: 'acme', name: 'ci', createdAt: NOW_MS });
      await at.aws.client.send(new PutItemCommand({ TableName: at.aws.table, Item }));
    }
    expect(await run(['keys', 'revoke', 'key_aaaaaaaaaaaaaaaa'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('2 keys; nothing was changed'),
    });
    expect((await at.aws.items()).map((item) => item.revoked_at)).toEqual([undefined, undefined]);
  });
});

describe('createKey', () => {
  const input = () => ({
    client: at.aws.client,
    table: at.aws.table,
    tenant: 'demo',
    name: 'demo',
    secret: 'sk-local-demo',
    nowMs: NOW_MS,
  });

  test('a given secret is seeded once; later seeds change nothing', async () => {
    const first = await createKey({ ...input(), createdBy: 'npm start' });
    expect(first).toMatchObject({ secret: 'sk-local-demo', created: true });
    await run(['keys', 'revoke', first.record.keyId]);
    const second = await createKey({ ...input(), name: 'other', nowMs: NOW_MS + DAY_MS });
    expect(second).toMatchObject({
      created: false,
      record: { name: 'demo', createdAt: NOW_MS, revokedAt: NOW_MS, createdBy: 'npm start' },
    });
    expect(await at.aws.items()).toHaveLength(1);
  });

  test('many at once: one is created', async () => {
    const results = await Promise.all(Array.from({ length: 8 }, () => createKey(input())));
    expect(results.filter((result) => result.created)).toHaveLength(1);
  });

  test.each([
    { tenant: '' },
    { tenant: 'a b' },
    { name: '' },
    { name: '\u0000' },
    { secret: 'sk-' },
    { secret: 'pk-x' },
    { secret: 'sk-a b' },
  ])('refuses %j and does not repeat a secret', async (bad) => {
    const error = await createKey({ ...input(), ...bad }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidInputError);
    if ('secret' in bad) expect(String(error)).not.toMatch(/pk-x|sk-a/);
    expect(await at.aws.items()).toEqual([]);
  });

  test('what is written is what the gateway reads', async () => {
    const { record } = await createKey({ ...input(), expiresAt: NOW_MS + 5 });
    const { Item: item = {} } = await at.aws.client.send(
      new GetItemCommand({ TableName: at.aws.table, Key: keyItemKey(hashKey('sk-local-demo')) }),
    );
    expect(fromKeyItem(item)).toEqual(record);
  });
});

describe('what can go wrong around it: exit 1, what to change, no stack', () => {
  const list = ['keys', 'list'];

  test('the environment is not deployed', async () => {
    const { code, stderr } = await run([...list, '--env', 'prod']);
    expect(code).toBe(1);
    expect(stderr).toContain('There is no parameter /ai-native-blueprint/prod/gateway-url in region eu-west-1 of this account');
    expect(stderr).toContain('npx cdk deploy --all -c env=prod');
  });

  test('--region wins over the config', async () => {
    expect((await run([...list, '--env', 'prod', '--region', 'ap-south-1'])).stderr).toContain('in region ap-south-1 of this account');
  });

  test.each([
    [
      'AccessDeniedException',
      'User: x is not authorized to perform: ssm:GetParameter',
      'Your identity may not do this: User: x is not authorized',
    ],
    ['ExpiredTokenException', 'The security token is expired', 'AWS refuses the credentials (ExpiredTokenException): sign in again.'],
    ['InternalServerError', 'oops', 'InternalServerError: oops'],
  ])('%s', async (type, message, expected) => {
    at.aws.ssmError = { status: 400, type, message };
    const { code, stdout, stderr } = await run(list);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(expected);
    expect(stderr).not.toMatch(/^ {4}at |defect/m);
  });

  test('no credentials', async () => {
    for (const name of Object.keys(process.env))
      if (/^AWS_(ACCESS|SECRET|SESSION|PROFILE|CONTAINER|WEB)/.test(name)) delete process.env[name];
    const { code, stderr } = await run(list);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^No AWS credentials were found: sign in/);
  });

  test('the emulator is not running', async () => {
    expect(await run([...list, '--local'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'The local emulator is not running (no .local/endpoint.json): run npm start or blueprint local first, in another terminal.\n',
    });
  });

  test('the emulator left its file behind; as a process of its own', () => {
    const stopped = localFolder('http://127.0.0.1:65535');
    const script = path.resolve(__dirname, '../../../bin/blueprint.ts');
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', require.resolve('tsx'), script, ...list, '--local'], {
      cwd: stopped.cwd,
      encoding: 'utf8',
    });
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: '',
      stderr:
        'Nothing answers at http://127.0.0.1:65535/iam/v1/admin (ECONNREFUSED): it stands in .local/endpoint.json; run npm start or blueprint local first, in another terminal.\n',
    });
    stopped.remove();
  });

  test.each(['', '{', '[]', '{"url":"nowhere"}'])('the file reads %j', async (content) => {
    const corrupt = localFolder(at.aws.url, content);
    const { code, stderr } = await run([...list, '--local'], { cwd: corrupt.cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('.local/endpoint.json is not what the emulator writes: stop the emulator and start it again.');
    corrupt.remove();
  });

  test('the emulator runs another environment', async () => {
    expect(await run([...list, '--local', '--env', 'prod'], { cwd: at.local.cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('The local emulator runs environment dev, not prod; leave out --env.'),
    });
    expect((await run([...list, '--local', '--env', 'dev'], { cwd: at.local.cwd })).code).toBe(0);
  });
});

describe('an item that cannot be read', () => {
  const item = toKeyItem('f'.repeat(64), { keyId: 'key_f', tenant: 'acme', name: 'ci', createdAt: 1, expiresAt: 2, revokedAt: 3 });

  test('is an error: an unreadable expiry never looks like none', () => {
    expect(fromKeyItem(item)).toEqual({ keyId: 'key_f', tenant: 'acme', name: 'ci', createdAt: 1, expiresAt: 2, revokedAt: 3 });
    for (const bad of [
      { expires_at: { S: '2' } },
      { revoked_at: { N: 'soon' } },
      { revoked_at: { NULL: true as const } },
      { tenant: undefined },
    ]) {
      expect(() =>
        fromKeyItem(Object.fromEntries(Object.entries({ ...item, ...bad }).filter(([, value]) => value)) as typeof item),
      ).toThrow(/^The key item KEY#f+ cannot be read: /);
    }
  });
});
