import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

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
  readonly body: string;
}

/** The headers to send with a request, its signature among them. */
export type SignJsonRequest = (request: JsonRequest, credentials: AwsCredentials, nowMs: number) => Record<string, string>;

const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * Signature Version 4 for what the JSON protocols of AWS have in common: POST, no query, few headers, whose order is known. The key is
 * derived once a day and for each secret; a request then costs two hashes and one HMAC.
 */
export function createJsonSigner(service: string, region: string): SignJsonRequest {
  let derived: { readonly day: string; readonly secretAccessKey: string; readonly key: KeyObject } | undefined;

  function keyFor(secretAccessKey: string, day: string): KeyObject {
    if (derived?.day !== day || derived.secretAccessKey !== secretAccessKey) {
      const secret = Buffer.from(`AWS4${secretAccessKey}`);
      // As an object: with bytes an HMAC would take several times as long.
      const key = createSecretKey([day, region, service, 'aws4_request'].reduce<Buffer>(hmac, secret));
      derived = { day, secretAccessKey, key };
    }
    return derived.key;
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
    const names = Object.keys(headers).join(';');
    let lines = '';
    for (const [name, value] of Object.entries(headers)) lines += `${name}:${value}\n`;
    const scope = `${day}/${region}/${service}/aws4_request`;
    const toSign = `${ALGORITHM}\n${time}\n${scope}\n${hash('sha256', `POST\n${path}\n\n${lines}\n${names}\n${bodyHash}`)}`;
    const signature = hmac(keyFor(secretAccessKey, day), toSign).toString('hex');
    headers.authorization = `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
    return headers;
  };
}

function hmac(key: Buffer | KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
