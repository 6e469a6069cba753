import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { RolePrincipal } from '../iam/types';
import type { OwnResponseType } from './own-response';

/** Who the credentials of a signature belong to. */
export interface CredentialBook {
  principalOf(accessKeyId: string): RolePrincipal | undefined;
  secretOf(accessKeyId: string): string | undefined;
}

/** As AWS allows between a signer's clock and its own. */
const MAX_SKEW_MS = 5 * 60 * 1000;

/** Checks a request's Signature Version 4 for `execute-api`, by signing it again with the secret of the key it names. */
export async function identifyCaller(
  request: IncomingMessage,
  url: URL,
  body: Buffer,
  book: CredentialBook,
): Promise<RolePrincipal | OwnResponseType> {
  const header =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request, *SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    );
  if (!header) return 'MISSING_AUTHENTICATION_TOKEN';
  const [, accessKeyId = '', region = '', service = '', signedHeaders = '', signature = ''] = header;
  const principal = book.principalOf(accessKeyId);
  const secretAccessKey = book.secretOf(accessKeyId);
  if (!principal || !secretAccessKey || service !== 'execute-api') return 'INVALID_SIGNATURE';
  const signedAt = parseAmzDate(String(request.headers['x-amz-date'] ?? ''));
  if (!signedAt || Math.abs(Date.now() - signedAt.getTime()) > MAX_SKEW_MS) return 'EXPIRED_TOKEN';

  // A signer may state the body's hash in a header; the signature then covers the statement, and only this check the body.
  const stated = request.headers['x-amz-content-sha256'];
  if (stated !== undefined && stated !== createHash('sha256').update(body).digest('hex')) return 'INVALID_SIGNATURE';

  const names = new Set(signedHeaders.split(';'));
  const headers = Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) => (names.has(name) ? [[name, String(value)]] : [])),
  );
  const signer = new SignatureV4({
    credentials: { accessKeyId, secretAccessKey },
    region,
    service,
    sha256: NodeHash,
    // What was signed is in the headers already: nothing may be added.
    applyChecksum: false,
  });
  const signed = await signer.sign(
    {
      method: request.method ?? 'GET',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: queryOf(url),
      headers: { ...headers, host: String(request.headers.host) },
      body,
    },
    { signingDate: signedAt, unsignableHeaders: new Set(), signableHeaders: names },
  );
  const expected = /Signature=([0-9a-f]{64})$/.exec(String(signed.headers.authorization))?.[1] ?? '';
  const matches = expected.length === signature.length && timingSafeEqual(Buffer.from(expected), Buffer.from(signature));
  return matches ? principal : 'INVALID_SIGNATURE';
}

function queryOf(url: URL): Record<string, string[]> {
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) (query[name] ??= []).push(value);
  return query;
}

function parseAmzDate(text: string): Date | undefined {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  return year ? new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) : undefined;
}

/** SHA-256 in the shape that the signer asks for. */
class NodeHash {
  private readonly hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toBytes(secret));
  }

  update(chunk: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(toBytes(chunk));
  }

  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.hash.digest());
  }

  reset(): void {
    throw new Error('A hash of this signer is used once.');
  }
}

function toBytes(value: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  return ArrayBuffer.isView(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.from(value);
}
