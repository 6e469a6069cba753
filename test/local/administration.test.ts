import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { createSignedFetch } from '../../client';
import { AiGateway } from '../../lib';
import type { Credentials } from '../../local/endpoint';
import type { PolicyDocument } from '../../local/iam/types';
import { MODEL, startPlatform, type TestPlatform } from '../helpers/platform';
import { roleWith } from '../helpers/role';

let platform: TestPlatform;
let invoke: PolicyDocument;
beforeAll(async () => {
  // First: while it is made nothing else runs, and idle connections would be closed.
  invoke = invokePolicy();
  platform = await startPlatform();
});
afterAll(() => platform.stop());

const ALL_IAM_ROUTES: PolicyDocument = {
  Statement: { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: 'arn:aws:execute-api:*:*:*/live/*/iam/v1/*' },
};

interface Answer {
  readonly status: number;
  readonly body: {
    readonly key: string;
    readonly record: { readonly keyId: string };
    readonly error: { readonly code: string; readonly message: string };
  };
}

async function ask(credentials: Credentials, method: string, path: string, body?: unknown): Promise<Answer> {
  const signed = createSignedFetch({ region: platform.emulator.world.region, credentials });
  const response = await signed(`${platform.url}/iam/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

const chat = async (key: string): Promise<number> => {
  const body = { model: MODEL, messages: [{ role: 'user', content: 'Hello' }] };
  const response = await platform.request('/v1/chat/completions', { key, body });
  await response.text();
  return response.status;
};

test('an administrator makes a key that is good, limits and revokes it; the trail says who did what, and no secret', async () => {
  const { credentials, sessionArn } = roleWith(platform, 'key-administrator', ALL_IAM_ROUTES);
  const created = await ask(credentials, 'POST', '/admin/keys', { tenant: 'initech', name: 'first' });
  expect(created).toMatchObject({ status: 201, body: { record: { tenant: 'initech', createdBy: sessionArn } } });
  const { key, record } = created.body;
  expect(await chat(key)).toBe(200);
  expect(await ask(credentials, 'PATCH', '/admin/tenants/initech/limits', { requestsPerMinute: 100 })).toMatchObject({ status: 200 });
  expect(await ask(credentials, 'GET', '/admin/keys?tenant=initech')).toMatchObject({ status: 200, body: { keys: [record] } });
  const other = await ask(credentials, 'POST', '/admin/keys', { tenant: 'initech', name: 'second' });
  expect(await ask(credentials, 'POST', `/admin/keys/${other.body.record.keyId}/revoke`)).toMatchObject({ status: 200 });
  expect(await chat(other.body.key)).toBe(401);

  const trail = Object.entries(await platform.audit()).filter(([id]) => id.startsWith('ADMIN#'));
  const said = trail.map(([, { ADMIN, ADMIN_RESULT }]) => JSON.stringify([ADMIN?.act, ADMIN?.by, ADMIN_RESULT?.outcome]));
  expect(said.sort()).toEqual(
    ['keys.create', 'keys.create', 'keys.revoke', 'tenants.limit'].map((act) =>
      JSON.stringify([{ S: act }, { S: sessionArn }, { S: 'done' }]),
    ),
  );
  expect(trail.map(([, { ADMIN_RESULT }]) => ADMIN_RESULT?.subject)).toContainEqual({ S: record.keyId });
  for (const secret of [key, other.body.key]) expect(JSON.stringify([trail, platform.logs()])).not.toContain(secret);
});

test('a role that calls models for a tenant is refused, whatever its policy says, and changes nothing', async () => {
  const administrator = roleWith(platform, 'key-administrator', ALL_IAM_ROUTES).credentials;
  const { credentials, roleArn } = roleWith(platform, 'product', ALL_IAM_ROUTES);
  expect(await ask(administrator, 'POST', '/admin/roles', { roleArn, tenant: 'globex', name: 'product' })).toMatchObject({ status: 201 });
  expect(await ask(credentials, 'GET', '/models')).toMatchObject({ status: 200 });
  expect(await ask(credentials, 'POST', '/admin/keys', { tenant: 'acme', name: 'mine' })).toMatchObject({
    status: 403,
    body: { error: { code: 'access_denied', message: expect.stringContaining('may not administer') } },
  });
});

/** What `grantInvoke` gives to a role. */
function invokePolicy(): PolicyDocument {
  const stack = new Stack(new App(), 'Consumer', { env: { account: '000000000000', region: 'us-east-1' } });
  const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  AiGateway.fromAttributes(stack, 'Gateway', { url: 'https://abc.example/live', apiId: '*', region: '*', account: '*' }).grantInvoke(role);
  const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  const text = JSON.stringify(policy?.Properties.PolicyDocument).replaceAll(
    /\{"Fn::Join":\["",\["arn:",\{"Ref":"AWS::Partition"\},"([^"]+)"\]\]\}/g,
    '"arn:aws$1"',
  );
  return JSON.parse(text) as PolicyDocument;
}

test('grantInvoke lets nobody administer: API Gateway refuses it', async () => {
  const { credentials } = roleWith(platform, 'invoker', invoke);
  const refused = await ask(credentials, 'GET', '/admin/keys');
  expect(refused).toMatchObject({
    status: 403,
    body: { error: { code: 'access_denied', message: expect.stringContaining('may not invoke') } },
  });
  // Not registered either: but the gateway itself says so.
  expect((await ask(credentials, 'GET', '/models')).body.error.message).toContain('not registered');
});

test('a caller with an API key finds no administration', async () => {
  expect((await platform.request('/v1/admin/keys', { method: 'GET' })).status).toBe(404);
  expect((await platform.request('/iam/v1/admin/keys', { method: 'GET' })).status).toBe(403);
});

test('the function may not touch prompts, nor change or read a record', () => {
  const { roles } = platform.emulator.world;
  const role = [...roles.values()].find(({ name }) => name.includes('AdministrationFunction'));
  const statements = role?.policies.flatMap(({ Statement }) => [Statement].flat()) ?? [];
  const actions = statements.flatMap(({ Action }) => Action ?? []);
  expect(actions).toEqual(expect.arrayContaining(['dynamodb:PartiQLInsert', 'dynamodb:Scan', 'dynamodb:UpdateItem']));
  expect(actions).not.toContain('dynamodb:DeleteItem');
  // Of what tenants have used alone.
  const queried = statements.filter(({ Action }) => [Action].flat().includes('dynamodb:Query'));
  expect(queried.map(({ Resource }) => Resource)).toEqual([expect.stringContaining('CostLedger')]);
});
