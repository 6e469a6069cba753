import { createHash, createPublicKey, verify } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import {
  EncryptCommand,
  GenerateMacCommand,
  GetPublicKeyCommand,
  KMSClient,
  SignCommand,
  VerifyCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import type { AwsEndpoint } from '../../../../../local/endpoint';
import type { PolicyDocument } from '../../../../../local/iam/types';
import { KmsService } from '../../../../../local/services/kms';
import type { Key } from '../../../../../local/world';
import { ACCOUNT, ALLOW_ALL, Endpoints, REGION, rolePrincipal } from '../../endpoint/harness';

const arnOf = (id: string) => `arn:aws:kms:${REGION}:${ACCOUNT}:key/${id}`;
const ROOT: PolicyDocument = {
  Statement: { Effect: 'Allow', Action: 'kms:*', Resource: '*', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` } },
};
const MESSAGE = Buffer.from('the manifest of a day');
const DIGEST = createHash('sha256').update(MESSAGE).digest();

const keys = new Map<string, Key>();
for (const id of ['mac', 'sign', 'symmetric']) keys.set(arnOf(id), { id, arn: arnOf(id), policy: ROOT });
keys.set(arnOf('closed'), { id: 'closed', arn: arnOf('closed'), policy: { Statement: [] } });

const endpoints = new Endpoints();
let endpoint: AwsEndpoint;
let directory: string;
const serviceOf = () => {
  const service = new KmsService({ accountId: ACCOUNT, region: REGION, keys, directory });
  service.addSigningKey(arnOf('mac'), 'HMAC_256');
  service.addSigningKey(arnOf('sign'), 'ECC_NIST_P256');
  service.addAlias('alias/signer', 'sign');
  return service;
};
const clients: KMSClient[] = [];
const clientOf = (of: AwsEndpoint, policies: PolicyDocument[] = [ALLOW_ALL]) => {
  const credentials = of.issueCredentials(rolePrincipal('caller', ...policies));
  clients.push(new KMSClient({ region: REGION, endpoint: of.url, credentials, maxAttempts: 1 }));
  return clients.at(-1) as KMSClient;
};
let kms: KMSClient;
beforeAll(async () => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'kms-'));
  endpoint = await endpoints.start([serviceOf()]);
  kms = clientOf(endpoint);
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await endpoints.closeAll();
  fs.rmSync(directory, { recursive: true });
});

const mac = (client = kms) => client.send(new GenerateMacCommand({ KeyId: arnOf('mac'), Message: MESSAGE, MacAlgorithm: 'HMAC_SHA_256' }));
const sign = (MessageType: 'RAW' | 'DIGEST', client = kms, KeyId = 'sign') =>
  client.send(
    new SignCommand({ KeyId, Message: MessageType === 'RAW' ? MESSAGE : DIGEST, MessageType, SigningAlgorithm: 'ECDSA_SHA_256' }),
  );
const publicKey = async (client = kms) =>
  createPublicKey({
    key: Buffer.from((await client.send(new GetPublicKeyCommand({ KeyId: 'sign' }))).PublicKey ?? []),
    format: 'der',
    type: 'spki',
  });

test('a MAC of 32 bytes verifies, the same each time; another does not', async () => {
  const { Mac, KeyId } = await mac();
  expect(KeyId).toBe(arnOf('mac'));
  expect(Mac).toHaveLength(32);
  expect((await mac()).Mac).toEqual(Mac);
  const verifying = (Message: Buffer, of = Mac) =>
    kms.send(new VerifyMacCommand({ KeyId: 'mac', Message, MacAlgorithm: 'HMAC_SHA_256', Mac: of }));
  expect(await verifying(MESSAGE)).toMatchObject({ MacValid: true });
  await expect(verifying(Buffer.from('another'))).rejects.toMatchObject({ name: 'KMSInvalidMacException' });
  await expect(verifying(MESSAGE, Mac?.slice(1))).rejects.toMatchObject({ name: 'KMSInvalidMacException' });
});

test.each(['RAW', 'DIGEST'] as const)('a signature of a message (%s) verifies outside, with the public key alone', async (type) => {
  // Signatures differ in length, by the sign of their integers: several, so that each form is there.
  for (let round = 0; round < 20; round++) {
    const { Signature = new Uint8Array() } = await sign(type);
    expect(verify('sha256', MESSAGE, await publicKey(), Signature)).toBe(true);
    expect(verify('sha256', Buffer.from('another'), await publicKey(), Signature)).toBe(false);
  }
});

test.each([
  ['RAW', 'DIGEST'],
  ['DIGEST', 'RAW'],
  ['DIGEST', 'DIGEST'],
] as const)('signed as %s, it verifies as %s; changed, it does not', async (signed, verified) => {
  const { Signature = new Uint8Array() } = await sign(signed);
  const verifying = (signature: Uint8Array, message = verified === 'RAW' ? MESSAGE : DIGEST) =>
    kms.send(
      new VerifyCommand({
        KeyId: 'alias/signer',
        Message: message,
        MessageType: verified,
        SigningAlgorithm: 'ECDSA_SHA_256',
        Signature: signature,
      }),
    );
  expect(await verifying(Signature)).toMatchObject({ SignatureValid: true, KeyId: arnOf('sign') });
  for (const at of [0, 1, 3, 10, Signature.length - 1]) {
    const changed = Uint8Array.from(Signature, (byte, index) => (index === at ? byte ^ 1 : byte));
    await expect(verifying(changed)).rejects.toMatchObject({ name: 'KMSInvalidSignatureException' });
  }
  await expect(verifying(Signature, createHash('sha256').update('other').digest())).rejects.toMatchObject({
    name: 'KMSInvalidSignatureException',
  });
});

test('the public key says what it is for', async () => {
  const answer = await kms.send(new GetPublicKeyCommand({ KeyId: `arn:aws:kms:${REGION}:${ACCOUNT}:alias/signer` }));
  expect(answer).toMatchObject({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY', SigningAlgorithms: ['ECDSA_SHA_256'] });
  expect((await publicKey()).asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
});

test('keys are the same after a restart, in a file that only its owner reads', async () => {
  const again = clientOf(await endpoints.start([serviceOf()]));
  expect((await mac(again)).Mac).toEqual((await mac()).Mac);
  const { Signature = new Uint8Array() } = await sign('RAW', again);
  expect(verify('sha256', MESSAGE, await publicKey(), Signature)).toBe(true);
  expect(fs.statSync(path.join(directory, 'keys.json')).mode & 0o777).toBe(0o600);
});

test('state that cannot be read is an error of one sentence', () => {
  const broken = fs.mkdtempSync(path.join(os.tmpdir(), 'kms-'));
  fs.writeFileSync(path.join(broken, 'keys.json'), '{"a":{"spec":"HMAC_256"}}');
  expect(() => new KmsService({ accountId: ACCOUNT, region: REGION, keys, directory: broken })).toThrow(
    /the key a is damaged\): start with "npm start -- --fresh"/,
  );
  fs.rmSync(broken, { recursive: true });
});

const allow = (Action: string, condition?: Record<string, Record<string, string>>): PolicyDocument => ({
  Statement: { Effect: 'Allow', Action, Resource: arnOf('sign'), ...(condition && { Condition: condition }) },
});

test('kms:Sign on the key is needed, and enough; conditions see how is signed', async () => {
  await sign('RAW', clientOf(endpoint, [allow('kms:Sign')]));
  await expect(sign('RAW', clientOf(endpoint, [allow('kms:Verify')]))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining(`kms:Sign on resource: ${arnOf('sign')}`),
  });
  const digestsOnly = clientOf(endpoint, [allow('kms:Sign', { StringEquals: { 'kms:MessageType': 'DIGEST' } })]);
  await sign('DIGEST', digestsOnly);
  await expect(sign('RAW', digestsOnly)).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test("a key's policy that does not let the account decide lets nobody in", async () => {
  await expect(sign('RAW', kms, 'closed')).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining('resource-based'),
  });
});

test.each([
  ['a key that is not there', () => sign('RAW', kms, 'absent'), 'NotFoundException'],
  ['a symmetric key', () => sign('RAW', kms, 'symmetric'), 'InvalidKeyUsageException'],
  ['a MAC key that is to sign', () => sign('RAW', kms, 'mac'), 'InvalidKeyUsageException'],
  [
    'an algorithm of another key',
    () => kms.send(new SignCommand({ KeyId: 'sign', Message: MESSAGE, SigningAlgorithm: 'RSASSA_PSS_SHA_256' })),
    'InvalidKeyUsageException',
  ],
  [
    'a digest of another length',
    () => kms.send(new SignCommand({ KeyId: 'sign', Message: MESSAGE, MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' })),
    'ValidationException',
  ],
  [
    'a message of more than 4,096 bytes',
    () => kms.send(new SignCommand({ KeyId: 'sign', Message: Buffer.alloc(4097), SigningAlgorithm: 'ECDSA_SHA_256' })),
    'ValidationException',
  ],
  ['what is not emulated', () => kms.send(new EncryptCommand({ KeyId: 'sign', Plaintext: MESSAGE })), 'UnknownOperationException'],
  [
    'a member that is not emulated',
    () => kms.send(new SignCommand({ KeyId: 'sign', Message: MESSAGE, SigningAlgorithm: 'ECDSA_SHA_256', DryRun: true })),
    'ValidationException',
  ],
])('%s is refused', async (_, call, name) => {
  await expect(call()).rejects.toMatchObject({ name });
});
