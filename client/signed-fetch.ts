import { SignatureV4 } from '@smithy/signature-v4';
import { type AwsCredentials, environmentCredentials } from './credentials';
import { Sha256 } from './sha256';

export interface SignedFetchOptions {
  /** Of the gateway. @default - AWS_REGION, which Lambda sets */
  readonly region?: string;
  /** Asked for each request. @default - the environment variables that Lambda sets from the function's role */
  readonly credentials?: AwsCredentials | (() => AwsCredentials | Promise<AwsCredentials>);
  /** Name of the service in the signature. @default 'execute-api' */
  readonly service?: string;
}

/** As the `fetch` option of the `openai` client takes it. */
export type SignedFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/**
 * A `fetch` that signs each request with Signature Version 4. An `authorization` header that is there already is replaced by the signature.
 * The request's body is read whole before it is sent; the response streams.
 *
 * The returned function rejects with CredentialsMissingError, and as `fetch` does.
 *
 * @throws RangeError when the region is neither given nor in the environment
 */
export function createSignedFetch(options: SignedFetchOptions = {}): SignedFetch {
  const { region = process.env.AWS_REGION, credentials = environmentCredentials, service = 'execute-api' } = options;
  if (!region)
    throw new RangeError(
      'The region to sign for is not known: pass region, as in createSignedFetch({ region: "us-east-1" }), or set AWS_REGION.',
    );
  const signer = new SignatureV4({
    region,
    service,
    sha256: Sha256,
    credentials: async () => (typeof credentials === 'function' ? credentials() : credentials),
  });
  return async (input, init) => {
    const request = new Request(input, init);
    const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
    const url = normalized(request.url);
    // What a proxy on the way may change or add is left out of the signature.
    const covered = pick(request.headers, ['content-type']);
    const { headers: signed } = await signer.sign({
      method: request.method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: queryOf(url),
      headers: { ...covered, host: url.host },
      body,
    });
    const headers = new Headers(request.headers);
    // `fetch` sets the host itself, from the URL.
    for (const [name, value] of Object.entries(signed)) if (name !== 'host') headers.set(name, value);
    return fetch(url, { ...init, method: request.method, headers, body, signal: request.signal, redirect: request.redirect });
  };
}

/** In a query `+` means a space to some servers and itself to others; `%20` is a space to all. */
function normalized(text: string): URL {
  const url = new URL(text);
  url.search = url.search.replaceAll('+', '%20');
  return url;
}

function pick(headers: Headers, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (headers.has(name) ? [[name, headers.get(name) ?? '']] : [])));
}

function queryOf(url: URL): Record<string, string[]> {
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) (query[name] ??= []).push(value);
  return query;
}
