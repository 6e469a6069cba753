import type { WireResponse } from '../../service';
import { type Bucket, currentVersion, type ObjectVersion } from './bucket';
import type { S3Call } from './call';
import { invalidArgument, notEmulated } from './errors';
import { xmlAnswer, type XmlMembers } from './xml';

const MAX_KEYS = 1000;

/** A key's contents, or all that is below a delimiter, in the order of the keys' bytes. */
type Listed = { readonly key: string } | { readonly commonPrefix: string };

export function listObjectsV2({ bucket: name, query }: S3Call, bucket: Bucket): WireResponse {
  const { prefix, delimiter, maxKeys, encode } = readListing(query);
  if (query.get('list-type') !== '2') throw notEmulated('ListObjects (version 1)');
  if (query.get('fetch-owner') === 'true') throw notEmulated('fetch-owner=true in ListObjectsV2');
  const token = query.get('continuation-token') ?? undefined;
  const startAfter = query.get('start-after') ?? undefined;
  const after = token === undefined ? startAfter : readToken(token);
  const present = (key: string): boolean => currentVersion(bucket, key)?.isDeleteMarker === false;
  const { page, next } = takePage(listed(keysOf(bucket).filter(present), prefix, delimiter), after, maxKeys);
  return xmlAnswer('ListBucketResult', {
    Name: name,
    Prefix: encode(prefix),
    Delimiter: delimiter && encode(delimiter),
    ...encodingOf(query),
    StartAfter: startAfter && encode(startAfter),
    ContinuationToken: token,
    MaxKeys: maxKeys,
    KeyCount: page.length,
    IsTruncated: next !== undefined,
    NextContinuationToken: next === undefined ? undefined : Buffer.from(next).toString('base64'),
    Contents: page.flatMap((entry) => {
      const version = 'key' in entry ? currentVersion(bucket, entry.key) : undefined;
      return version ? [{ Key: encode(version.key), ...contentsXml(version) }] : [];
    }),
    CommonPrefixes: commonPrefixes(page, encode),
  });
}

export function listObjectVersions({ bucket: name, query }: S3Call, bucket: Bucket): WireResponse {
  const { prefix, delimiter, maxKeys, encode } = readListing(query);
  const keyMarker = query.get('key-marker') ?? '';
  const versionMarker = query.get('version-id-marker') ?? '';
  if (versionMarker !== '' && keyMarker === '') throw invalidArgument('A version-id marker cannot be specified without a key marker.');
  const entries = listed(keysOf(bucket), prefix, delimiter).flatMap(
    (entry): readonly (ObjectVersion | { readonly commonPrefix: string })[] =>
      'key' in entry ? (bucket.objects.get(entry.key) ?? []).toReversed() : [entry],
  );
  const from = startOf(entries, keyMarker, versionMarker);
  const page = entries.slice(from, from + maxKeys);
  const last = from + maxKeys < entries.length ? page.at(-1) : undefined;
  const versions = page.filter((entry) => 'versionId' in entry);
  return xmlAnswer('ListVersionsResult', {
    Name: name,
    Prefix: encode(prefix),
    Delimiter: delimiter && encode(delimiter),
    ...encodingOf(query),
    KeyMarker: encode(keyMarker),
    VersionIdMarker: versionMarker,
    MaxKeys: maxKeys,
    IsTruncated: last !== undefined,
    NextKeyMarker: last && encode('key' in last ? last.key : last.commonPrefix),
    NextVersionIdMarker: last && 'versionId' in last ? last.versionId : undefined,
    Version: versions.filter(({ isDeleteMarker }) => !isDeleteMarker).map((version) => versionXml(bucket, version, encode)),
    DeleteMarker: versions.filter(({ isDeleteMarker }) => isDeleteMarker).map((version) => versionXml(bucket, version, encode)),
    CommonPrefixes: commonPrefixes(page, encode),
  });
}

function versionXml(bucket: Bucket, version: ObjectVersion, encode: (text: string) => string): XmlMembers {
  return {
    Key: encode(version.key),
    VersionId: version.versionId,
    IsLatest: currentVersion(bucket, version.key) === version,
    ...(version.isDeleteMarker ? { LastModified: isoDate(version) } : contentsXml(version)),
  };
}

function contentsXml(version: ObjectVersion): XmlMembers {
  return { LastModified: isoDate(version), ETag: `"${version.etag}"`, Size: version.sizeBytes, StorageClass: 'STANDARD' };
}

function isoDate({ lastModifiedMs }: ObjectVersion): string {
  return new Date(lastModifiedMs).toISOString();
}

function commonPrefixes(page: readonly object[], encode: (text: string) => string): readonly XmlMembers[] {
  return page.flatMap((entry) => ('commonPrefix' in entry ? [{ Prefix: encode(String(entry.commonPrefix)) }] : []));
}

function readListing(query: URLSearchParams) {
  const encoding = query.get('encoding-type');
  if (encoding !== null && encoding !== 'url') throw invalidArgument('Invalid Encoding Method specified in Request');
  const asked = query.get('max-keys') ?? String(MAX_KEYS);
  if (!/^\d{1,10}$/.test(asked)) throw invalidArgument(`max-keys must be an integer from 0 to 2147483647; received ${asked}.`);
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') || undefined,
    maxKeys: Math.min(Number(asked), MAX_KEYS),
    encode: encoding === 'url' ? (text: string) => encodeURIComponent(text).replaceAll('%2F', '/') : (text: string) => text,
  };
}

function encodingOf(query: URLSearchParams): XmlMembers {
  return { EncodingType: query.get('encoding-type') ?? undefined };
}

/** Sorted as S3 sorts: by the bytes of UTF-8, which is not the order of JavaScript's strings. */
function keysOf({ objects }: Bucket): readonly string[] {
  return [...objects.keys()].toSorted(byBytes);
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function listed(keys: readonly string[], prefix: string, delimiter: string | undefined): readonly Listed[] {
  const found: Listed[] = [];
  for (const key of keys) {
    if (!key.startsWith(prefix)) continue;
    const at = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
    if (at < 0) {
      found.push({ key });
      continue;
    }
    const commonPrefix = key.slice(0, at + (delimiter?.length ?? 0));
    const previous = found.at(-1);
    if (!previous || !('commonPrefix' in previous) || previous.commonPrefix !== commonPrefix) found.push({ commonPrefix });
  }
  return found;
}

function takePage(entries: readonly Listed[], after: string | undefined, maxKeys: number): { page: readonly Listed[]; next?: string } {
  const rest = after === undefined ? entries : entries.filter((entry) => byBytes(nameOf(entry), after) > 0);
  const page = rest.slice(0, maxKeys);
  const last = page.at(-1);
  return { page, ...(page.length < rest.length && last && { next: nameOf(last) }) };
}

function nameOf(entry: Listed): string {
  return 'key' in entry ? entry.key : entry.commonPrefix;
}

/** Index of the first entry after the markers. */
function startOf(
  entries: readonly (ObjectVersion | { readonly commonPrefix: string })[],
  keyMarker: string,
  versionMarker: string,
): number {
  if (keyMarker === '') return 0;
  const marked = entries.findIndex((entry) => 'versionId' in entry && entry.key === keyMarker && entry.versionId === versionMarker);
  if (versionMarker !== '' && marked >= 0) return marked + 1;
  const at = entries.findIndex((entry) => byBytes('key' in entry ? entry.key : entry.commonPrefix, keyMarker) > 0);
  return at < 0 ? entries.length : at;
}

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString('utf8');
  if (Buffer.from(text).toString('base64') !== token) throw invalidArgument('The continuation token provided is incorrect');
  return text;
}
