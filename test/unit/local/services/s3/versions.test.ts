import {
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectRetentionCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { BucketDefinition } from '../../../../../local/services/s3';
import { PLAIN, S3Harness, VERSIONED } from './harness';

const DAY_MS = 86_400_000;
const LOCKED: BucketDefinition = { ...VERSIONED, name: 'locked', objectLock: true, defaultRetention: { mode: 'GOVERNANCE', days: 2 } };
const COMPLIANT: BucketDefinition = { ...VERSIONED, name: 'compliant', objectLock: true };
const SUSPENDED: BucketDefinition = { ...PLAIN, name: 'suspended', versioning: 'Suspended' };

let harness: S3Harness;
let s3: S3Client;
beforeEach(async () => {
  harness = await S3Harness.start({ buckets: [PLAIN, VERSIONED, LOCKED, COMPLIANT, SUSPENDED] });
  s3 = harness.client();
});
afterEach(() => harness.stop());

const put = async (Bucket: string, Key: string, Body = 'x', more: object = {}) =>
  (await s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))).VersionId;
const read = async (Bucket: string, Key: string, VersionId?: string) =>
  (await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body?.transformToString();
const remove = (Bucket: string, Key: string, more: object = {}) => s3.send(new DeleteObjectCommand({ Bucket, Key, ...more }));

test('every write is a version, and each can be read', async () => {
  const [one, two] = [await put('versioned', 'k', 'one'), await put('versioned', 'k', 'two')];
  expect(one).not.toBe(two);
  expect([await read('versioned', 'k'), await read('versioned', 'k', one)]).toEqual(['two', 'one']);
  await expect(read('versioned', 'k', 'other')).rejects.toMatchObject({ name: 'NoSuchVersion' });
});

test('a delete marker hides the key, and its removal brings it back', async () => {
  await put('versioned', 'k', 'one');
  const { VersionId, DeleteMarker } = await remove('versioned', 'k');
  expect(DeleteMarker).toBe(true);
  await expect(read('versioned', 'k')).rejects.toMatchObject({ name: 'NoSuchKey' });
  await expect(read('versioned', 'k', VersionId)).rejects.toMatchObject({ name: 'MethodNotAllowed' });
  expect((await s3.send(new ListObjectsV2Command({ Bucket: 'versioned' }))).KeyCount).toBe(0);
  // What is hidden counts as absent for a condition.
  await put('versioned', 'k', 'two', { IfNoneMatch: '*' });
  expect(await remove('versioned', 'k', { VersionId })).toMatchObject({ DeleteMarker: true });
  expect(await read('versioned', 'k')).toBe('two');
});

test('a version that is deleted is gone for good', async () => {
  const [one, two] = [await put('versioned', 'k', 'one'), await put('versioned', 'k', 'two')];
  await remove('versioned', 'k', { VersionId: two });
  expect(await read('versioned', 'k')).toBe('one');
  await remove('versioned', 'k', { VersionId: one });
  await expect(read('versioned', 'k')).rejects.toMatchObject({ name: 'NoSuchKey' });
});

test('versions are listed newest first, key by key, page by page', async () => {
  const a1 = await put('versioned', 'a', '1');
  const a2 = await put('versioned', 'a', '22');
  await put('versioned', 'b', '1');
  const { VersionId: marker } = await remove('versioned', 'a');
  const found: unknown[] = [];
  let markers = {};
  for (let page = 0; page < 4; page++) {
    const answer = await s3.send(new ListObjectVersionsCommand({ Bucket: 'versioned', MaxKeys: 1, ...markers }));
    found.push(...(answer.Versions ?? []).map(({ Key, VersionId, IsLatest, Size }) => [Key, VersionId, IsLatest, Size]));
    found.push(...(answer.DeleteMarkers ?? []).map(({ Key, VersionId, IsLatest }) => [Key, VersionId, IsLatest, 'marker']));
    expect(answer.IsTruncated).toBe(page < 3);
    markers = { KeyMarker: answer.NextKeyMarker, VersionIdMarker: answer.NextVersionIdMarker };
  }
  expect(found).toEqual([
    ['a', marker, true, 'marker'],
    ['a', a2, false, 2],
    ['a', a1, false, 1],
    ['b', expect.any(String), true, 1],
  ]);
});

test('without versioning a write replaces, and a suspended bucket has one version `null`', async () => {
  expect(await put('plain', 'k', 'one')).toBeUndefined();
  await put('plain', 'k', 'two');
  expect((await s3.send(new ListObjectVersionsCommand({ Bucket: 'plain' }))).Versions).toHaveLength(1);
  expect(await put('suspended', 'k', 'one')).toBe('null');
  expect((await remove('suspended', 'k')).VersionId).toBe('null');
  const { Versions, DeleteMarkers } = await s3.send(new ListObjectVersionsCommand({ Bucket: 'suspended' }));
  expect([Versions, DeleteMarkers?.length]).toEqual([undefined, 1]);
});

test('the configuration is told', async () => {
  const status = async (Bucket: string) => (await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status;
  expect([await status('plain'), await status('versioned'), await status('suspended')]).toEqual([undefined, 'Enabled', 'Suspended']);
  expect((await s3.send(new GetObjectLockConfigurationCommand({ Bucket: 'locked' }))).ObjectLockConfiguration).toEqual({
    ObjectLockEnabled: 'Enabled',
    Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 2 } },
  });
  await expect(s3.send(new GetObjectLockConfigurationCommand({ Bucket: 'plain' }))).rejects.toMatchObject({
    name: 'ObjectLockConfigurationNotFoundError',
  });
});

const until = (days: number) => new Date(harness.nowMs + days * DAY_MS);

describe('object lock', () => {
  test('by default: a version is kept until its time is over, and a delete marker may cover it', async () => {
    const VersionId = await put('locked', 'k', 'kept');
    expect(await s3.send(new HeadObjectCommand({ Bucket: 'locked', Key: 'k' }))).toMatchObject({
      ObjectLockMode: 'GOVERNANCE',
      ObjectLockRetainUntilDate: until(2),
    });
    await expect(remove('locked', 'k', { VersionId })).rejects.toMatchObject({
      name: 'AccessDenied',
      message: 'Access Denied because object protected by object lock.',
    });
    await remove('locked', 'k');
    expect(await read('locked', 'k', VersionId)).toBe('kept');
    harness.nowMs += 2 * DAY_MS - 1;
    await expect(remove('locked', 'k', { VersionId })).rejects.toMatchObject({ name: 'AccessDenied' });
    harness.nowMs += 1;
    await remove('locked', 'k', { VersionId });
    await expect(read('locked', 'k', VersionId)).rejects.toMatchObject({ name: 'NoSuchVersion' });
  });

  test('who may bypass governance may delete; nobody may delete what is to comply', async () => {
    const governed = await put('locked', 'k');
    await remove('locked', 'k', { VersionId: governed, BypassGovernanceRetention: true });
    const VersionId = await put('compliant', 'k', 'x', { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: until(1) });
    await expect(remove('compliant', 'k', { VersionId, BypassGovernanceRetention: true })).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('a retention can be made longer, and not shorter', async () => {
    const VersionId = await put('compliant', 'k', 'x', { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: until(2) });
    const retain = (Mode: 'COMPLIANCE' | 'GOVERNANCE', days: number) =>
      s3.send(
        new PutObjectRetentionCommand({
          Bucket: 'compliant',
          Key: 'k',
          VersionId,
          Retention: { Mode, RetainUntilDate: until(days) },
          BypassGovernanceRetention: true,
        }),
      );
    await expect(retain('COMPLIANCE', 1)).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(retain('GOVERNANCE', 3)).rejects.toMatchObject({ name: 'AccessDenied' });
    await retain('COMPLIANCE', 3);
    expect((await s3.send(new GetObjectRetentionCommand({ Bucket: 'compliant', Key: 'k' }))).Retention).toEqual({
      Mode: 'COMPLIANCE',
      RetainUntilDate: until(3),
    });
    expect(await read('compliant', 'k', VersionId)).toBe('x');
  });

  test.each<[string, string, () => object, string]>([
    ['a mode without a date', 'compliant', () => ({ ObjectLockMode: 'COMPLIANCE' }), 'InvalidArgument'],
    ['a date in the past', 'compliant', () => ({ ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: until(-1) }), 'InvalidArgument'],
    [
      'a bucket without object lock',
      'versioned',
      () => ({ ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: until(1) }),
      'InvalidRequest',
    ],
  ])('%s is refused', async (_, bucket, more, name) => {
    await expect(put(bucket, 'k', 'x', more())).rejects.toMatchObject({ name });
  });
});
