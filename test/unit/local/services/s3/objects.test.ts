import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  ChecksumAlgorithm,
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { crc32 } from 'node:zlib';
import { rawCall } from '../../endpoint/harness';
import { ALLOW_ALL, rolePrincipal } from '../../endpoint/harness';
import { S3Harness } from './harness';

let harness: S3Harness;
let s3: S3Client;
beforeAll(async () => {
  harness = await S3Harness.start();
  s3 = harness.client();
});
afterAll(() => harness.stop());

const put = (Key: string, Body: string | Uint8Array | Readable = 'hello', more: object = {}) =>
  s3.send(new PutObjectCommand({ Bucket: 'plain', Key, Body, ...more }));
const get = (Key: string, more: object = {}) => s3.send(new GetObjectCommand({ Bucket: 'plain', Key, ...more }));
const bodyOf = async (key: string, more: object = {}) => (await get(key, more)).Body?.transformToString();

test('an object comes back as it was put, with its metadata', async () => {
  const key = 'a b/ü+c&d?.txt';
  const { ETag } = await put(key, 'hello', { ContentType: 'text/plain', Metadata: { who: 'me' }, CacheControl: 'no-store' });
  const answer = await get(key);
  expect(await answer.Body?.transformToString()).toBe('hello');
  expect(answer).toMatchObject({
    ETag: `"${createHash('md5').update('hello').digest('hex')}"`,
    ContentLength: 5,
    ContentType: 'text/plain',
    CacheControl: 'no-store',
    Metadata: { who: 'me' },
    ServerSideEncryption: 'AES256',
    LastModified: new Date(harness.nowMs),
  });
  expect(ETag).toBe(answer.ETag);
  expect(answer.VersionId).toBeUndefined();
});

test('a stream arrives in aws-chunked framing, and is stored without it', async () => {
  const chunks = Array.from({ length: 5 }, (_, index) => Buffer.alloc(20_000, `${index}`));
  await put('stream', Readable.from(chunks), { ContentLength: 100_000 });
  const answer = await get('stream', { ChecksumMode: 'ENABLED' });
  expect(Buffer.from((await answer.Body?.transformToByteArray()) ?? [])).toEqual(Buffer.concat(chunks));
  expect(answer.ContentEncoding).toBeUndefined();
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(Buffer.concat(chunks)));
  expect(answer.ChecksumCRC32).toBe(bytes.toString('base64'));
});

test.each([ChecksumAlgorithm.CRC32, ChecksumAlgorithm.CRC32C, ChecksumAlgorithm.SHA1, ChecksumAlgorithm.SHA256])(
  '%s of the SDK is the same here',
  async (algorithm) => {
    await put(`sum-${algorithm}`, 'The quick brown fox', { ChecksumAlgorithm: algorithm });
    const head = await s3.send(new HeadObjectCommand({ Bucket: 'plain', Key: `sum-${algorithm}`, ChecksumMode: 'ENABLED' }));
    expect(head[`Checksum${algorithm}`]).toEqual(expect.any(String));
  },
);

test.each([
  ['a CRC32', { ChecksumCRC32: 'AAAAAA==' }, 'BadDigest'],
  ['a SHA-256', { ChecksumSHA256: createHash('sha256').update('other').digest('base64') }, 'BadDigest'],
  ['an MD5', { ContentMD5: createHash('md5').update('other').digest('base64') }, 'BadDigest'],
  ['an MD5 that is none', { ContentMD5: 'AAAA' }, 'InvalidDigest'],
])('%s that does not match is refused, and nothing is stored', async (_, more, name) => {
  await expect(put('mismatch', 'hello', more)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  await expect(get('mismatch')).rejects.toMatchObject({ name: 'NoSuchKey' });
});

const chunkedHeaders = {
  'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'content-encoding': 'aws-chunked',
  'x-amz-trailer': 'x-amz-checksum-crc32',
  'x-amz-decoded-content-length': '5',
};

test.each([
  ['a trailer that does not match', '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n', {}, 'BadDigest'],
  ['no trailer', '5\r\nhello\r\n0\r\n\r\n', {}, 'IncompleteBody'],
  ['a trailer that was not announced', '5\r\nhello\r\n0\r\nx-amz-checksum-sha1:x\r\n\r\n', {}, 'IncompleteBody'],
  ['a body cut short', '5\r\nhel', {}, 'IncompleteBody'],
  ['no length', 'zz\r\nhello\r\n0\r\n\r\n', {}, 'IncompleteBody'],
  ['another length', '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n', { 'x-amz-decoded-content-length': '6' }, 'IncompleteBody'],
  [
    'a signed hash of something else',
    'hello',
    { 'x-amz-content-sha256': '0'.repeat(64), 'content-encoding': '' },
    'XAmzContentSHA256Mismatch',
  ],
])('on the wire, %s is refused', async (_, body, headers, code) => {
  const credentials = harness.endpoint.issueCredentials(rolePrincipal('raw', ALLOW_ALL));
  const call = {
    protocol: 'HTTP/1.1',
    service: 's3',
    method: 'PUT',
    path: '/plain/raw',
    body,
    headers: { ...chunkedHeaders, ...headers },
  } as const;
  const answer = await rawCall(harness.endpoint, credentials, call);
  expect(answer).toMatchObject({ status: 400, headers: { 'content-type': 'application/xml' } });
  expect(answer.body).toContain(`<Code>${code}</Code>`);
});

test('framing as the SDK sends it is taken', async () => {
  const credentials = harness.endpoint.issueCredentials(rolePrincipal('raw', ALLOW_ALL));
  const body = '3;chunk-signature=ab\r\nhel\r\n2\r\nlo\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n';
  const answer = await rawCall(harness.endpoint, credentials, {
    protocol: 'HTTP/1.1',
    service: 's3',
    method: 'PUT',
    path: '/plain/raw',
    body,
    headers: chunkedHeaders,
  });
  expect(answer.status).toBe(200);
  expect(await bodyOf('raw')).toBe('hello');
});

test.each([
  ['bytes=0-1', 'he', 'bytes 0-1/5'],
  ['bytes=3-', 'lo', 'bytes 3-4/5'],
  ['bytes=-2', 'lo', 'bytes 3-4/5'],
  ['bytes=1-99', 'ello', 'bytes 1-4/5'],
])('the range %s is %s', async (Range, text, contentRange) => {
  await put('ranged');
  const answer = await get('ranged', { Range });
  expect(await answer.Body?.transformToString()).toBe(text);
  expect(answer).toMatchObject({ ContentRange: contentRange, ContentLength: text.length, $metadata: { httpStatusCode: 206 } });
});

test('a range beyond the end is refused; what is no range is passed over', async () => {
  await put('ranged');
  await expect(get('ranged', { Range: 'bytes=5-' })).rejects.toMatchObject({ name: 'InvalidRange', $metadata: { httpStatusCode: 416 } });
  expect(await bodyOf('ranged', { Range: 'bytes=3-1' })).toBe('hello');
});

test('HeadObject tells the length without a body; of nothing it says NotFound', async () => {
  await put('headed');
  expect(await s3.send(new HeadObjectCommand({ Bucket: 'plain', Key: 'headed' }))).toMatchObject({ ContentLength: 5 });
  await expect(s3.send(new HeadObjectCommand({ Bucket: 'plain', Key: 'absent' }))).rejects.toMatchObject({ name: 'NotFound' });
});

test('a deleted object is gone; to delete nothing is no error', async () => {
  await put('gone');
  await s3.send(new DeleteObjectCommand({ Bucket: 'plain', Key: 'gone' }));
  await expect(get('gone')).rejects.toMatchObject({ name: 'NoSuchKey', message: 'The specified key does not exist.', Key: 'gone' });
  await s3.send(new DeleteObjectCommand({ Bucket: 'plain', Key: 'gone' }));
});

test("faults are S3's own errors", async () => {
  harness.endpoint.faults.add({ service: 's3', operation: 'PutObject', kind: 'throttled', times: 1 });
  await expect(put('fault')).rejects.toMatchObject({ name: 'SlowDown', $metadata: { httpStatusCode: 503 } });
  harness.endpoint.faults.add({ service: 's3', kind: 'unavailable', times: 1 });
  await expect(get('fault')).rejects.toMatchObject({ name: 'ServiceUnavailable' });
});

test('an empty object is one', async () => {
  await put('empty', new Uint8Array());
  expect(await bodyOf('empty')).toBe('');
});

describe('conditions', () => {
  test('If-None-Match: * writes once; of 20 at a time, one', async () => {
    const writes = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => put('once', `${index}`, { IfNoneMatch: '*' })));
    expect(writes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const failed = writes.find((write) => write.status === 'rejected');
    expect(failed?.reason).toMatchObject({ name: 'PreconditionFailed', Condition: 'If-None-Match', $metadata: { httpStatusCode: 412 } });
  });

  test('If-Match writes over what was seen, and over nothing else', async () => {
    const { ETag } = await put('seen', 'one');
    await put('seen', 'two', { IfMatch: ETag });
    await expect(put('seen', 'three', { IfMatch: ETag })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(put('never', 'x', { IfMatch: ETag })).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect(await bodyOf('seen')).toBe('two');
  });

  test('a conditional read: 304, 412', async () => {
    const { ETag } = await put('read');
    await expect(get('read', { IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
    await expect(get('read', { IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect(await bodyOf('read', { IfMatch: ETag })).toBe('hello');
  });
});

describe('listing', () => {
  const KEYS = ['logs/2026/01/a', 'logs/2026/01/b', 'logs/2026/02/c', 'logs/top', 'logs/é', 'logs/z<&>'];
  beforeAll(async () => {
    for (const key of KEYS) await put(key);
  });
  const list = (more: object) => s3.send(new ListObjectsV2Command({ Bucket: 'plain', Prefix: 'logs/', ...more }));

  test('by prefix, in the order of bytes, page by page', async () => {
    const found: (string | undefined)[] = [];
    let token: string | undefined;
    let pages = 0;
    do {
      const page = await list({ MaxKeys: 4, ContinuationToken: token });
      found.push(...(page.Contents ?? []).map(({ Key }) => Key));
      token = page.NextContinuationToken;
      expect(page.IsTruncated).toBe(token !== undefined);
      pages += 1;
    } while (token);
    expect(pages).toBe(2);
    expect(found).toEqual(['logs/2026/01/a', 'logs/2026/01/b', 'logs/2026/02/c', 'logs/top', 'logs/z<&>', 'logs/é']);
  });

  test('with a delimiter: what is below it counts once, across pages too', async () => {
    const first = await list({ Delimiter: '/', MaxKeys: 1 });
    expect(first).toMatchObject({ CommonPrefixes: [{ Prefix: 'logs/2026/' }], KeyCount: 1, IsTruncated: true });
    const rest = await list({ Delimiter: '/', ContinuationToken: first.NextContinuationToken });
    expect(rest.CommonPrefixes).toBeUndefined();
    expect(rest.Contents?.map(({ Key }) => Key)).toEqual(['logs/top', 'logs/z<&>', 'logs/é']);
    expect(rest.Contents?.[0]).toMatchObject({ Size: 5, StorageClass: 'STANDARD', LastModified: new Date(harness.nowMs) });
  });

  test('after a key', async () => {
    expect((await list({ StartAfter: 'logs/top' })).KeyCount).toBe(2);
  });

  test.each([
    ['a token of nobody', { ContinuationToken: '%%%' }],
    ['an unknown encoding', { EncodingType: 'base64' }],
    ['a negative number', { MaxKeys: -1 }],
  ])('%s is refused', async (_, more) => {
    await expect(list(more)).rejects.toMatchObject({ name: 'InvalidArgument' });
  });
});

test('virtual-host style, with a host name', async () => {
  await put('virtual');
  const credentials = harness.endpoint.issueCredentials(rolePrincipal('raw', ALLOW_ALL));
  for (const host of ['plain.localhost:1234', 'plain.s3.eu-west-1.amazonaws.com', 'plain.s3.amazonaws.com']) {
    const answer = await rawCall(harness.endpoint, credentials, {
      protocol: 'HTTP/1.1',
      service: 's3',
      method: 'GET',
      path: '/virtual',
      headers: { host },
    });
    expect(answer).toMatchObject({ status: 200, body: 'hello' });
  }
});

test.each([
  ['CopyObject', new CopyObjectCommand({ Bucket: 'plain', Key: 'k', CopySource: 'plain/ranged' }), 'x-amz-copy-source'],
  ['an ACL', new PutObjectCommand({ Bucket: 'plain', Key: 'k', Body: 'x', ACL: 'public-read' }), 'x-amz-acl'],
  ['tags', new PutObjectCommand({ Bucket: 'plain', Key: 'k', Body: 'x', Tagging: 'a=b' }), 'x-amz-tagging'],
  ['a storage class', new PutObjectCommand({ Bucket: 'plain', Key: 'k', Body: 'x', StorageClass: 'GLACIER' }), 'x-amz-storage-class'],
  ['a date as a condition', new GetObjectCommand({ Bucket: 'plain', Key: 'k', IfModifiedSince: new Date() }), 'if-modified-since'],
])('%s is refused by name, and not ignored', async (_, command, named) => {
  await expect(s3.send(command as PutObjectCommand)).rejects.toMatchObject({
    name: 'NotImplemented',
    message: expect.stringContaining(named),
  });
});

test.each([
  ['another bucket', () => s3.send(new HeadBucketCommand({ Bucket: 'absent' })), { name: 'NotFound' }],
  ['an object in another bucket', () => s3.send(new GetObjectCommand({ Bucket: 'absent', Key: 'k' })), { name: 'NoSuchBucket' }],
  ['too long a key', () => put('k'.repeat(1025)), { name: 'InvalidArgument' }],
  [
    'another region',
    () => harness.client(undefined, { region: 'us-east-1' }).send(new GetObjectCommand({ Bucket: 'plain', Key: 'k' })),
    { name: 'AuthorizationHeaderMalformed' },
  ],
  ['another owner', () => get('headed', { ExpectedBucketOwner: '999999999999' }), { name: 'AccessDenied' }],
  ['a body of more than the emulator takes', () => put('big', 'x'.repeat(10 * 1024 * 1024 + 1)), { name: 'EntityTooLarge' }],
])('%s: %j', async (_, call, error) => {
  await expect(call()).rejects.toMatchObject(error);
});
