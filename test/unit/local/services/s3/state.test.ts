import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectRetentionCommand,
} from '@aws-sdk/client-s3';
import { S3Harness, VERSIONED } from './harness';

const LOCKED = { ...VERSIONED, name: 'locked', objectLock: true } as const;
let directory: string;
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 's3-state-'));
});
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

async function during<T>(work: (harness: S3Harness) => Promise<T>): Promise<T> {
  const harness = await S3Harness.start({ directory, buckets: [LOCKED] });
  try {
    return await work(harness);
  } finally {
    await harness.stop();
  }
}

const versionsOf = (harness: S3Harness) => harness.client().send(new ListObjectVersionsCommand({ Bucket: 'locked' }));

test('objects, versions, delete markers and retentions are there after a restart', async () => {
  const before = await during(async (harness) => {
    const s3 = harness.client();
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket: 'locked', Key: 'k', Body: 'one' }));
    await s3.send(new PutObjectCommand({ Bucket: 'locked', Key: 'k', Body: 'two' }));
    const { VersionId: removed } = await s3.send(new PutObjectCommand({ Bucket: 'locked', Key: 'gone', Body: 'x' }));
    await s3.send(new DeleteObjectCommand({ Bucket: 'locked', Key: 'gone', VersionId: removed }));
    await s3.send(new DeleteObjectCommand({ Bucket: 'locked', Key: 'k' }));
    const Retention = { Mode: 'COMPLIANCE', RetainUntilDate: new Date(harness.nowMs + 1000) } as const;
    await s3.send(new PutObjectRetentionCommand({ Bucket: 'locked', Key: 'k', VersionId, Retention }));
    return { VersionId, versions: await versionsOf(harness) };
  });
  expect(before.versions.Versions).toHaveLength(2);
  await during(async (harness) => {
    const { Versions, DeleteMarkers } = await versionsOf(harness);
    expect([Versions, DeleteMarkers]).toEqual([before.versions.Versions, before.versions.DeleteMarkers]);
    const { VersionId } = before;
    const answer = await harness.client().send(new GetObjectCommand({ Bucket: 'locked', Key: 'k', VersionId }));
    expect(await answer.Body?.transformToString()).toBe('one');
    await expect(harness.client().send(new DeleteObjectCommand({ Bucket: 'locked', Key: 'k', VersionId }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });
});

test('what a crash left is cleared away: a body without an entry, an entry cut short', async () => {
  await during((harness) => harness.client().send(new PutObjectCommand({ Bucket: 'locked', Key: 'k', Body: 'one' })));
  fs.writeFileSync(path.join(directory, 'bodies', 'orphan'), 'x');
  fs.appendFileSync(path.join(directory, 'index.jsonl'), '{"kind":"put","bucket":"lock');
  await during(async (harness) => {
    expect((await versionsOf(harness)).Versions).toHaveLength(1);
    expect(fs.readdirSync(path.join(directory, 'bodies'))).toHaveLength(1);
  });
});

test('a deleted object leaves no file behind', async () => {
  await during(async (harness) => {
    const { VersionId } = await harness.client().send(new PutObjectCommand({ Bucket: 'locked', Key: 'k', Body: 'one' }));
    await harness.client().send(new DeleteObjectCommand({ Bucket: 'locked', Key: 'k', VersionId }));
    expect(fs.readdirSync(path.join(directory, 'bodies'))).toEqual([]);
  });
});

test.each([
  [
    'an index that is damaged in the middle',
    () => fs.writeFileSync(path.join(directory, 'index.jsonl'), 'no json\n{}\n'),
    'line 1 is not JSON',
  ],
  ['a missing body', () => fs.rmSync(path.join(directory, 'bodies'), { recursive: true }), 'the body'],
])('%s is an error of one sentence', async (_, damage, named) => {
  await during((harness) => harness.client().send(new PutObjectCommand({ Bucket: 'locked', Key: 'k', Body: 'one' })));
  damage();
  const starting = S3Harness.start({ directory });
  await expect(starting).rejects.toThrow(named);
  await expect(starting).rejects.toThrow('start with "npm start -- --fresh"');
});
