import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Claims = Readonly<Record<string, unknown>>;

/** An issuer's key pair, by the id that its tokens name. */
export interface IssuerKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function newIssuerKey(kid: string, type: 'RSA' | 'EC' = 'RSA'): IssuerKey {
  const pair = type === 'RSA' ? generateKeyPairSync('rsa', { modulusLength: 2_048 }) : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid, ...pair };
}

/** As the issuer publishes it. */
export function jwkOf({ kid, publicKey }: IssuerKey): Record<string, unknown> {
  return { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' };
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token signed by a key. @param header Beside, or in the place of, what it says by itself. */
export function signToken(claims: Claims, { kid, privateKey }: IssuerKey, header: Claims = {}): string {
  const isRsa = privateKey.asymmetricKeyType === 'rsa';
  const input = `${encoded({ alg: isRsa ? 'RS256' : 'ES256', typ: 'JWT', kid, ...header })}.${encoded(claims)}`;
  const signature = sign('sha256', Buffer.from(input), isRsa ? privateKey : { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

/** A token whose signature is a hash under a secret. */
export function hashToken(claims: Claims, header: Claims, secret: string | Buffer): string {
  const input = `${encoded(header)}.${encoded(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** Times of a token that is valid now, for a while. */
export function timely(nowMs = Date.now()): Claims {
  const nowSeconds = Math.floor(nowMs / 1000);
  return { iat: nowSeconds, exp: nowSeconds + 600 };
}

export interface TestIssuer {
  /** Its `iss`. */
  readonly url: string;
  /** What it publishes now. */
  keys: readonly IssuerKey[];
  /** In place of its keys. */
  respond: ((response: ServerResponse) => void) | undefined;
  /** Times that its keys were asked for. */
  asked(): number;
  close(): Promise<void>;
}

/** An issuer on this machine. */
export async function startIssuer(...keys: readonly IssuerKey[]): Promise<TestIssuer> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    if (issuer.respond !== undefined) return issuer.respond(response);
    const isKeys = request.url === '/.well-known/jwks.json';
    response.writeHead(isKeys ? 200 : 404, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ keys: issuer.keys.map(jwkOf) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer: TestIssuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys,
    respond: undefined,
    asked: () => asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return issuer;
}
