import type { Credentials } from '../../local/endpoint';
import { MODEL, startPlatform, type TestPlatform } from '../helpers/platform';
import { INVOKE, registerRole, roleWith, signAs } from '../helpers/roles';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

const register = (roleArn: string, tenant: string) => registerRole(platform, roleArn, tenant);

async function signedCall(credentials: Credentials, { tamper = false } = {}): Promise<Response> {
  const path = '/iam/v1/chat/completions';
  const body = JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'Hello' }] });
  const headers = await signAs(platform, credentials, { method: 'POST', path, body });
  return platform.request(path, { key: null, headers, body: tamper ? `${body} ` : body });
}

test('a registered role with the permission is answered, as its tenant', async () => {
  const { credentials, roleArn } = roleWith(platform, 'product', INVOKE);
  await register(roleArn, 'globex');
  const response = await signedCall(credentials);
  expect(response.status).toBe(200);
  const { id } = (await response.json()) as { id: string };
  const calls = await platform.audit();
  const intent = calls[id.replace('chatcmpl-', '')]?.INTENT;
  expect(intent?.tenant).toEqual({ S: 'globex' });
  expect(intent?.door).toEqual({ S: 'iam' });
});

test('a role that is not registered is refused by the gateway', async () => {
  const response = await signedCall(roleWith(platform, 'unregistered', INVOKE).credentials);
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({ error: { code: 'access_denied' } });
});

test('a role without the permission is refused by API Gateway, and the denial says what is missing', async () => {
  const { credentials, roleArn } = roleWith(platform, 'powerless', { Statement: [] });
  await register(roleArn, 'globex');
  const response = await signedCall(credentials);
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({ error: { code: 'access_denied', message: expect.stringContaining('execute-api:Invoke') } });
  expect(platform.events).toContainEqual(expect.objectContaining({ kind: 'denied', principal: 'powerless', action: 'execute-api:Invoke' }));
});

test('a body changed after it was signed is refused', async () => {
  const { credentials, roleArn } = roleWith(platform, 'tampered', INVOKE);
  await register(roleArn, 'globex');
  const response = await signedCall(credentials, { tamper: true });
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({ error: { code: 'access_denied', message: expect.stringContaining('signature') } });
});

test('nobody gets in by naming a role in a header of the other door', async () => {
  const response = await platform.request('/v1/models', {
    method: 'GET',
    key: null,
    headers: { 'x-amzn-iam-user-arn': `arn:aws:sts::${platform.emulator.world.accountId}:assumed-role/product/s` },
  });
  expect(response.status).toBe(401);
});
