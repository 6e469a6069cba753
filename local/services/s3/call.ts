import type { WireRequest } from '../../service';
import { type Address, readAddress } from './address';
import type { Bucket } from './bucket';
import { notEmulated } from './errors';

/** A request with what it is about. */
export interface S3Call extends Address {
  readonly request: WireRequest;
  readonly headers: WireRequest['headers'];
  readonly query: URLSearchParams;
  /** Undefined where no such bucket is here. */
  readonly target: Bucket | undefined;
}

export const OBJECT_OPERATIONS = [
  'PutObject',
  'GetObject',
  'HeadObject',
  'DeleteObject',
  'PutObjectRetention',
  'GetObjectRetention',
] as const;
export const BUCKET_OPERATIONS = [
  'HeadBucket',
  'ListObjectsV2',
  'ListObjectVersions',
  'GetBucketVersioning',
  'GetObjectLockConfiguration',
] as const;

export type S3OperationName = (typeof OBJECT_OPERATIONS)[number] | (typeof BUCKET_OPERATIONS)[number];

/** Method, and the query parameter that tells operations of one method apart. */
const ROUTES: readonly (readonly [method: string, scope: 'object' | 'bucket', subresource: string, operation: S3OperationName])[] = [
  ['PUT', 'object', 'retention', 'PutObjectRetention'],
  ['GET', 'object', 'retention', 'GetObjectRetention'],
  ['PUT', 'object', '', 'PutObject'],
  ['GET', 'object', '', 'GetObject'],
  ['HEAD', 'object', '', 'HeadObject'],
  ['DELETE', 'object', '', 'DeleteObject'],
  ['GET', 'bucket', 'list-type', 'ListObjectsV2'],
  ['GET', 'bucket', 'versions', 'ListObjectVersions'],
  ['GET', 'bucket', 'versioning', 'GetBucketVersioning'],
  ['GET', 'bucket', 'object-lock', 'GetObjectLockConfiguration'],
  ['HEAD', 'bucket', '', 'HeadBucket'],
];

const LIST = ['prefix', 'delimiter', 'max-keys', 'encoding-type'];
/** Query parameters that an operation takes; `x-id` only repeats its name. */
const PARAMETERS: Readonly<Partial<Record<S3OperationName, readonly string[]>>> = {
  GetObject: ['versionId'],
  HeadObject: ['versionId'],
  DeleteObject: ['versionId'],
  PutObjectRetention: ['retention', 'versionId'],
  GetObjectRetention: ['retention', 'versionId'],
  ListObjectsV2: ['list-type', 'continuation-token', 'start-after', 'fetch-owner', ...LIST],
  ListObjectVersions: ['versions', 'key-marker', 'version-id-marker', ...LIST],
  GetBucketVersioning: ['versioning'],
  GetObjectLockConfiguration: ['object-lock'],
};

/** Headers that any operation may bring, and that change nothing here or are read where they matter. */
const COMMON_HEADERS =
  /^x-amz-(?:date|security-token|content-sha256|user-agent|sdk-checksum-algorithm|checksum-.+|trailer|decoded-content-length|expected-bucket-owner)$/;
const HEADERS: Readonly<Partial<Record<S3OperationName, RegExp>>> = {
  PutObject:
    /^(?:x-amz-meta-.+|x-amz-server-side-encryption|x-amz-server-side-encryption-aws-kms-key-id|x-amz-object-lock-mode|x-amz-object-lock-retain-until-date)$/,
  DeleteObject: /^x-amz-bypass-governance-retention$/,
  PutObjectRetention: /^x-amz-bypass-governance-retention$/,
};
/** Conditions of HTTP that S3 knows; those of other operations are refused. */
const CONDITIONS: Readonly<Partial<Record<S3OperationName, readonly string[]>>> = {
  PutObject: ['if-match', 'if-none-match'],
  GetObject: ['if-match', 'if-none-match'],
  HeadObject: ['if-match', 'if-none-match'],
  DeleteObject: ['if-match'],
};

/** Recognises the operation. Throws ServiceError for whatever would have to be ignored, naming it. */
export function readCall(
  request: WireRequest,
  findBucket: (name: string) => Bucket | undefined,
): { readonly name: S3OperationName; readonly call: S3Call } {
  const { method, query, headers } = request;
  const { bucket, key } = readAddress(request);
  const scope = key === '' ? 'bucket' : 'object';
  const route = ROUTES.find(
    ([wanted, where, subresource]) => wanted === method && where === scope && (subresource === '' || query.has(subresource)),
  );
  if (bucket === '' || !route) throw notEmulated(`${method} ${request.path}${query.size > 0 ? `?${query}` : ''}`);
  const [, , , name] = route;
  for (const parameter of query.keys()) {
    if (parameter !== 'x-id' && !PARAMETERS[name]?.includes(parameter)) throw notEmulated(`the parameter ${parameter} in ${name}`);
  }
  for (const header of Object.keys(headers)) {
    const isKnown = !header.startsWith('x-amz-') || COMMON_HEADERS.test(header) || HEADERS[name]?.test(header);
    const isKnownCondition = !header.startsWith('if-') || CONDITIONS[name]?.includes(header);
    if (!isKnown || !isKnownCondition) throw notEmulated(`the header ${header} in ${name}`);
  }
  return { name, call: { bucket, key, request, headers, query, target: findBucket(bucket) } };
}
