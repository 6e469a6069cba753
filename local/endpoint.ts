import { setTimeout as sleep } from 'node:timers/promises';
import { listenForBothProtocols, type BothProtocolsServer, type Exchange } from './endpoint/both-protocols';
import { readCredentialScope, type CredentialScope } from './endpoint/credential-scope';
import { CredentialStore, type Credentials } from './endpoint/credential-store';
import { MAX_REQUEST_BYTES, readBody } from './endpoint/read-body';
import { sendAnswer } from './endpoint/send-answer';
import { unroutable } from './endpoint/unroutable';
import { type Cut, Faults } from './faults';
import type { Access, Decision, Principal, RolePrincipal } from './iam/types';
import { type Operation, type Service, ServiceError, type WireRequest, type WireResponse } from './service';

export type { Credentials } from './endpoint/credential-store';

export interface EndpointOptions {
  /** @default - a free port */
  readonly port?: number;
  readonly services: readonly Service[];
  /** Decides each access of a call before the operation runs. */
  readonly authorize: (principal: Principal, access: Access) => Decision;
  /**
   * Told of what no service should throw; the caller got the service's "unavailable" error, or a broken stream.
   * @default - one line on stderr
   */
  readonly onError?: (error: unknown, call: string) => void;
}

/** A call that its caller's role does not allow. */
export interface Denial {
  readonly principal: RolePrincipal;
  /** Signing name. */
  readonly service: string;
  readonly operation: string;
  readonly action: string;
  readonly resource: string;
  readonly reason: string;
}

/** A call as an interceptor sees it. `before`: the operation has not run. `after`: it has run, and its answer is not yet sent. */
export interface InterceptedCall {
  readonly accessKeyId: string;
  readonly principal: RolePrincipal;
  /** Signing name. */
  readonly service: string;
  readonly operation: string;
  readonly phase: 'before' | 'after';
}

/** `drop` destroys the caller's socket without an answer. */
export type Interceptor = (call: InterceptedCall) => void | 'drop' | Promise<void | 'drop'>;

type Outcome = 'drop' | { readonly response: WireResponse; readonly cut?: Cut };

/** Every emulated AWS service behind one URL: HTTP/1.1 and cleartext HTTP/2 on one port of 127.0.0.1, callers known by their access keys. */
export class AwsEndpoint {
  /** Throws when the port cannot be had, or when two services share a signing name. */
  static async start(options: EndpointOptions): Promise<AwsEndpoint> {
    const endpoint = new AwsEndpoint(options);
    for (const service of options.services) endpoint.addService(service);
    endpoint.#server = await listenForBothProtocols(options.port ?? 0, (exchange) => void endpoint.#serve(exchange));
    return endpoint;
  }

  readonly faults = new Faults();
  readonly #services = new Map<string, Service>();
  readonly #credentials = new CredentialStore();
  readonly #denialListeners = new Set<(denial: Denial) => void>();
  readonly #interceptors = new Set<Interceptor>();
  readonly #authorize: EndpointOptions['authorize'];
  readonly #onError: NonNullable<EndpointOptions['onError']>;
  #server?: BothProtocolsServer;

  private constructor(options: EndpointOptions) {
    this.#authorize = options.authorize;
    this.#onError = options.onError ?? ((error, call) => process.stderr.write(`local AWS endpoint: ${call}: ${describe(error)}\n`));
  }

  /** `http://127.0.0.1:<port>` */
  get url(): string {
    return `http://127.0.0.1:${this.#server?.port}`;
  }

  /** Throws when a service of that signing name is there already. */
  addService(service: Service): void {
    if (this.#services.has(service.signingName)) {
      throw new Error(`A service with the signing name "${service.signingName}" is already on this endpoint. Add it once.`);
    }
    this.#services.set(service.signingName, service);
  }

  /** New random credentials for a session of the role. Throws when 10,000 are live. */
  issueCredentials(principal: RolePrincipal): Credentials {
    return this.#credentials.issue(principal);
  }

  principalOf(accessKeyId: string): RolePrincipal | undefined {
    return this.#credentials.principalOf(accessKeyId);
  }

  secretOf(accessKeyId: string): string | undefined {
    return this.#credentials.credentialsOf(accessKeyId)?.secretAccessKey;
  }

  /** From now on calls with this key are refused. */
  revoke(accessKeyId: string): void {
    this.#credentials.revoke(accessKeyId);
  }

  /** Returns what removes the listener. */
  onDenied(listener: (denial: Denial) => void): () => void {
    this.#denialListeners.add(listener);
    return () => {
      this.#denialListeners.delete(listener);
    };
  }

  /** Returns what removes the interceptor. Interceptors run in the order added; the first `drop` ends the call. */
  intercept(interceptor: Interceptor): () => void {
    this.#interceptors.add(interceptor);
    return () => {
      this.#interceptors.delete(interceptor);
    };
  }

  /** Ends every connection and frees the port. */
  async close(): Promise<void> {
    await this.#server?.close();
  }

  async #serve(exchange: Exchange): Promise<void> {
    const callerGone = new AbortController();
    let answered = false;
    exchange.response.once('close', () => {
      if (!answered) callerGone.abort();
    });
    try {
      const outcome = await this.#outcomeOf(exchange, callerGone.signal);
      if (outcome === 'drop') {
        exchange.destroySocket();
        return;
      }
      await sendAnswer(exchange, outcome.response, callerGone.signal, outcome.cut);
      answered = true;
    } catch (error) {
      if (!callerGone.signal.aborted) this.#onError(error, `${exchange.method} ${exchange.target}`);
      // A stream that failed must not look complete.
      exchange.destroySocket();
    }
  }

  async #outcomeOf(exchange: Exchange, signal: AbortSignal): Promise<Outcome> {
    const { headers } = exchange;
    const body = await readBody(exchange.body).catch(() => 'broken' as const);
    if (body === 'broken') return 'drop';
    if (headers.authorization === undefined) {
      return { response: unroutable(headers, 403, 'MissingAuthenticationTokenException', 'Missing Authentication Token') };
    }
    const scope = readCredentialScope(headers.authorization);
    if (!scope) {
      const message =
        'The Authorization header carries no SigV4 credential scope (Credential=<key>/<date>/<region>/<service>/aws4_request).';
      return { response: unroutable(headers, 400, 'IncompleteSignatureException', message) };
    }
    const service = this.#services.get(scope.service);
    if (!service) {
      const known = [...this.#services.keys()].sort().join(', ');
      const message = `The service "${scope.service}" is not emulated locally. Emulated: ${known}.`;
      return { response: unroutable(headers, 400, 'ServiceNotEmulatedException', message) };
    }
    try {
      return await this.#call(service, scope, exchange, body, signal);
    } catch (error) {
      if (error instanceof ServiceError) return { response: service.errorResponse(error) };
      if (signal.aborted) return 'drop';
      this.#onError(error, `${scope.service} ${exchange.method} ${exchange.target}`);
      return {
        response: service.errorResponse(service.fault('unavailable', 'The local emulator failed on this call; its log names the cause.')),
      };
    }
  }

  async #call(
    service: Service,
    scope: CredentialScope,
    exchange: Exchange,
    body: Buffer | undefined,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const principal = this.#authenticate(scope, exchange.headers['x-amz-security-token']);
    if (!body) {
      throw new ServiceError('RequestEntityTooLargeException', `The request's body is longer than ${MAX_REQUEST_BYTES} bytes.`, 413);
    }
    const operation = service.operation(wireRequestOf(scope, exchange, body, principal, signal));
    this.#checkAccess(service, operation, principal);

    const { delayMs, failure } = this.faults.take(service.signingName, operation.name);
    if (delayMs > 0) await sleep(delayMs, undefined, { signal });
    if (failure?.kind === 'refuse') return 'drop';
    if (failure?.kind === 'throttled') throw service.fault('throttled', 'Rate exceeded (injected fault)');
    if (failure?.kind === 'unavailable') throw service.fault('unavailable', 'Service unavailable (injected fault)');

    const call = { accessKeyId: scope.accessKeyId, principal, service: service.signingName, operation: operation.name };
    if ((await this.#intercepted({ ...call, phase: 'before' })) === 'drop') return 'drop';
    const response = await runToResponse(service, operation);
    if ((await this.#intercepted({ ...call, phase: 'after' })) === 'drop') return 'drop';
    return failure?.kind === 'cut' ? { response, cut: failure.cut } : { response };
  }

  #authenticate(scope: CredentialScope, sessionToken: string | undefined): RolePrincipal {
    const principal = this.#credentials.principalOf(scope.accessKeyId);
    // A session's key without its token is as unknown to AWS as a wrong key.
    if (!principal || this.#credentials.credentialsOf(scope.accessKeyId)?.sessionToken !== sessionToken) {
      throw new ServiceError('UnrecognizedClientException', 'The security token included in the request is invalid.', 403);
    }
    return principal;
  }

  #checkAccess(service: Service, operation: Operation, principal: RolePrincipal): void {
    for (const access of operation.access) {
      const decision = this.#authorize(principal, access);
      if (decision.allowed) continue;
      const { action, resource } = access;
      const { reason } = decision;
      for (const listener of this.#denialListeners) {
        listener({ principal, service: service.signingName, operation: operation.name, action, resource, reason });
      }
      throw service.fault('access-denied', reason);
    }
  }

  async #intercepted(call: InterceptedCall): Promise<void | 'drop'> {
    for (const interceptor of this.#interceptors) {
      if ((await interceptor(call)) === 'drop') return 'drop';
    }
  }
}

/** An error that the service answers with is the outcome of an operation that has run. */
async function runToResponse(service: Service, operation: Operation): Promise<WireResponse> {
  try {
    return await operation.run();
  } catch (error) {
    if (error instanceof ServiceError) return service.errorResponse(error);
    throw error;
  }
}

function wireRequestOf(
  scope: CredentialScope,
  exchange: Exchange,
  body: Buffer,
  principal: RolePrincipal,
  signal: AbortSignal,
): WireRequest {
  const queryAt = exchange.target.indexOf('?');
  return {
    signingName: scope.service,
    region: scope.region,
    method: exchange.method,
    path: queryAt < 0 ? exchange.target : exchange.target.slice(0, queryAt),
    query: new URLSearchParams(queryAt < 0 ? '' : exchange.target.slice(queryAt + 1)),
    headers: exchange.headers,
    body,
    principal,
    signal,
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
