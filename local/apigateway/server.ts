import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EventSink } from '../events';
import { authorize } from '../iam/evaluate';
import type { PermissionUse } from '../iam/permission-use';
import type { RolePrincipal } from '../iam/types';
import { type LambdaFunction, MAX_EVENT_BYTES } from '../lambda/function';
import { type Destination, destinationOf } from './addresses';
import { type CredentialBook, identifyCaller } from './identify-caller';
import { type OwnResponseType, sendOwnResponse } from './own-response';
import { PreludeReader } from './prelude';
import { proxyEvent } from './proxy-event';
import type { ApiStage, Method, RestApi, RouteMatch } from './rest-api';
import { TokenBucket } from './throttle';

/** Largest request body that API Gateway takes, in bytes. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

export interface ApiServerOptions {
  /** By id, in the order in which they started; may grow until the server is opened. */
  readonly apis: ReadonlyMap<string, RestApi>;
  readonly accountId: string;
  readonly region: string;
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  readonly credentials: CredentialBook;
  readonly permissions: PermissionUse;
  readonly events: EventSink;
}

/** Every deployed stage of every REST API, on one port. See `destinationOf` for which stands where. */
export class ApiServer {
  private readonly server: Server;
  private readonly buckets = new Map<ApiStage, Map<Method, TokenBucket>>();
  private readonly opened: Promise<void>;
  private letIn!: () => void;

  constructor(private readonly options: ApiServerOptions) {
    this.opened = new Promise((resolve) => {
      this.letIn = resolve;
    });
    // A response may take as long as its integration; the integration's own time limit ends it.
    this.server = createServer({ requestTimeout: 0 }, (request, response) => void this.serve(request, response));
  }

  /**
   * Listens on 127.0.0.1 and gives the port; 0 asks for any free one. Requests wait until `open`.
   * @throws the system's error, EADDRINUSE for one
   */
  async listen(port: number): Promise<number> {
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  /** Lets requests in: everything behind the APIs has started. */
  open(): void {
    this.letIn();
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await this.opened;
    const startedMs = performance.now();
    const requestId = randomUUID();
    const url = new URL(request.url ?? '/', 'http://localhost');
    const destination = destinationOf(this.options.apis, url.pathname);
    if (!destination) {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ message: 'The assembly has no deployed REST API: there is nothing to serve here.' }));
      return;
    }
    const outcome = await this.answer(request, response, url, destination, requestId).catch((error: unknown): OwnResponseType => {
      this.options.events.emit({ kind: 'crash', functionName: 'front door', reason: String(error) });
      return 'DEFAULT_5XX';
    });
    let { statusCode } = response;
    if (outcome !== 'answered') {
      if (response.headersSent) response.destroy();
      else statusCode = sendOwnResponse(response, destination.api, outcome, requestId);
    }
    this.options.events.emit({
      kind: 'access',
      method: request.method ?? '',
      path: url.pathname,
      status: statusCode,
      ms: performance.now() - startedMs,
      answeredBy: outcome === 'answered' ? 'function' : 'api',
    });
  }

  private async answer(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    destination: Destination,
    requestId: string,
  ): Promise<'answered' | OwnResponseType> {
    const { functions, accountId, events } = this.options;
    const { api, stage, path } = destination;
    const body = await readBody(request);
    if (!body) return 'REQUEST_TOO_LARGE';
    const match = api.match(request.method ?? 'GET', path);
    if (!match) return 'MISSING_AUTHENTICATION_TOKEN';
    if (!this.bucketOf(stage, match.method).take()) return 'THROTTLED';

    let caller: RolePrincipal | undefined;
    if (match.method.authorizationType === 'AWS_IAM') {
      const identified = await identifyCaller(request, url, body, this.options.credentials);
      if (typeof identified === 'string') return identified;
      if (!this.allowed(identified, 'execute-api:Invoke', this.methodArn(request, destination))) return 'ACCESS_DENIED';
      // By the route and not by the path: of paths there are as many as callers like.
      const resource = this.methodArn(request, { ...destination, path: match.method.resourcePath });
      this.options.permissions.note({ roleArn: identified.roleArn, action: 'execute-api:Invoke', resource });
      caller = identified;
    }

    const handler = functions.get(match.method.functionArn);
    if (!handler) throw new Error(`No function ${match.method.functionArn} behind ${match.method.resourcePath}`);
    if (!this.mayInvokeFunction(handler, request, destination)) return 'DEFAULT_5XX';
    const event = proxyEvent({ request, url, path, body, match, apiId: api.id, stage: stage.name, accountId, requestId, caller });
    if (Buffer.byteLength(JSON.stringify(event)) > MAX_EVENT_BYTES) return 'REQUEST_TOO_LARGE';
    try {
      return await pipeResponse(handler, event, match, response, requestId);
    } catch (error) {
      events.emit({ kind: 'crash', functionName: handler.definition.name, reason: (error as Error).message });
      return 'INTEGRATION_FAILURE';
    }
  }

  /** Each method has its own: a stage's limits are applied at the method level. Source: "Throttle requests to your REST APIs", API Gateway's guide. */
  private bucketOf(stage: ApiStage, method: Method): TokenBucket {
    const ofStage = this.buckets.get(stage) ?? new Map<Method, TokenBucket>();
    this.buckets.set(stage, ofStage);
    // The account's own limit, where the template says none.
    const bucket = ofStage.get(method) ?? new TokenBucket(stage.requestsPerSecond ?? 10_000, stage.burst ?? 5_000);
    ofStage.set(method, bucket);
    return bucket;
  }

  private mayInvokeFunction(handler: LambdaFunction, request: IncomingMessage, destination: Destination): boolean {
    const service = { kind: 'service', name: 'apigateway.amazonaws.com', accountId: this.options.accountId } as const;
    const context = { 'aws:SourceArn': this.methodArn(request, destination), 'aws:SourceAccount': this.options.accountId };
    return this.allowed(service, 'lambda:InvokeFunction', handler.arn, { context, resourcePolicy: handler.resourcePolicy });
  }

  private allowed(
    principal: Parameters<typeof authorize>[0],
    action: string,
    resource: string,
    more: Partial<Parameters<typeof authorize>[1]> = {},
  ): boolean {
    const decision = authorize(principal, { action, resource, ...more });
    if (!decision.allowed)
      this.options.events.emit({ kind: 'denied', principal: principal.name, action, resource, reason: decision.reason });
    return decision.allowed;
  }

  private methodArn(request: IncomingMessage, { api, stage, path }: Destination): string {
    const { region, accountId } = this.options;
    return `arn:aws:execute-api:${region}:${accountId}:${api.id}/${stage.name}/${request.method}${path}`;
  }
}

/** The whole body, or undefined when it is larger than API Gateway takes. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Read on to the end, keeping nothing: a client that is still sending would not see the answer.
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return size <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}

/**
 * Runs the function and passes on its response as it comes. The function is never told that the client left: it runs to its end, as behind
 * API Gateway.
 */
async function pipeResponse(
  handler: LambdaFunction,
  event: unknown,
  { method }: RouteMatch,
  response: ServerResponse,
  requestId: string,
): Promise<'answered' | OwnResponseType> {
  const reader = new PreludeReader();
  const buffered: Uint8Array[] = [];
  let timedOut = false;
  const invocation = handler.invoke(event, async (piece) => {
    if (timedOut) return;
    if (!method.streamed) {
      buffered.push(piece);
      return;
    }
    const { prelude, body } = reader.feed(piece);
    if (prelude)
      writeHead(response, prelude.statusCode ?? 200, { ...prelude.multiValueHeaders, ...prelude.headers }, requestId, prelude.cookies);
    if (body.length > 0 && !response.destroyed && !response.write(body))
      await Promise.race([once(response, 'drain'), once(response, 'close')]);
  });
  const timer = new Promise<'timeout'>((resolve) => {
    const timeout = setTimeout(() => resolve('timeout'), method.timeoutMs);
    void invocation.finally(() => clearTimeout(timeout)).catch(() => {});
  });
  if ((await Promise.race([invocation, timer])) === 'timeout') {
    timedOut = true;
    return 'INTEGRATION_TIMEOUT';
  }
  if (!method.streamed) return sendBuffered(response, Buffer.concat(buffered), requestId);
  // A response that ended before its prelude is one that API Gateway cannot read.
  if (!response.headersSent) return 'DEFAULT_5XX';
  response.end();
  return 'answered';
}

function sendBuffered(response: ServerResponse, result: Buffer, requestId: string): 'answered' | OwnResponseType {
  const parsed = JSON.parse(result.toString('utf8')) as {
    statusCode?: number;
    headers?: Record<string, string>;
    multiValueHeaders?: Record<string, string[]>;
    body?: string;
    isBase64Encoded?: boolean;
  } | null;
  if (typeof parsed?.statusCode !== 'number') return 'DEFAULT_5XX';
  writeHead(response, parsed.statusCode, { ...parsed.multiValueHeaders, ...parsed.headers }, requestId);
  response.end(Buffer.from(parsed.body ?? '', parsed.isBase64Encoded ? 'base64' : 'utf8'));
  return 'answered';
}

function writeHead(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string | readonly string[]>>,
  requestId: string,
  cookies: readonly string[] = [],
): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, typeof value === 'string' ? value : [...value]);
  if (cookies.length > 0) response.setHeader('set-cookie', [...cookies]);
  response.setHeader('x-amzn-requestid', requestId);
  response.writeHead(status);
  response.flushHeaders();
}
