import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { JsonLog, replaceLog } from '../../state/json-log';
import { openStateFolder, type StateFolder, unreadableState } from '../../state/state-folder';
import type { Bucket, BucketDefinition, ObjectVersion } from './bucket';

/** A change of what a bucket holds. */
type Change =
  | { readonly kind: 'put'; readonly bucket: string; readonly version: ObjectVersion }
  | { readonly kind: 'remove'; readonly bucket: string; readonly key: string; readonly versionId: string };

/**
 * Buckets: what they hold in memory and in a log, bodies in files. A body is written before the log names it; files that the log does not name are
 * what a crash left, and are removed at the next start.
 */
export class ObjectStore {
  /** Rejects with an error of one sentence when the state in the directory cannot be read. */
  static async open(directory: string | undefined): Promise<ObjectStore> {
    const folder = openStateFolder(directory, 's3');
    const bodies = path.join(folder.path, 'bodies');
    await fs.mkdir(bodies, { recursive: true });
    const stored = new Map<string, Map<string, ObjectVersion[]>>();
    const file = path.join(folder.path, 'index.jsonl');
    try {
      JsonLog.open<Change>(file, (change) => apply(stored, change)).close();
      const named = new Set<string>();
      for (const { version } of puts(stored)) if (version.bodyFile !== undefined) named.add(version.bodyFile);
      await reconcile(bodies, named);
    } catch (error) {
      folder.release();
      throw unreadableState('S3', folder.path, error);
    }
    replaceLog<Change>(file, puts(stored));
    return new ObjectStore(
      folder,
      bodies,
      stored,
      JsonLog.open<Change>(file, () => undefined),
    );
  }

  readonly buckets = new Map<string, Bucket>();

  private constructor(
    private readonly folder: StateFolder,
    private readonly bodies: string,
    private readonly stored: Map<string, Map<string, ObjectVersion[]>>,
    private readonly log: JsonLog<Change>,
  ) {}

  /** Makes a bucket, or takes over the stored one of that name. */
  addBucket(definition: BucketDefinition, arn: string): Bucket {
    const bucket = { definition, arn, objects: objectsOf(this.stored, definition.name) };
    this.buckets.set(definition.name, bucket);
    return bucket;
  }

  /** Resolves to the name of a new file with the bytes. */
  async writeBody(bytes: Buffer): Promise<string> {
    const name = randomBytes(16).toString('hex');
    await fs.writeFile(path.join(this.bodies, name), bytes, { flag: 'wx' });
    return name;
  }

  /** @param end of the last byte, exclusive */
  async readBody({ bodyFile = '' }: ObjectVersion, start: number, end: number): Promise<Buffer> {
    const handle = await fs.open(path.join(this.bodies, bodyFile));
    try {
      const bytes = Buffer.alloc(end - start);
      await handle.read(bytes, 0, bytes.length, start);
      return bytes;
    } finally {
      await handle.close();
    }
  }

  /** Adds a version as the newest, or puts it in the place of the one with the same id. */
  async put(bucket: Bucket, version: ObjectVersion): Promise<void> {
    const replaced = bucket.objects.get(version.key)?.find(({ versionId }) => versionId === version.versionId);
    this.change({ kind: 'put', bucket: bucket.definition.name, version });
    if (replaced?.bodyFile !== version.bodyFile) await this.removeBody(replaced);
  }

  async remove(bucket: Bucket, version: ObjectVersion): Promise<void> {
    this.change({ kind: 'remove', bucket: bucket.definition.name, key: version.key, versionId: version.versionId });
    await this.removeBody(version);
  }

  close(): void {
    this.log.close();
    this.folder.release();
  }

  private change(change: Change): void {
    this.log.append(change);
    apply(this.stored, change);
  }

  private async removeBody(version: ObjectVersion | undefined): Promise<void> {
    if (version?.bodyFile !== undefined) await fs.rm(path.join(this.bodies, version.bodyFile), { force: true });
  }
}

type Stored = Map<string, Map<string, ObjectVersion[]>>;

function objectsOf(stored: Stored, bucket: string): Map<string, ObjectVersion[]> {
  const known = stored.get(bucket) ?? new Map<string, ObjectVersion[]>();
  stored.set(bucket, known);
  return known;
}

function apply(stored: Stored, change: Change): void {
  const objects = objectsOf(stored, change.bucket);
  const [key, id] = change.kind === 'put' ? [change.version.key, change.version.versionId] : [change.key, change.versionId];
  const versions = objects.get(key) ?? [];
  const at = versions.findIndex(({ versionId }) => versionId === id);
  // A version under another retention keeps its place; a new `null` version is the newest.
  const isSameBody = change.kind === 'put' && at >= 0 && versions[at]?.bodyFile === change.version.bodyFile && id !== 'null';
  if (isSameBody) {
    objects.set(key, versions.with(at, change.version));
    return;
  }
  const others = versions.filter(({ versionId }) => versionId !== id);
  const next = change.kind === 'put' ? [...others, change.version] : others;
  if (next.length === 0) objects.delete(key);
  else objects.set(key, next);
}

function* puts(stored: Stored): Generator<Extract<Change, { kind: 'put' }>> {
  for (const [bucket, objects] of stored) {
    for (const versions of objects.values()) for (const version of versions) yield { kind: 'put', bucket, version };
  }
}

/** @throws Error when a body is missing */
async function reconcile(bodies: string, named: ReadonlySet<string>): Promise<void> {
  const files = new Set(await fs.readdir(bodies));
  for (const file of named) if (!files.has(file)) throw new Error(`the body ${file} is missing`);
  for (const file of files) if (!named.has(file)) await fs.rm(path.join(bodies, file));
}
