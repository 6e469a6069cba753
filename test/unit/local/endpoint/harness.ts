import { once } from 'node:events';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import { AwsEndpoint, type Credentials, type EndpointOptions } from '../../../../local/endpoint';
import { authorize } from '../../../../local/iam/evaluate';
import type { PolicyDocument, RolePrincipal } from '../../../../local/iam/types';
import {
  type CommonFault,
  type Operation,
  type Service,
  ServiceError,
  type WireRequest,
  type WireResponse,
} from '../../../../local/service';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';

export const ALLOW_ALL: PolicyDocument = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } };

export function rolePrincipal(name: string, ...identityPolicies: PolicyDocument[]): RolePrincipal {
  return {
    kind: 'role',
    name,
    roleArn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
    sessionArn: `arn:aws:sts::${ACCOUNT}:assumed-role/${name}/session`,
    accountId: ACCOUNT,
    identityPolicies,
  };
}

/** Endpoints started by a test file, closed together. */
export class Endpoints {
  readonly #started: AwsEndpoint[] = [];

  async start(services: readonly Service[], options: Partial<EndpointOptions> = {}): Promise<AwsEndpoint> {
    const endpoint = await AwsEndpoint.start({ services, authorize, ...options });
    this.#started.push(endpoint);
    return endpoint;
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.#started.splice(0).map((endpoint) => endpoint.close()));
  }
}

export type Protocol = 'HTTP/1.1' | 'HTTP/2';
export const PROTOCOLS: readonly Protocol[] = ['HTTP/1.1', 'HTTP/2'];

export interface RawCall {
  readonly protocol: Protocol;
  readonly path?: string;
  readonly method?: string;
  readonly service?: string;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the call from the caller's side. */
  readonly signal?: AbortSignal;
  /** Told of each piece as it arrives. */
  readonly onData?: (chunk: Buffer) => void;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** False when the connection ended before the answer did. */
  readonly complete: boolean;
}

export function authorizationFor(accessKeyId: string, service: string): string {
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=00`;
}

/** A call without an SDK, signed in name only. Rejects when there is no answer at all. */
export async function rawCall(endpoint: AwsEndpoint, credentials: Credentials | undefined, call: RawCall): Promise<RawAnswer> {
  const headers: Record<string, string> = {
    ...(credentials && {
      authorization: authorizationFor(credentials.accessKeyId, call.service ?? 'test'),
      'x-amz-security-token': credentials.sessionToken,
    }),
    ...call.headers,
  };
  return call.protocol === 'HTTP/2' ? callHttp2(endpoint.url, headers, call) : callHttp1(endpoint.url, headers, call);
}

async function callHttp1(url: string, headers: Record<string, string>, call: RawCall): Promise<RawAnswer> {
  const request = http.request(`${url}${call.path ?? '/'}`, { method: call.method ?? 'POST', headers, agent: false, signal: call.signal });
  request.end(call.body ?? '');
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const { body, complete } = await collect(response, call.onData);
  return { status: response.statusCode ?? 0, headers: response.headers, body, complete: complete && response.complete };
}

async function callHttp2(url: string, headers: Record<string, string>, call: RawCall): Promise<RawAnswer> {
  const session = http2.connect(url);
  session.on('error', () => undefined);
  try {
    const stream = session.request({ ...headers, ':path': call.path ?? '/', ':method': call.method ?? 'POST' }, { signal: call.signal });
    const closed = new Promise<void>((resolve) => stream.once('close', resolve));
    stream.on('error', () => undefined);
    stream.end(call.body ?? '');
    const answered = await Promise.race([once(stream, 'response'), closed.then(() => undefined)]);
    if (!answered) throw new Error('the connection ended without an answer');
    const [answerHeaders] = answered as [http2.IncomingHttpHeaders & { ':status'?: number }];
    const { body, complete } = await collect(stream, call.onData);
    await closed;
    return { status: answerHeaders[':status'] ?? 0, headers: answerHeaders, body, complete: complete && stream.rstCode === 0 };
  } finally {
    session.destroy();
  }
}

async function collect(stream: NodeJS.ReadableStream, onData?: (chunk: Buffer) => void): Promise<{ body: string; complete: boolean }> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream) {
      chunks.push(chunk as Buffer);
      onData?.(chunk as Buffer);
    }
    return { body: Buffer.concat(chunks).toString('utf8'), complete: true };
  } catch {
    return { body: Buffer.concat(chunks).toString('utf8'), complete: false };
  }
}

/** A service whose operations a test chooses by path: `/Echo` runs `handlers.Echo`. */
export class TestService implements Service {
  readonly signingName: string;
  /** Operations run so far. */
  ran = 0;

  constructor(
    private readonly handlers: Readonly<Record<string, (request: WireRequest) => WireResponse | Promise<WireResponse>>>,
    signingName = 'test',
  ) {
    this.signingName = signingName;
  }

  operation(request: WireRequest): Operation {
    const name = request.path.slice(1);
    const handler = this.handlers[name];
    if (!handler) throw new ServiceError('UnknownOperationException', `no operation ${name}`, 404);
    return {
      name,
      access: [{ action: `test:${name}`, resource: `arn:aws:test:${REGION}:${ACCOUNT}:thing/${name}` }],
      run: async () => {
        this.ran += 1;
        return handler(request);
      },
    };
  }

  errorResponse(error: ServiceError): WireResponse {
    return {
      status: error.status,
      headers: { 'x-amzn-errortype': error.code },
      body: JSON.stringify({ message: error.message, ...error.members }),
    };
  }

  fault(kind: CommonFault, message: string): ServiceError {
    const statuses = { 'access-denied': 403, throttled: 429, unavailable: 503 };
    return new ServiceError(`test-${kind}`, message, statuses[kind]);
  }
}

export function text(body: string): WireResponse {
  return { status: 200, headers: { 'content-type': 'text/plain' }, body };
}

export function streamed(body: AsyncIterable<Uint8Array>): WireResponse {
  return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body };
}
