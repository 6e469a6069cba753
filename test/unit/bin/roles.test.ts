import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { registeredArn } from '../../../lambdas/core/administration/role-store';
import { fromRoleItem, roleItemKey, toRoleItem } from '../../../lambdas/core/roles';
import { aroundEachTest, localFolder, NOW_MS, run } from './support';

const ARN = 'arn:aws:iam::111122223333:role/product';
const DAY_MS = 86_400_000;

const at = aroundEachTest();

const register = ['roles', 'register', '--role-arn', ARN, '--tenant', 'acme', '--name', 'summaries'];

describe.each([
  ['a deployed environment', () => ({ where: [] as string[], cwd: '/nonexistent', named: 'dev' })],
  ['the emulator', () => ({ where: ['--local'], cwd: at.local.cwd, named: 'dev' })],
  ['an address', () => ({ where: ['--url', `${at.aws.url}/`, '--region', 'eu-west-1'], cwd: '/nonexistent', named: at.aws.url })],
])('against %s', (_, target) => {
  test('a role is registered, listed and revoked', async () => {
    const { where, cwd, named } = target();
    if (where.includes('--local')) delete process.env.AWS_ENDPOINT_URL;
    expect(await run([...register, ...where], { cwd })).toEqual({
      code: 0,
      stdout: `Registered role ${ARN} for tenant acme in ${named}.\n`,
      stderr: '',
    });
    expect(await at.aws.items()).toEqual([
      {
        pk: { S: `ROLE#${ARN}` },
        sk: { S: 'ROLE' },
        role_arn: { S: ARN },
        tenant: { S: 'acme' },
        name: { S: 'summaries' },
        created_at: { N: String(NOW_MS) },
      },
    ]);

    const listed = await run(['roles', 'list', ...where], { cwd });
    expect(listed.stdout).toMatch(/^ROLE +TENANT +NAME +STATUS +CREATED +TEAM +OWNER\n/);
    expect(listed.stdout).toMatch(new RegExp(`^${ARN}  acme +summaries +active +2026-11-20T12:00:00.000Z  -  +-$`, 'm'));

    expect(await run(['roles', 'revoke', ARN, ...where], { cwd })).toEqual({
      code: 0,
      stdout: `Role ${ARN} of tenant acme in ${named} is revoked; it is refused within 30 seconds.\n`,
      stderr: '',
    });
    const later = await run(['roles', 'revoke', ARN, ...where], { cwd, nowMs: NOW_MS + DAY_MS });
    expect(later).toMatchObject({ code: 0, stdout: expect.stringContaining('was revoked already, 2026-11-20T12:00:00.000Z') });
    expect((await run(['roles', 'list', ...where], { cwd })).stdout).toMatch(/ revoked /);
  });
});

describe('roles register', () => {
  test('the path of a role is left out, as the session that AWS verifies leaves it out', async () => {
    await run(['roles', 'register', '--role-arn', ARN.replace('role/', 'role/team/a/'), '--tenant', 'acme', '--name', 'x']);
    const { Item: item = {} } = await at.aws.client.send(new GetItemCommand({ TableName: at.aws.table, Key: roleItemKey(ARN) }));
    expect(fromRoleItem(item)).toEqual({ roleArn: ARN, tenant: 'acme', name: 'x', createdAt: NOW_MS });
  });

  test('again is no change; for another tenant it is refused, and the first stays', async () => {
    await run(register);
    const before = await at.aws.items();
    expect(await run(register, { nowMs: NOW_MS + 1 })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Registered already: role'),
    });
    expect(await run([...register.slice(0, -3), 'globex', '--name', 'summaries'])).toEqual({
      code: 1,
      stdout: '',
      stderr: `Role ${ARN} is registered for tenant acme as "summaries" already; revoke it first (blueprint roles revoke ${ARN}).\n`,
    });
    expect(await at.aws.items()).toEqual(before);
  });

  test('a revoked role may be registered anew, for another tenant too', async () => {
    await run(register);
    await run(['roles', 'revoke', ARN]);
    const { code } = await run([...register.slice(0, -3), 'globex', '--name', 'summaries'], { nowMs: NOW_MS + DAY_MS });
    expect(code).toBe(0);
    expect((await at.aws.items()).map(fromRoleItem)).toEqual([
      { roleArn: ARN, tenant: 'globex', name: 'summaries', createdAt: NOW_MS + DAY_MS },
    ]);
  });

  test('many at once: one is registered', async () => {
    const results = await Promise.all(['a', 'b', 'c', 'd'].map((name) => run([...register.slice(0, -1), name])));
    expect(results.filter(({ code }) => code === 0)).toHaveLength(1);
    expect(await at.aws.items()).toHaveLength(1);
  });

  test('--json has what a script needs', async () => {
    const expected = {
      roleArn: ARN,
      tenant: 'acme',
      name: 'summaries',
      status: 'active',
      createdAt: '2026-11-20T12:00:00.000Z',
      revokedAt: null,
    };
    expect(JSON.parse((await run([...register, '--json'])).stdout)).toEqual(expected);
    expect(JSON.parse((await run(['roles', 'list', '--json'])).stdout)).toEqual([expected]);
  });
});

describe('roles list', () => {
  test('knows the tenant, the order, and leaves out what is no role', async () => {
    await run(register, { nowMs: NOW_MS + 1 });
    await at.aws.client.send(
      new PutItemCommand({
        TableName: at.aws.table,
        Item: toRoleItem({ roleArn: `${ARN}2`, tenant: 'globex', name: 'y', createdAt: NOW_MS }),
      }),
    );
    await run(['keys', 'create', '--tenant', 'acme', '--name', 'ci']);
    const list = async (...options: string[]) =>
      JSON.parse((await run(['roles', 'list', '--json', ...options])).stdout).map(({ tenant }: { tenant: string }) => tenant);
    expect(await list()).toEqual(['globex', 'acme']);
    expect(await list('--tenant', 'acme')).toEqual(['acme']);
  });

  test('none is told as such', async () => {
    expect((await run(['roles', 'list'])).stdout).toBe('No roles in dev.\n');
    expect((await run(['roles', 'list', '--tenant', 'acme'])).stdout).toBe('No roles of tenant acme in dev.\n');
  });
});

test('revoking a role that is not registered is told, and nothing is written', async () => {
  expect(await run(['roles', 'revoke', ARN])).toEqual({
    code: 1,
    stdout: '',
    stderr: `Role ${ARN} is not registered in this environment (see blueprint roles list).\n`,
  });
  expect(await at.aws.items()).toEqual([]);
});

test('an address without a region says what to give', async () => {
  delete process.env.AWS_REGION;
  expect(await run(['roles', 'list', '--url', at.aws.url])).toEqual({
    code: 1,
    stdout: '',
    stderr: 'No AWS region is known: give --region, or set AWS_REGION.\n',
  });
});

test('what the emulator runs has no gateway', async () => {
  const bare = localFolder(at.aws.url, JSON.stringify(localEndpoint(at.aws.url)));
  expect(await run(['roles', 'list', '--local'], { cwd: bare.cwd })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('has no gateway'),
  });
  bare.remove();
});

function localEndpoint(url: string): object {
  return { url, region: 'us-east-1', accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c', environment: 'local', pid: 1 };
}

describe('registeredArn', () => {
  test.each([
    [ARN, ARN],
    ['arn:aws-us-gov:iam::111122223333:role/a/b/c', 'arn:aws-us-gov:iam::111122223333:role/c'],
    ['arn:aws:iam::111122223333:role/service-role/x+=,.@-y', 'arn:aws:iam::111122223333:role/x+=,.@-y'],
  ])('%s', (given, registered) => {
    expect(registeredArn(given)).toBe(registered);
  });

  test.each([
    'product',
    'arn:aws:sts::111122223333:assumed-role/product/session',
    'arn:aws:iam::111122223333:user/x',
    'arn:aws:iam::1111:role/x',
    'arn:aws:iam::111122223333:role/',
    'arn:aws:iam::111122223333:role/a b',
    `arn:aws:iam::111122223333:role/${'x'.repeat(65)}`,
  ])('%s is no role', async (given) => {
    const { code, stderr } = await run(['roles', 'register', '--role-arn', given, '--tenant', 'a', '--name', 'b']);
    expect(code).toBe(2);
    expect(stderr).toContain("is no role's ARN; one looks like arn:aws:iam::111122223333:role/name");
  });
});
