import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { ServiceError } from '../../service';
import { notEmulated } from './errors';

type Algorithm = 'crc32' | 'crc32c' | 'sha1' | 'sha256';

const COMPUTE: Readonly<Record<Algorithm, (body: Buffer) => string>> = {
  crc32: (body) => base64Of(crc32(body)),
  crc32c: (body) => base64Of(crc32c(body)),
  sha1: (body) => createHash('sha1').update(body).digest('base64'),
  sha256: (body) => createHash('sha256').update(body).digest('base64'),
};

const PREFIX = 'x-amz-checksum-';
/** Members of the family that hold no checksum. */
const NO_CHECKSUM = new Set(['algorithm', 'mode', 'type']);

/**
 * Holds a body against every checksum that came with it, in headers or trailers.
 *
 * @returns the checksums to store, as the headers that show them
 * @throws ServiceError: BadDigest for a checksum that differs, InvalidDigest for an MD5 that is none, XAmzContentSHA256Mismatch
 */
export function verifyChecksums(
  body: Buffer,
  signedBody: Buffer,
  headers: Readonly<Record<string, string>>,
  trailers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  verifyPayloadHash(signedBody, headers['x-amz-content-sha256']);
  verifyMd5(body, headers['content-md5']);
  const given = Object.entries({ ...headers, ...trailers }).filter(
    ([name]) => name.startsWith(PREFIX) && !NO_CHECKSUM.has(name.slice(PREFIX.length)),
  );
  for (const [name, value] of given) {
    const algorithm = name.slice(PREFIX.length);
    if (!isAlgorithm(algorithm)) throw notEmulated(`the checksum ${algorithm.toUpperCase()}`);
    const actual = COMPUTE[algorithm](body);
    if (actual === value) continue;
    const message = `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`;
    throw new ServiceError('BadDigest', message, 400, { ExpectedDigest: value, CalculatedDigest: actual });
  }
  return Object.fromEntries(given);
}

function isAlgorithm(name: string): name is Algorithm {
  return Object.hasOwn(COMPUTE, name);
}

function verifyPayloadHash(body: Buffer, declared: string | undefined): void {
  if (declared === undefined || !/^[0-9a-f]{64}$/.test(declared)) return;
  if (createHash('sha256').update(body).digest('hex') === declared) return;
  throw new ServiceError('XAmzContentSHA256Mismatch', "The provided 'x-amz-content-sha256' header does not match what was computed.");
}

function verifyMd5(body: Buffer, declared: string | undefined): void {
  if (declared === undefined) return;
  if (Buffer.from(declared, 'base64').length !== 16) throw new ServiceError('InvalidDigest', 'The Content-MD5 you specified was invalid.');
  if (createHash('md5').update(body).digest('base64') === declared) return;
  throw new ServiceError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
}

const CRC32C_POLYNOMIAL = 0x82f63b78;
const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ CRC32C_POLYNOMIAL : value >>> 1;
  return value;
});

function crc32c(body: Buffer): number {
  let value = 0xffffffff;
  for (const byte of body) value = (CRC32C_TABLE[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

function base64Of(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes.toString('base64');
}
