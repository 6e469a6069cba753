import type { WireRequest } from '../../service';
import { invalidArgument } from './errors';

/** What a request is about: `key` is empty for the bucket itself, `bucket` for the account. */
export interface Address {
  readonly bucket: string;
  readonly key: string;
}

const MAX_KEY_BYTES = 1024;
/** `<bucket>.s3.<region>.amazonaws.com`, `<bucket>.localhost:<port>` */
const VIRTUAL_HOST = /^(?<bucket>[a-z0-9][a-z0-9.-]+?)\.(?:s3[.-][a-z0-9.-]*amazonaws\.com|localhost)(?::\d+)?$/;

/** Reads path-style and virtual-host addresses. Throws ServiceError for keys that S3 does not take. */
export function readAddress({ path, headers }: Pick<WireRequest, 'path' | 'headers'>): Address {
  const virtual = VIRTUAL_HOST.exec(headers.host ?? '')?.groups?.bucket;
  const rest = path.slice(1);
  const slash = rest.indexOf('/');
  const [bucket, key] = virtual !== undefined ? [virtual, rest] : slash < 0 ? [rest, ''] : [rest.slice(0, slash), rest.slice(slash + 1)];
  return { bucket: decode(bucket), key: checkKey(decode(key)) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidArgument(`The path has percent signs that encode no UTF-8: ${text}`);
  }
}

function checkKey(key: string): string {
  const bytes = Buffer.byteLength(key);
  if (bytes > MAX_KEY_BYTES) throw invalidArgument(`The key has ${bytes} bytes; S3 takes ${MAX_KEY_BYTES}.`);
  return key;
}
