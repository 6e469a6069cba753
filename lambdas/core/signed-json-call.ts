import type { Dispatcher } from 'undici';
import { connectionErrorOf, poolOf } from './http-pools';
import { type AwsCredentials, createJsonSigner, type SignJsonRequest } from './sign-json-request';

const DEFAULT_TIMEOUT_MS = 2_000;
/** Above what any operation in use answers with. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** The configuration of any client of the AWS SDK, which renews credentials before they expire. */
export interface AwsConfig {
  readonly region: () => Promise<string>;
  readonly credentials: () => Promise<AwsCredentials>;
  /** Of AWS's clock from ours, in milliseconds, as the client has seen it. */
  readonly systemClockOffset: number;
}

export interface JsonOperation {
  /** The name that requests are signed for. */
  readonly service: string;
  readonly contentType: 'application/x-amz-json-1.0' | 'application/x-amz-json-1.1' | 'application/json' | 'application/x-ndjson';
  /** `<service and version>.<operation>`, for services that tell operations apart by it. */
  readonly target?: string;
  /** Comes after the path of the service's address. Of letters, digits and `-._~/` alone. @default '/' */
  readonly path?: string;
  /** No answer within this time is a failure, connecting included. @default 2,000 */
  readonly timeoutMs?: number;
  /** The service's address in the region. */
  readonly addressIn: (region: string) => string | Promise<string>;
}

export interface JsonAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * One operation of an AWS service that speaks JSON, without what a client of the SDK does around it. The call rejects with the error of the
 * credentials or of the connection; whatever the service answers resolves. Nothing is sent twice.
 */
export function createSignedJsonCall(config: AwsConfig, operation: JsonOperation): (body: string) => Promise<JsonAnswer> {
  const { service, contentType, target, path = '/', timeoutMs = DEFAULT_TIMEOUT_MS, addressIn } = operation;
  let place: Promise<{ readonly url: URL; readonly sign: SignJsonRequest }> | undefined;

  async function find(): Promise<{ readonly url: URL; readonly sign: SignJsonRequest }> {
    const region = await config.region();
    return { url: new URL((await addressIn(region)).replace(/\/$/, '') + path), sign: createJsonSigner(service, region) };
  }

  return async (body) => {
    place ??= find().catch((error: unknown) => {
      place = undefined;
      throw error;
    });
    const [{ url, sign }, credentials] = await Promise.all([place, config.credentials()]);
    // Once: it is hashed and sent.
    const bytes = Buffer.from(body);
    const request = { host: url.host, contentType, path: url.pathname, target, body: bytes };
    return post(url, sign(request, credentials, Date.now() + config.systemClockOffset), bytes, timeoutMs);
  };
}

function post(url: URL, headers: Record<string, string>, body: Buffer, timeoutMs: number): Promise<JsonAnswer> {
  return new Promise((resolve, reject) => {
    const exchange = new Exchange(url.host, timeoutMs, resolve, reject);
    poolOf(url.origin).dispatch({ path: url.pathname, method: 'POST', headers, body }, exchange);
  });
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | undefined;
  #failure: Error | undefined;
  #status = 0;
  #bytes = 0;
  readonly #chunks: Buffer[] = [];

  constructor(
    private readonly host: string,
    timeoutMs: number,
    private readonly resolve: (answer: JsonAnswer) => void,
    private readonly reject: (error: Error) => void,
  ) {
    this.#timer = setTimeout(() => this.#fail(new Error(`${host} did not answer within ${timeoutMs} ms.`)), timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#failure !== undefined) controller.abort(this.#failure);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_ANSWER_BYTES) this.#fail(new Error(`${this.host} answered with more than ${MAX_ANSWER_BYTES} bytes.`));
  }

  onResponseEnd(): void {
    clearTimeout(this.#timer);
    this.resolve({ status: this.#status, text: Buffer.concat(this.#chunks).toString() });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(connectionErrorOf(error));
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    clearTimeout(this.#timer);
    this.reject(error);
    this.#controller?.abort(error);
  }
}
