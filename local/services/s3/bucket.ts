import type { PolicyDocument } from '../../iam/types';

export type RetentionMode = 'GOVERNANCE' | 'COMPLIANCE';

export interface Retention {
  readonly mode: RetentionMode;
  /** Epoch milliseconds. */
  readonly retainUntilMs: number;
}

/** How an object is encrypted. `keyArn` is a customer's key: whoever reads or writes needs it too. */
export interface Encryption {
  readonly algorithm: 'AES256' | 'aws:kms';
  readonly keyArn?: string;
  /** Keys derived once for the bucket: the encryption context then names the bucket and not the object. */
  readonly bucketKeyEnabled?: boolean;
}

/** A bucket as its template declares it. */
export interface BucketDefinition {
  readonly name: string;
  /** `off` has never been on; a bucket cannot go back to it. */
  readonly versioning: 'off' | 'Enabled' | 'Suspended';
  readonly objectLock: boolean;
  readonly defaultRetention?: { readonly mode: RetentionMode; readonly days: number };
  readonly encryption: Encryption;
}

/** One version of an object, or a delete marker (which has no body). */
export interface ObjectVersion {
  readonly key: string;
  /** `null` where the bucket was not versioned. */
  readonly versionId: string;
  readonly lastModifiedMs: number;
  readonly isDeleteMarker: boolean;
  /** Name of the file with the bytes; absent in a delete marker. */
  readonly bodyFile?: string;
  readonly sizeBytes: number;
  /** Without its quotes. */
  readonly etag: string;
  /** Content type and metadata, as they are sent back. */
  readonly headers: Readonly<Record<string, string>>;
  readonly checksums: Readonly<Record<string, string>>;
  readonly encryption: Encryption;
  readonly retention?: Retention;
}

/** A bucket with its contents. */
export interface Bucket {
  definition: BucketDefinition;
  readonly arn: string;
  policy?: PolicyDocument;
  /** Versions of each key, the newest last; no key is without any. */
  readonly objects: Map<string, readonly ObjectVersion[]>;
}

/** What a plain read of the key sees: the newest version, which may be a delete marker. */
export function currentVersion(bucket: Bucket, key: string): ObjectVersion | undefined {
  return bucket.objects.get(key)?.at(-1);
}

export function findVersion(bucket: Bucket, key: string, versionId: string | undefined): ObjectVersion | undefined {
  if (versionId === undefined) return currentVersion(bucket, key);
  return bucket.objects.get(key)?.find((version) => version.versionId === versionId);
}
