import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { storeError } from '../store-error';
import type { AwsConfig } from '../signed-json-call';
import { type CallId, startedAtSeconds } from '../trace-id';

export type ContentPart = 'input' | 'output';

/** What calls consist of that is too large for the audit table, in a bucket: `calls/<UTC day>/<call id>/<part>.json`. Nothing in it is ever replaced. */
export interface ContentObjects {
  /** Rejects with GatewayError `store_unavailable` or `internal_error`. What was put already is put once. */
  put(callId: CallId, part: ContentPart, json: string): Promise<void>;
  /** @returns undefined where there is none, or none any more. Rejects as `put` does. */
  get(callId: CallId, part: ContentPart): Promise<string | undefined>;
}

export interface ContentObjectsOptions {
  readonly bucket: string;
  /** Of a client of the AWS SDK: its region and credentials. */
  readonly config: AwsConfig;
  /** Overrides the service's address in the region; the bucket then stands in the path. */
  readonly endpoint?: string | undefined;
}

const TIMEOUT_MS = 10_000;

/** Signed by hand of the SDK's own signer: its client for S3 would be half of the gateway's bundle. */
export function createContentObjects({ bucket, config, endpoint }: ContentObjectsOptions): ContentObjects {
  let signer: Promise<{ readonly base: URL; readonly sign: SignatureV4 }> | undefined;

  async function find(): Promise<{ readonly base: URL; readonly sign: SignatureV4 }> {
    const region = await config.region();
    const base = new URL(endpoint === undefined ? `https://${bucket}.s3.${region}.amazonaws.com/` : `${endpoint}/${bucket}/`);
    return {
      base,
      sign: new SignatureV4({ service: 's3', region, credentials: config.credentials, sha256: Sha256, uriEscapePath: false }),
    };
  }

  async function send(method: 'GET' | 'PUT', key: string, headers: Record<string, string>, body?: string): Promise<Response> {
    signer ??= find().catch((error: unknown) => {
      signer = undefined;
      throw error;
    });
    const { base, sign } = await signer;
    const url = new URL(key, base);
    const signed = await sign.sign(
      {
        method,
        protocol: url.protocol,
        hostname: url.hostname,
        ...(url.port !== '' && { port: Number(url.port) }),
        path: url.pathname,
        headers: {
          ...headers,
          host: url.host,
          'x-amz-content-sha256': createHash('sha256')
            .update(body ?? '')
            .digest('hex'),
        },
        ...(body !== undefined && { body }),
      },
      { signingDate: new Date(Date.now() + config.systemClockOffset) },
    );
    // `fetch` names the host itself.
    const { host: _host, ...sent } = signed.headers;
    return fetch(url, { method, headers: sent, signal: AbortSignal.timeout(TIMEOUT_MS), ...(body !== undefined && { body }) });
  }

  return {
    async put(callId, part, json) {
      await orStoreError(async () => {
        const headers = { 'content-type': 'application/json', 'if-none-match': '*' };
        const response = await send('PUT', keyOf(callId, part), headers, json);
        const text = await response.text();
        // Put by an attempt whose answer nobody saw.
        if (!response.ok && response.status !== 412) throw refusal('s3:PutObject', response.status, text);
      });
    },
    get(callId, part) {
      return orStoreError(async () => {
        const response = await send('GET', keyOf(callId, part), {});
        const text = await response.text();
        if (response.ok) return text;
        if (response.status === 404) return undefined;
        throw refusal('s3:GetObject', response.status, text);
      });
    },
  };
}

function keyOf(callId: CallId, part: ContentPart): string {
  return `calls/${new Date(startedAtSeconds(callId) * 1000).toISOString().slice(0, 10)}/${callId}/${part}.json`;
}

async function orStoreError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw storeError(cause);
  }
}

/** In the shape of the SDK's errors. For the log: the service names whoever asked, and the resource. */
function refusal(action: string, status: number, text: string): Error {
  const code = /<Code>([\w.]{1,64})<\/Code>/.exec(text)?.[1] ?? 'Error';
  const message = /<Message>([^<]{1,1024})<\/Message>/.exec(text)?.[1] ?? 'no reason given';
  return Object.assign(new Error(`${action} was answered with ${status}: ${message}`), {
    name: code,
    $metadata: { httpStatusCode: status },
  });
}

/** Node's SHA-256, as the signer asks for it. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as string);
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(data as string);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {
    throw new Error('A hash is used once.');
  }
}
