import { acts } from '../../lambdas/admin/app';
import type { PolicyDocument } from '../../local/iam/types';
import { type LocalCli, localCliOf } from '../helpers/local-cli';
import { startPlatform, type TestPlatform } from '../helpers/platform';
import { type RoleAtWork, roleWith } from '../helpers/role';

/** What commands administer, they administer over the platform's own API: signed, let in by IAM, and on record. */

let platform: TestPlatform;
const clis: LocalCli[] = [];
const savedEnv = { ...process.env };
afterEach(() => {
  process.env = { ...savedEnv };
});
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(async () => {
  await platform.stop();
  for (const cli of clis) cli.remove();
});

/** @param caller @default - the emulator's administrator */
function cliOf(caller?: RoleAtWork): LocalCli {
  const cli = localCliOf(platform, caller?.credentials);
  clis.push(cli);
  return cli;
}

const environmentOf = ({ accessKeyId, secretAccessKey, sessionToken }: RoleAtWork['credentials']) => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_SESSION_TOKEN: sessionToken,
});

const policyOn = (resource: string, more: PolicyDocument['Statement'] = []): PolicyDocument => ({
  Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: `arn:aws:execute-api:*:*:*/live/*${resource}` }, ...[more].flat()],
});

/** Who did what, and what came of it. */
async function trail(): Promise<readonly string[]> {
  const records = Object.entries(await platform.audit()).filter(([id]) => id.startsWith('ADMIN#'));
  const text = (value: unknown) => (value as { S?: string } | undefined)?.S;
  return records
    .map(([, { ADMIN, ADMIN_RESULT }]) => [text(ADMIN?.act), text(ADMIN?.by), text(ADMIN_RESULT?.outcome)].join(' '))
    .toSorted();
}

test('an identity that may administer and nothing else does every act by a command, and each leaves its record', async () => {
  const administrator = roleWith(platform, 'key-administrator', policyOn('/iam/v1/admin/*'));
  const cli = cliOf(administrator);
  const done = async (...args: string[]) => {
    const { code, stdout, stderr } = await cli.run(...args, '--local', '--json');
    expect([args, code, stderr]).toEqual([args, 0, '']);
    return JSON.parse(stdout) as { keyId: string; key: string };
  };
  const role = `arn:aws:iam::${platform.emulator.world.accountId}:role/summaries`;
  await done('tenants', 'set', 'initech', '--name', 'Initech', '--residency', 'us');
  await done('limits', 'set', '--tenant', 'initech', '--budget-per-month', '5');
  await done('teams', 'set', 'initech/search');
  await done('limits', 'set', '--team', 'initech/search', '--concurrency', '2');
  const { keyId } = await done('keys', 'create', '--tenant', 'initech', '--name', 'first', '--team', 'search');
  await done('limits', 'set', '--key', keyId, '--requests-per-minute', '9');
  const next = await done('keys', 'rotate', keyId, '--overlap', '1h');
  await done('keys', 'revoke', next.keyId);
  await done('roles', 'register', '--role-arn', role, '--tenant', 'initech', '--name', 'summaries');
  await done('roles', 'revoke', role);
  // This environment trusts no issuer: `--local` would refuse to name one.
  Object.assign(process.env, environmentOf(administrator.credentials));
  const at = ['--url', platform.url, '--region', platform.emulator.world.region];
  expect(await cli.run('tokens', 'revoke', '--issuer', 'https://login.example.com', '--subject', 'user-7', ...at)).toMatchObject({
    code: 0,
  });

  const by = administrator.sessionArn;
  const carriedOut = [
    'tenants.set',
    'tenants.limit',
    'teams.set',
    'teams.limit',
    'keys.create',
    'keys.limit',
    'keys.rotate',
    'keys.revoke',
    'roles.register',
    'roles.revoke',
    'tokens.revoke',
  ];
  expect(await trail()).toEqual(carriedOut.map((act) => `${act} ${by} done`).toSorted());
  expect(acts.map(({ name }) => name).toSorted()).toEqual(carriedOut.toSorted());
  // What is looked at is in no record; nor was anything done that the trail does not have.
  const { stdout } = await cli.run('keys', 'list', '--local', '--tenant', 'initech');
  expect(stdout.trimEnd().split('\n')).toHaveLength(3);
  for (const looked of [
    ['roles', 'list'],
    ['teams', 'list'],
    ['tenants', 'list'],
    ['tenants', 'show', 'initech'],
    ['limits', 'list'],
    ['tokens', 'list'],
    ['usage'],
  ])
    expect([looked, (await cli.run(...looked, '--local')).code]).toEqual([looked, 0]);
  expect(await trail()).toHaveLength(carriedOut.length);
});

test('what the registry refuses is told, and recorded as refused', async () => {
  const cli = cliOf();
  const told = await cli.run('keys', 'create', '--tenant', 'initech', '--name', 'x', '--team', 'nobody', '--local');
  expect(told).toEqual({
    code: 1,
    stdout: '',
    stderr: 'Tenant initech has no team nobody; make it first (blueprint teams set initech/nobody).\n',
  });
  expect(await trail()).toContainEqual(expect.stringMatching(/^keys\.create .*\/administrator\/local refused$/));
});

test.each<[string, PolicyDocument, string]>([
  ['models-only', policyOn('/iam/v1/chat/*'), 'may not invoke'],
  ['table-only', { Statement: { Effect: 'Allow', Action: 'dynamodb:*', Resource: '*' } }, 'may not invoke'],
])('an identity without the permission (%s) is refused, told what it lacks, and has done nothing', async (name, policy, message) => {
  const before = await trail();
  const told = await cliOf(roleWith(platform, name, policy)).run('keys', 'create', '--tenant', 'acme', '--name', 'mine', '--local');
  expect([told.code, told.stdout]).toEqual([1, '']);
  expect(told.stderr).toContain(message);
  expect(told.stderr).toContain('Administration is for AWS identities that Administration.grantAdminister lets in');
  expect(await trail()).toEqual(before);
});

test('a role that calls models is refused, though its policy says all of /iam/v1', async () => {
  const everything = policyOn('/iam/v1/*');
  const product = roleWith(platform, 'product', everything);
  const { roleArn } = product;
  const registered = await cliOf().run('roles', 'register', '--local', '--role-arn', roleArn, '--tenant', 'acme', '--name', 'product');
  expect(registered.code).toBe(0);
  const told = await cliOf(product).run('keys', 'list', '--local');
  expect([told.code, told.stdout]).toEqual([1, '']);
  expect(told.stderr).toContain(`Role ${roleArn} is registered to call models for tenant acme; such a role may not administer.`);
});
