import { createPublicKey, verify } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Emulator } from '../../../../local/emulator';
import { principalOf } from '../../../../local/world';
import { SmallAssembly } from '../small-assembly';

const ROOT = { Effect: 'Allow', Action: 'kms:*', Resource: '*', Principal: { AWS: 'arn:aws:iam::111122223333:root' } };
const key = (more: object = {}) => ({ Type: 'AWS::KMS::Key', Properties: { KeyPolicy: { Statement: ROOT }, ...more } });
const bucket = (more: object = {}) => ({ Type: 'AWS::S3::Bucket', Properties: more });
const role = (...statements: object[]) => ({
  Type: 'AWS::IAM::Role',
  Properties: { RoleName: 'worker', Policies: [{ PolicyName: 'p', PolicyDocument: { Statement: statements } }] },
});

let emulator: Emulator | undefined;
const assemblies: SmallAssembly[] = [];
async function start(resources: ConstructorParameters<typeof SmallAssembly>[0], stateFolder?: string): Promise<Emulator> {
  const assembly = new SmallAssembly(resources);
  assemblies.push(assembly);
  emulator = await Emulator.start({ assembly: assembly.folder, port: 0, stateFolder });
  return emulator;
}
afterEach(async () => {
  await emulator?.stop();
  emulator = undefined;
  for (const assembly of assemblies.splice(0)) assembly.remove();
});

function configOf({ world, administrator }: Emulator, roleName?: string) {
  const found = roleName === undefined ? undefined : world.roles.get(roleName);
  const credentials = found ? world.endpoint.issueCredentials(principalOf(found, found.name)) : administrator;
  return { region: world.region, endpoint: world.endpoint.url, credentials, maxAttempts: 1 };
}

test('a bucket and its key: the role of the template may do what its policies say, and no more', async () => {
  const arn = { 'Fn::GetAtt': ['Archive', 'Arn'] };
  const objects = { 'Fn::Join': ['', [arn, '/*']] };
  const started = await start({
    Key: key(),
    Archive: bucket({
      VersioningConfiguration: { Status: 'Enabled' },
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Years: 1 } } },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          {
            BucketKeyEnabled: true,
            ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: { 'Fn::GetAtt': ['Key', 'Arn'] } },
          },
        ],
      },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true },
      LifecycleConfiguration: { Rules: [] },
    }),
    ArchivePolicy: {
      Type: 'AWS::S3::BucketPolicy',
      Properties: {
        Bucket: { Ref: 'Archive' },
        PolicyDocument: {
          Statement: [
            {
              Effect: 'Deny',
              Principal: { AWS: '*' },
              Action: 's3:*',
              Resource: [arn, objects],
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            },
            { Effect: 'Deny', Principal: { AWS: '*' }, Action: 's3:PutObject', Resource: { 'Fn::Join': ['', [arn, '/forbidden/*']] } },
          ],
        },
      },
    },
    Worker: role(
      { Effect: 'Allow', Action: 's3:PutObject', Resource: objects },
      { Effect: 'Allow', Action: 'kms:GenerateDataKey', Resource: { 'Fn::GetAtt': ['Key', 'Arn'] } },
    ),
  });
  expect([...started.world.notEvaluated]).toEqual(['LifecycleConfiguration of Small/Archive (AWS::S3::Bucket)']);
  const s3 = new S3Client(configOf(started, 'worker'));
  const [full = ''] = started.world.s3.bucketNames;
  expect(full).toMatch(/^small-archive-[0-9a-f]{12}$/);
  const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket: full, Key, Body: 'x' }));
  expect(await put('a')).toMatchObject({ ServerSideEncryption: 'aws:kms', BucketKeyEnabled: true });
  await expect(put('forbidden/a')).rejects.toMatchObject({ message: expect.stringContaining('explicit deny in a resource-based policy') });
  await expect(s3.send(new GetObjectCommand({ Bucket: full, Key: 'a' }))).rejects.toMatchObject({ name: 'AccessDenied' });
  const admin = new S3Client(configOf(started));
  const head = await admin.send(new GetObjectCommand({ Bucket: full, Key: 'a' }));
  expect(head).toMatchObject({ ObjectLockMode: 'COMPLIANCE', VersionId: expect.any(String) });
  s3.destroy();
  admin.destroy();
});

test('a key that signs is the same after a restart; what it was in memory is gone with the emulator', async () => {
  const stateFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'keys-'));
  const resources = {
    Key: key({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }),
    Alias: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/signer', TargetKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } } },
  };
  const publicKeyAt = async (started: Emulator) => {
    const kms = new KMSClient(configOf(started));
    const { PublicKey = new Uint8Array() } = await kms.send(new GetPublicKeyCommand({ KeyId: 'alias/signer' }));
    const signed = await kms.send(new SignCommand({ KeyId: 'alias/signer', Message: Buffer.from('m'), SigningAlgorithm: 'ECDSA_SHA_256' }));
    kms.destroy();
    const publicKey = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
    expect(verify('sha256', Buffer.from('m'), publicKey, signed.Signature ?? new Uint8Array())).toBe(true);
    return Buffer.from(PublicKey).toString('hex');
  };
  const first = await publicKeyAt(await start(resources, stateFolder));
  await emulator?.stop();
  expect(await publicKeyAt(await start(resources, stateFolder))).toBe(first);
  await emulator?.stop();
  expect(await publicKeyAt(await start(resources))).not.toBe(first);
  fs.rmSync(stateFolder, { recursive: true });
});

test('a kind of key that is not emulated is named', async () => {
  const { world } = await start({ Key: key({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }) });
  expect([...world.notEvaluated]).toEqual(['KeySpec RSA_2048 of Small/Key (AWS::KMS::Key): calls on the key are refused']);
});

test.each([
  [
    'a key whose usage does not fit',
    { Key: key({ KeySpec: 'HMAC_256' }) },
    'its KeyUsage is not given; with KeySpec HMAC_256 only GENERATE_VERIFY_MAC',
  ],
  [
    'a retention without object lock',
    { B: bucket({ ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 1 } } } }) },
    'it has a default retention, and object lock is not enabled',
  ],
  [
    'a retention by days and years',
    {
      B: bucket({
        ObjectLockEnabled: true,
        ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 1, Years: 1 } } },
      }),
    },
    'its default retention is',
  ],
  [
    'another encryption',
    {
      B: bucket({
        BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms:dsse' } }] },
      }),
    },
    'its objects are encrypted by aws:kms:dsse',
  ],
  [
    'a key of elsewhere',
    {
      B: bucket({
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'k' } }],
        },
      }),
    },
    'its key k is not in the templates',
  ],
  [
    'a policy without its bucket',
    { P: { Type: 'AWS::S3::BucketPolicy', Properties: { Bucket: 'absent', PolicyDocument: { Statement: [] } } } },
    'its bucket absent is not in the templates',
  ],
])('%s does not start', async (_, resources, message) => {
  await expect(start(resources)).rejects.toThrow(message);
});
