import { createHash, randomBytes } from 'node:crypto';
import { ServiceError, type WireResponse } from '../../service';
import { decodeBody } from './aws-chunked';
import { type Bucket, currentVersion, type Encryption, findVersion, type ObjectVersion } from './bucket';
import type { S3Call } from './call';
import { verifyChecksums } from './checksums';
import { checkWriteConditions } from './conditions';
import { noSuchKey, noSuchVersion } from './errors';
import type { ObjectStore } from './object-store';
import { checkMayRemove, newRetention } from './retention';
import { checksumHeaders, encryptionHeaders, versionHeader } from './version-headers';

/** Where and when a call runs. */
export interface RunContext {
  readonly store: ObjectStore;
  readonly bucket: Bucket;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** Headers that are kept with the object as they came. */
const KEPT_HEADERS = ['content-type', 'content-language', 'content-disposition', 'cache-control', 'expires'];

export async function putObject(call: S3Call, { store, bucket, nowMs }: RunContext, encryption: Encryption): Promise<WireResponse> {
  const { headers, key, request } = call;
  const { body, trailers } = decodeBody(request);
  const checksums = verifyChecksums(body, request.body, headers, trailers);
  const retention = newRetention(headers, bucket.definition, nowMs);
  if (retention && Object.keys(checksums).length === 0 && headers['content-md5'] === undefined) {
    const message = 'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters';
    throw new ServiceError('InvalidRequest', message);
  }
  const current = currentVersion(bucket, key);
  checkWriteConditions(headers, key, current?.isDeleteMarker ? undefined : current);
  const version: ObjectVersion = {
    key,
    versionId: newVersionId(bucket),
    lastModifiedMs: nowMs,
    isDeleteMarker: false,
    bodyFile: await store.writeBody(body),
    sizeBytes: body.length,
    // Under a KMS key the tag is no digest of the content, here as there.
    etag: encryption.algorithm === 'aws:kms' ? randomBytes(16).toString('hex') : createHash('md5').update(body).digest('hex'),
    headers: keptHeaders(headers),
    checksums,
    encryption,
    ...(retention && { retention }),
  };
  await store.put(bucket, version);
  return {
    status: 200,
    headers: {
      etag: `"${version.etag}"`,
      ...versionHeader(bucket, version),
      ...encryptionHeaders(version),
      ...checksumHeaders(version),
    },
    body: '',
  };
}

export async function deleteObject(call: S3Call, { store, bucket, nowMs }: RunContext): Promise<WireResponse> {
  const { key, headers, query } = call;
  const versionId = query.get('versionId') ?? undefined;
  if (versionId !== undefined) {
    const version = findVersion(bucket, key, versionId);
    if (!version) return deleted(versionId, undefined);
    if (headers['if-match'] !== undefined) checkWriteConditions(headers, key, version);
    checkMayRemove(version, nowMs, headers['x-amz-bypass-governance-retention'] === 'true');
    await store.remove(bucket, version);
    return deleted(versionId, version.isDeleteMarker);
  }
  const current = currentVersion(bucket, key);
  if (headers['if-match'] !== undefined) checkWriteConditions(headers, key, current?.isDeleteMarker ? undefined : current);
  if (bucket.definition.versioning === 'off') {
    if (current) await store.remove(bucket, current);
    return deleted(undefined, undefined);
  }
  const marker: ObjectVersion = {
    key,
    versionId: newVersionId(bucket),
    lastModifiedMs: nowMs,
    isDeleteMarker: true,
    sizeBytes: 0,
    etag: '',
    headers: {},
    checksums: {},
    encryption: { algorithm: 'AES256' },
  };
  await store.put(bucket, marker);
  return deleted(marker.versionId, true);
}

/** The version that a call names, or the newest. Throws ServiceError as S3 does where there is none, or only a delete marker. */
export function requireVersion(bucket: Bucket, key: string, versionId: string | undefined): ObjectVersion {
  const version = findVersion(bucket, key, versionId);
  if (!version) throw versionId === undefined ? noSuchKey(key) : noSuchVersion(key, versionId);
  if (!version.isDeleteMarker) return version;
  const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': version.versionId };
  if (versionId === undefined) throw noSuchKey(key, headers);
  throw new ServiceError('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405, { headers });
}

function deleted(versionId: string | undefined, isMarker: boolean | undefined): WireResponse {
  return {
    status: 204,
    headers: {
      ...(versionId !== undefined && { 'x-amz-version-id': versionId }),
      ...(isMarker && { 'x-amz-delete-marker': 'true' }),
    },
    body: '',
  };
}

function newVersionId({ definition }: Bucket): string {
  return definition.versioning === 'Enabled' ? randomBytes(24).toString('base64url') : 'null';
}

function keptHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => KEPT_HEADERS.includes(name) || name.startsWith('x-amz-meta-'));
  const encoding = (headers['content-encoding'] ?? '')
    .split(/\s*,\s*/)
    .filter((coding) => coding !== '' && coding !== 'aws-chunked')
    .join(', ');
  return { 'content-type': 'binary/octet-stream', ...Object.fromEntries(kept), ...(encoding && { 'content-encoding': encoding }) };
}
