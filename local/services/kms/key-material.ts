import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { signDigest, verifyDigest } from './p256-digest';

/** The kinds of key whose cryptography runs here, with what they do. */
export const KEY_SPECS = {
  HMAC_256: { usage: 'GENERATE_VERIFY_MAC', algorithms: ['HMAC_SHA_256'] },
  ECC_NIST_P256: { usage: 'SIGN_VERIFY', algorithms: ['ECDSA_SHA_256'] },
} as const;

export type KeySpec = keyof typeof KEY_SPECS;

/** What is kept of a key: HMAC's secret, or the private key in PKCS #8; in base64. */
export interface StoredKey {
  readonly spec: KeySpec;
  readonly material: string;
}

const HMAC_BYTES = 32;

export function isKeySpec(spec: string): spec is KeySpec {
  return Object.hasOwn(KEY_SPECS, spec);
}

export function generateKey(spec: KeySpec): StoredKey {
  if (spec === 'HMAC_256') return { spec, material: randomBytes(HMAC_BYTES).toString('base64') };
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { spec, material: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64') };
}

/** HMAC-SHA-256. */
export function macOf({ material }: StoredKey, message: Buffer): Buffer {
  return createHmac('sha256', Buffer.from(material, 'base64')).update(message).digest();
}

export function isMacOf(key: StoredKey, message: Buffer, mac: Buffer): boolean {
  const expected = macOf(key, message);
  return mac.length === expected.length && timingSafeEqual(mac, expected);
}

/** ECDSA with SHA-256 on P-256; the signature in DER. `isDigest`: the message is its SHA-256 already. */
export function signWith(key: StoredKey, message: Buffer, isDigest: boolean): Buffer {
  const privateKey = privateKeyOf(key);
  return isDigest ? signDigest(privateKey, message) : sign('sha256', message, privateKey);
}

export function verifyWith(key: StoredKey, message: Buffer, isDigest: boolean, signature: Buffer): boolean {
  const privateKey = privateKeyOf(key);
  return isDigest ? verifyDigest(privateKey, message, signature) : verify('sha256', message, createPublicKey(privateKey), signature);
}

/** SubjectPublicKeyInfo in DER. */
export function publicKeyOf(key: StoredKey): Buffer {
  return createPublicKey(privateKeyOf(key)).export({ format: 'der', type: 'spki' });
}

function privateKeyOf({ material }: StoredKey): KeyObject {
  return createPrivateKey({ key: Buffer.from(material, 'base64'), format: 'der', type: 'pkcs8' });
}
