import type { Bucket, ObjectVersion } from './bucket';

type Headers = Readonly<Record<string, string>>;

/** Only buckets that have ever been versioned show versions. */
export function versionHeader({ definition }: Bucket, { versionId }: ObjectVersion): Headers {
  return definition.versioning === 'off' ? {} : { 'x-amz-version-id': versionId };
}

export function encryptionHeaders({ encryption }: ObjectVersion): Headers {
  return {
    'x-amz-server-side-encryption': encryption.algorithm,
    ...(encryption.keyArn !== undefined && { 'x-amz-server-side-encryption-aws-kms-key-id': encryption.keyArn }),
    ...(encryption.bucketKeyEnabled && { 'x-amz-server-side-encryption-bucket-key-enabled': 'true' }),
  };
}

export function checksumHeaders({ checksums }: ObjectVersion): Headers {
  return Object.keys(checksums).length === 0 ? {} : { ...checksums, 'x-amz-checksum-type': 'FULL_OBJECT' };
}

export function retentionHeaders({ retention }: ObjectVersion): Headers {
  if (!retention) return {};
  const until = new Date(retention.retainUntilMs).toISOString();
  return { 'x-amz-object-lock-mode': retention.mode, 'x-amz-object-lock-retain-until-date': until };
}
