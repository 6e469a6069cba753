import { createECDH, type KeyObject, randomBytes } from 'node:crypto';

/**
 * ECDSA on P-256 over a digest that the caller has made (SEC 1, 4.1.3 and 4.1.4): node signs and verifies messages only. Multiplication on the curve is
 * OpenSSL's; whoever verifies here holds the private key, so one multiplication is enough. Not in constant time: keys of an emulator guard nothing.
 */

/** Order of the group (FIPS 186-5, P-256). */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const BYTES = 32;

/** Signature in DER. */
export function signDigest(privateKey: KeyObject, digest: Buffer): Buffer {
  const d = secretOf(privateKey);
  for (;;) {
    const k = toBigInt(randomBytes(BYTES));
    if (k === 0n || k >= N) continue;
    const r = xOf(k) % N;
    const s = mod(inverse(k) * (toBigInt(digest) + r * d));
    if (r !== 0n && s !== 0n) return toDer(r, s);
  }
}

export function verifyDigest(privateKey: KeyObject, digest: Buffer, signature: Buffer): boolean {
  const pair = fromDer(signature);
  if (!pair) return false;
  const [r, s] = pair;
  if (r <= 0n || r >= N || s <= 0n || s >= N) return false;
  const point = mod(inverse(s) * (toBigInt(digest) + r * secretOf(privateKey)));
  return point !== 0n && xOf(point) % N === r;
}

function secretOf(privateKey: KeyObject): bigint {
  return toBigInt(Buffer.from(String(privateKey.export({ format: 'jwk' }).d), 'base64url'));
}

/** The x coordinate of a multiple of the base point. */
function xOf(multiple: bigint): bigint {
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(toBytes(multiple));
  return toBigInt(curve.getPublicKey().subarray(1, 1 + BYTES));
}

function mod(value: bigint): bigint {
  return ((value % N) + N) % N;
}

/** By Fermat: the order is prime. */
function inverse(value: bigint): bigint {
  let result = 1n;
  let base = mod(value);
  for (let exponent = N - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % N;
    base = (base * base) % N;
  }
  return result;
}

function toBigInt(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex') || '0'}`);
}

function toBytes(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * BYTES, '0'), 'hex');
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;

function toDer(r: bigint, s: bigint): Buffer {
  const integers = [r, s].map((value) => {
    const bytes = Buffer.from(value.toString(16).padStart(2 * Math.ceil(value.toString(16).length / 2), '0'), 'hex');
    const content = (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
    return Buffer.concat([Buffer.of(INTEGER, content.length), content]);
  });
  const content = Buffer.concat(integers);
  return Buffer.concat([Buffer.of(SEQUENCE, content.length), content]);
}

/** Undefined for all that is not two integers in DER. */
function fromDer(der: Buffer): readonly [bigint, bigint] | undefined {
  const rLength = der[3] ?? 0;
  const sAt = 4 + rLength;
  const sLength = der[sAt + 1] ?? 0;
  const isWellFormed =
    der[0] === SEQUENCE && der[1] === der.length - 2 && der[2] === INTEGER && der[sAt] === INTEGER && sAt + 2 + sLength === der.length;
  if (!isWellFormed || rLength === 0 || sLength === 0) return undefined;
  const [r, s] = [toBigInt(der.subarray(4, sAt)), toBigInt(der.subarray(sAt + 2))];
  return toDer(r, s).equals(der) ? [r, s] : undefined;
}
