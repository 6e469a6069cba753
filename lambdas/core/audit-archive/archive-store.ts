import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';

export interface StoredObject {
  readonly text: string;
  readonly versionId: string;
}

/** The archive's bucket: versioned, so that nothing that was written is ever replaced. */
export interface ArchiveStore {
  /** @returns whether it was written; false where the key has an object already. */
  putNew(key: string, text: string, contentType: string): Promise<boolean>;
  /** @param versionId The latest when absent. @returns undefined where there is no such object or version. */
  read(key: string, versionId?: string): Promise<StoredObject | undefined>;
  /** Of the latest version. */
  versionOf(key: string): Promise<string | undefined>;
  /** In the order of their keys. */
  list(prefix: string): AsyncGenerator<string, void>;
}

/** S3's clients find the local emulator by `AWS_ENDPOINT_URL`. */
export function createArchiveStore(bucket: string, client = new S3Client({ maxAttempts: 4 })): ArchiveStore {
  return {
    async putNew(key, text, contentType) {
      try {
        await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: text, ContentType: contentType, IfNoneMatch: '*' }));
        return true;
      } catch (error) {
        if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412) return false;
        throw error;
      }
    },
    async read(key, versionId) {
      try {
        const { Body, VersionId } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
        return { text: (await Body?.transformToString('utf8')) ?? '', versionId: VersionId ?? '' };
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    },
    async versionOf(key) {
      try {
        return (await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))).VersionId;
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    },
    async *list(prefix) {
      for (let token: string | undefined; ; ) {
        const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }));
        for (const { Key } of page.Contents ?? []) if (Key !== undefined) yield Key;
        if (page.IsTruncated !== true || page.NextContinuationToken === undefined) return;
        token = page.NextContinuationToken;
      }
    },
  };
}

/** A version that is not there, or whose object was hidden by a delete marker. */
function isAbsent(error: unknown): boolean {
  if (error instanceof NoSuchKey || error instanceof NotFound) return true;
  return error instanceof S3ServiceException && (error.name === 'NoSuchVersion' || error.$metadata.httpStatusCode === 405);
}
