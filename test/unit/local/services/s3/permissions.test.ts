import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { PolicyDocument } from '../../../../../local/iam/types';
import { allow, KEY_ARN, S3Harness } from './harness';

let harness: S3Harness;
let versionId: string | undefined;
beforeAll(async () => {
  harness = await S3Harness.start();
  const admin = harness.client();
  for (const Bucket of ['plain', 'secret']) await admin.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  versionId = (await admin.send(new PutObjectCommand({ Bucket: 'versioned', Key: 'k', Body: 'x' }))).VersionId;
});
afterAll(() => harness.stop());

type Send = (client: ReturnType<S3Harness['client']>) => Promise<unknown>;

/** Operation, what it needs, and on what. */
const CALLS: readonly (readonly [name: string, send: Send, needs: readonly (readonly [action: string, resource: string])[]])[] = [
  [
    'PutObject',
    (s3) => s3.send(new PutObjectCommand({ Bucket: 'plain', Key: 'p', Body: 'x' })),
    [['s3:PutObject', 'arn:aws:s3:::plain/p']],
  ],
  ['GetObject', (s3) => s3.send(new GetObjectCommand({ Bucket: 'plain', Key: 'k' })), [['s3:GetObject', 'arn:aws:s3:::plain/k']]],
  [
    'GetObject of a version',
    (s3) => s3.send(new GetObjectCommand({ Bucket: 'versioned', Key: 'k', VersionId: versionId })),
    [['s3:GetObjectVersion', 'arn:aws:s3:::versioned/k']],
  ],
  ['ListObjectsV2', (s3) => s3.send(new ListObjectsV2Command({ Bucket: 'plain' })), [['s3:ListBucket', 'arn:aws:s3:::plain']]],
  [
    'ListObjectVersions',
    (s3) => s3.send(new ListObjectVersionsCommand({ Bucket: 'versioned' })),
    [['s3:ListBucketVersions', 'arn:aws:s3:::versioned']],
  ],
  ['DeleteObject', (s3) => s3.send(new DeleteObjectCommand({ Bucket: 'plain', Key: 'd' })), [['s3:DeleteObject', 'arn:aws:s3:::plain/d']]],
  [
    'PutObject under a key',
    (s3) => s3.send(new PutObjectCommand({ Bucket: 'secret', Key: 'p', Body: 'x' })),
    [
      ['s3:PutObject', 'arn:aws:s3:::secret/p'],
      ['kms:GenerateDataKey', KEY_ARN],
    ],
  ],
  [
    'GetObject under a key',
    (s3) => s3.send(new GetObjectCommand({ Bucket: 'secret', Key: 'k' })),
    [
      ['s3:GetObject', 'arn:aws:s3:::secret/k'],
      ['kms:Decrypt', KEY_ARN],
    ],
  ],
];

const DENIED_CALLS = CALLS.flatMap(([name, send, needs]) => needs.map(([action, resource]) => ({ name, send, needs, action, resource })));

test.each(CALLS)('%s: exactly what it needs is enough', async (_, send, needs) => {
  await send(harness.client(needs.map(([action, resource]) => allow(action, resource))));
});

test.each(DENIED_CALLS)('$name without $action is refused, and says so', async ({ send, needs, action, resource }) => {
  const policies = needs.filter(([needed]) => needed !== action).map(([needed, on]) => allow(needed, on));
  await expect(send(harness.client(policies))).rejects.toMatchObject({
    name: 'AccessDenied',
    message: `User: arn:aws:sts::111122223333:assumed-role/caller/session is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
    $metadata: { httpStatusCode: 403 },
  });
});

test('who may not list is not told that nothing is there', async () => {
  const absent = new GetObjectCommand({ Bucket: 'plain', Key: 'absent' });
  const mayRead = allow('s3:GetObject', 'arn:aws:s3:::plain/*');
  await expect(harness.client([mayRead]).send(absent)).rejects.toMatchObject({ name: 'AccessDenied' });
  const mayList = allow('s3:ListBucket', 'arn:aws:s3:::plain');
  await expect(harness.client([mayRead, mayList]).send(absent)).rejects.toMatchObject({ name: 'NoSuchKey' });
});

test('to compare by If-Match is to read', async () => {
  const send = (policies: PolicyDocument[]) =>
    harness.client(policies).send(new PutObjectCommand({ Bucket: 'plain', Key: 'k', Body: 'x', IfMatch: '"no"' }));
  await expect(send([allow('s3:PutObject', '*')])).rejects.toMatchObject({ message: expect.stringContaining('s3:GetObject') });
  await expect(send([allow(['s3:PutObject', 's3:GetObject'], '*')])).rejects.toMatchObject({ name: 'PreconditionFailed' });
});

test("the key's encryption context names the object, or the bucket with a bucket key", async () => {
  const onlyFor = (arn: string): PolicyDocument => ({
    Statement: {
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: KEY_ARN,
      Condition: { StringEquals: { 'kms:EncryptionContext:aws:s3:arn': arn } },
    },
  });
  const read = (arn: string) =>
    harness.client([allow('s3:GetObject', '*'), onlyFor(arn)]).send(new GetObjectCommand({ Bucket: 'secret', Key: 'k' }));
  await expect(read('arn:aws:s3:::secret')).rejects.toMatchObject({ name: 'AccessDenied' });
  expect((await read('arn:aws:s3:::secret/k')).ServerSideEncryption).toBe('aws:kms');
});

describe("a bucket's policy", () => {
  /** As CDK writes it for `enforceSSL`, with a TLS version. */
  const ENFORCE_SSL = [
    {
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 's3:*',
      Resource: ['arn:aws:s3:::plain', 'arn:aws:s3:::plain/*'],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
    {
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 's3:*',
      Resource: 'arn:aws:s3:::plain/*',
      Condition: { NumericLessThan: { 's3:TlsVersion': '1.2' } },
    },
  ] as const;
  afterEach(() => harness.service.putBucketPolicy('plain', { Statement: [] }));
  const read = (policies: PolicyDocument[]) => harness.client(policies).send(new GetObjectCommand({ Bucket: 'plain', Key: 'k' }));

  test('that asks for TLS stops nobody here', async () => {
    harness.service.putBucketPolicy('plain', { Statement: ENFORCE_SSL });
    await read([allow('s3:GetObject', '*')]);
  });

  test('denies what an identity policy allows, by the header of the request too', async () => {
    harness.service.putBucketPolicy('plain', {
      Statement: {
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:PutObject',
        Resource: 'arn:aws:s3:::plain/*',
        Condition: { StringNotEquals: { 's3:x-amz-server-side-encryption': 'AES256' } },
      },
    });
    const put = (more: object) => harness.client().send(new PutObjectCommand({ Bucket: 'plain', Key: 'k', Body: 'x', ...more }));
    await expect(put({})).rejects.toMatchObject({ message: expect.stringContaining('with an explicit deny in a resource-based policy') });
    await put({ ServerSideEncryption: 'AES256' });
  });

  test('allows a role of the account by itself', async () => {
    harness.service.putBucketPolicy('plain', {
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::111122223333:role/caller' },
        Action: 's3:GetObject',
        Resource: 'arn:aws:s3:::plain/*',
      },
    });
    await read([]);
  });

  test('of a bucket that is not there is an error', () => {
    expect(() => harness.service.putBucketPolicy('absent', { Statement: [] })).toThrow('its bucket absent is not in the templates.');
  });
});

test('a key that is named in the request is asked for; one that is not in the templates is refused', async () => {
  const put = (policies: PolicyDocument[], SSEKMSKeyId: string) =>
    harness
      .client(policies)
      .send(new PutObjectCommand({ Bucket: 'plain', Key: 'k2', Body: 'x', ServerSideEncryption: 'aws:kms', SSEKMSKeyId }));
  await expect(put([allow('s3:PutObject', '*')], 'k')).rejects.toMatchObject({ message: expect.stringContaining('kms:GenerateDataKey') });
  await put([allow(['s3:PutObject', 'kms:GenerateDataKey'], '*')], KEY_ARN);
  await expect(put([allow('*', '*')], 'other')).rejects.toMatchObject({ name: 'KMS.NotFoundException' });
  const head = await harness.client().send(new HeadObjectCommand({ Bucket: 'plain', Key: 'k2' }));
  expect(head.SSEKMSKeyId).toBe(KEY_ARN);
});

test('unknown credentials are InvalidAccessKeyId', async () => {
  const stranger = harness.client([], { credentials: { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' } });
  await expect(stranger.send(new GetObjectCommand({ Bucket: 'plain', Key: 'k' }))).rejects.toMatchObject({ name: 'InvalidAccessKeyId' });
});
