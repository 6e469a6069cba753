import { createHmac, hash } from 'node:crypto';

/** What the AWS SDK's credential providers resolve to. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface JsonRequest {
  /** Host, and port where it is not the scheme's own. */
  readonly host: string;
  readonly contentType: string;
  /** Of letters, digits and `-._~/` alone, which nothing encodes. @default '/' */
  readonly path?: string;
  /** `<service and version>.<operation>`, for services that tell operations apart by it. */
  readonly target?: string;
  readonly body: string | Uint8Array;
}

/** The headers to send with a request, its signature among them. */
export type SignJsonRequest = (request: JsonRequest, credentials: AwsCredentials, nowMs: number) => Record<string, string>;

const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * Signature Version 4 for what the JSON protocols of AWS have in common: POST, no query, few headers, whose order is known. The key is
 * derived once a day and for each secret; a request then costs two hashes and one HMAC.
 */
export function createJsonSigner(service: string, region: string): SignJsonRequest {
  let derived: { readonly day: string; readonly secretAccessKey: string; readonly sign: (text: string) => string } | undefined;

  function signerFor(secretAccessKey: string, day: string): (text: string) => string {
    if (derived?.day !== day || derived.secretAccessKey !== secretAccessKey) {
      const secret = Buffer.from(`AWS4${secretAccessKey}`);
      const key = [day, region, service, 'aws4_request'].reduce<Buffer>(
        (from, part) => createHmac('sha256', from).update(part).digest(),
        secret,
      );
      derived = { day, secretAccessKey, sign: hmacWith(key) };
    }
    return derived.sign;
  }

  return ({ host, contentType, path = '/', target, body }, { accessKeyId, secretAccessKey, sessionToken }, nowMs) => {
    // 2026-01-31T09:08:07.000Z as 20260131T090807Z
    const time = `${new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
    const day = time.slice(0, 8);
    const bodyHash = hash('sha256', body);
    // In the order of their names, which the signature needs.
    const headers: Record<string, string> = { 'content-type': contentType, host, 'x-amz-content-sha256': bodyHash, 'x-amz-date': time };
    if (sessionToken !== undefined) headers['x-amz-security-token'] = sessionToken;
    if (target !== undefined) headers['x-amz-target'] = target;
    let names = '';
    let lines = '';
    for (const name in headers) {
      names += names === '' ? name : `;${name}`;
      lines += `${name}:${headers[name]}\n`;
    }
    const scope = `${day}/${region}/${service}/aws4_request`;
    const toSign = `${ALGORITHM}\n${time}\n${scope}\n${hash('sha256', `POST\n${path}\n\n${lines}\n${names}\n${bodyHash}`)}`;
    const signature = signerFor(secretAccessKey, day)(toSign);
    headers.authorization = `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
    return headers;
  };
}

const BLOCK_BYTES = 64;

/**
 * HMAC-SHA256 (RFC 2104) in hex, by two hashes: Node's own is a stream, which is made anew for each text, and a server signs all day.
 *
 * @param key Of at most 64 bytes.
 */
function hmacWith(key: Uint8Array): (text: string) => string {
  const inner = Buffer.alloc(BLOCK_BYTES, 0x36);
  const outer = Buffer.alloc(BLOCK_BYTES, 0x5c);
  for (const [index, byte] of key.entries()) {
    inner[index] = byte ^ 0x36;
    outer[index] = byte ^ 0x5c;
  }
  return (text) => hash('sha256', Buffer.concat([outer, hash('sha256', Buffer.concat([inner, Buffer.from(text)]), 'buffer')]));
}
