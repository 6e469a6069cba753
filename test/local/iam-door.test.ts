import { createHash, createHmac } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Credentials } from '../../local/endpoint';
import type { PolicyDocument } from '../../local/iam/types';
import { MODEL, startPlatform, type TestPlatform } from '../helpers/platform';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

const INVOKE: PolicyDocument = {
  Statement: { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: 'arn:aws:execute-api:*:*:*/live/*/iam/v1/*' },
};

/** A role of the account, at work. */
function roleWith(name: string, policy: PolicyDocument): { credentials: Credentials; roleArn: string } {
  const { world } = platform.emulator;
  const roleArn = `arn:aws:iam::${world.accountId}:role/${name}`;
  const sessionArn = `arn:aws:sts::${world.accountId}:assumed-role/${name}/session`;
  const credentials = world.endpoint.issueCredentials({
    kind: 'role',
    name,
    roleArn,
    sessionArn,
    accountId: world.accountId,
    identityPolicies: [policy],
  });
  return { credentials, roleArn };
}

async function register(roleArn: string, tenant: string): Promise<void> {
  const item = { pk: `ROLE#${roleArn}`, sk: 'ROLE', role_arn: roleArn, tenant, name: 'product' };
  await platform.dynamodb.send(
    new PutItemCommand({
      TableName: platform.emulator.output('RegistryTable'),
      Item: { ...Object.fromEntries(Object.entries(item).map(([name, value]) => [name, { S: value }])), created_at: { N: '1' } },
    }),
  );
}

class Sha256 {
  private readonly hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array);
  }
  update(chunk: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(chunk as Uint8Array);
  }
  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.hash.digest());
  }
  reset(): void {}
}

async function signedCall(credentials: Credentials, { tamper = false } = {}): Promise<Response> {
  const { hostname, port } = new URL(platform.url);
  const path = '/iam/v1/chat/completions';
  const body = JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'Hello' }] });
  const signer = new SignatureV4({ credentials, region: platform.emulator.world.region, service: 'execute-api', sha256: Sha256 });
  const signed = await signer.sign({
    method: 'POST',
    protocol: 'http:',
    hostname,
    port: Number(port),
    path,
    headers: { host: `${hostname}:${port}`, 'content-type': 'application/json' },
    body,
  });
  return platform.request(path, { key: null, headers: signed.headers, body: tamper ? `${body} ` : body });
}

test('a registered role with the permission is answered, as its tenant', async () => {
  const { credentials, roleArn } = roleWith('product', INVOKE);
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
  const response = await signedCall(roleWith('unregistered', INVOKE).credentials);
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({ error: { code: 'access_denied' } });
});

test('a role without the permission is refused by API Gateway, and the denial says what is missing', async () => {
  const { credentials, roleArn } = roleWith('powerless', { Statement: [] });
  await register(roleArn, 'globex');
  const response = await signedCall(credentials);
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({ error: { code: 'access_denied', message: expect.stringContaining('execute-api:Invoke') } });
  expect(platform.events).toContainEqual(expect.objectContaining({ kind: 'denied', principal: 'powerless', action: 'execute-api:Invoke' }));
});

test('a body changed after it was signed is refused', async () => {
  const { credentials, roleArn } = roleWith('tampered', INVOKE);
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
