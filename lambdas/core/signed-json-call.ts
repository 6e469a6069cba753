import * as http from 'node:http';
import * as https from 'node:https';
import { type AwsCredentials, createJsonSigner, type SignJsonRequest } from './sign-json-request';

/** No answer within this time is a failure, connecting included. */
const TIMEOUT_MS = 2_000;
const MAX_SOCKETS = 256;
/** Above what any operation in use answers with. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

const httpAgent = new http.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
const httpsAgent = new https.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });

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
  readonly contentType: 'application/x-amz-json-1.0' | 'application/x-amz-json-1.1';
  /** `<service and version>.<operation>` */
  readonly target: string;
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
  const { service, contentType, target, addressIn } = operation;
  let place: Promise<{ readonly url: URL; readonly sign: SignJsonRequest }> | undefined;

  async function find(): Promise<{ readonly url: URL; readonly sign: SignJsonRequest }> {
    const region = await config.region();
    return { url: new URL('/', await addressIn(region)), sign: createJsonSigner(service, region) };
  }

  return async (body) => {
    place ??= find().catch((error: unknown) => {
      place = undefined;
      throw error;
    });
    const [{ url, sign }, credentials] = await Promise.all([place, config.credentials()]);
    return post(url, sign({ host: url.host, contentType, target, body }, credentials, Date.now() + config.systemClockOffset), body);
  };
}

function post(url: URL, headers: Record<string, string>, body: string): Promise<JsonAnswer> {
  return new Promise((resolve, reject) => {
    const isTls = url.protocol === 'https:';
    const request = (isTls ? https : http).request({
      method: 'POST',
      // Brackets are of the URL, not of an IPv6 address.
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port,
      path: '/',
      agent: isTls ? httpsAgent : httpAgent,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    });
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error);
      request.destroy();
    };
    const timer = setTimeout(() => fail(new Error(`${url.host} did not answer within ${TIMEOUT_MS} ms.`)), TIMEOUT_MS);
    request.on('error', fail);
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) fail(new Error(`${url.host} answered with more than ${MAX_ANSWER_BYTES} bytes.`));
      });
      response.on('error', fail);
      response.once('end', () => {
        clearTimeout(timer);
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
      });
    });
    request.end(body);
  });
}
