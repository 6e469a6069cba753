import { ServiceError, type WireResponse } from '../../service';
import type { ObjectVersion } from './bucket';
import type { S3Call } from './call';
import { readOutcome } from './conditions';
import { checksumHeaders, encryptionHeaders, retentionHeaders, versionHeader } from './version-headers';
import { requireVersion, type RunContext } from './write-object';

/** GetObject and HeadObject: the same headers, and the bytes only for the first. */
export async function readObject(call: S3Call, { store, bucket }: RunContext): Promise<WireResponse> {
  const { headers, key, query, request } = call;
  const version = requireVersion(bucket, key, query.get('versionId') ?? undefined);
  const own = {
    ...version.headers,
    etag: `"${version.etag}"`,
    'last-modified': new Date(version.lastModifiedMs).toUTCString(),
    'accept-ranges': 'bytes',
    ...versionHeader(bucket, version),
    ...encryptionHeaders(version),
    ...retentionHeaders(version),
  };
  if (readOutcome(headers, version) === 'not-modified') return { status: 304, headers: own, body: '' };
  const range = readRange(headers.range, version);
  const { start, end } = range ?? { start: 0, end: version.sizeBytes };
  // A checksum of the whole says nothing of a part.
  const checksums = headers['x-amz-checksum-mode'] === 'ENABLED' && !range ? checksumHeaders(version) : {};
  return {
    status: range ? 206 : 200,
    headers: {
      ...own,
      ...checksums,
      'content-length': String(end - start),
      ...(range && { 'content-range': `bytes ${start}-${end - 1}/${version.sizeBytes}` }),
    },
    body: request.method === 'HEAD' ? '' : await store.readBody(version, start, end),
  };
}

/** First byte, and the one after the last; undefined for no range, and for what is no range of bytes, which HTTP passes over. */
function readRange(header: string | undefined, { sizeBytes }: ObjectVersion): { readonly start: number; readonly end: number } | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  const start = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? sizeBytes : Math.min(sizeBytes, Number(last) + 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  if (start < end) return { start, end };
  throw new ServiceError('InvalidRange', 'The requested range is not satisfiable', 416, {
    RangeRequested: header,
    ActualObjectSize: sizeBytes,
    headers: { 'content-range': `bytes */${sizeBytes}` },
  });
}
