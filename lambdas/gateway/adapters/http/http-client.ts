import * as http from 'node:http';
import * as https from 'node:https';

const CONNECT_TIMEOUT_MS = 2_000;
const MAX_SOCKETS = 512;
/** An answer that is complete leaves its connection to be used again, if the end of the response comes within this time. */
const DRAIN_MS = 1_000;
/** An error that is longer is cut: nobody reads on. */
const MAX_TEXT_BYTES = 65_536;

const httpAgent = new http.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
const httpsAgent = new https.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });

export interface HttpRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Aborted, it closes the connection at once, whatever has come of the answer. */
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** The body as it comes. Throws when the connection breaks before its end. Whoever has read enough says so by `release`. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** The body's first 64 KB as text. */
  text(): Promise<string>;
  /**
   * Lets go of the connection. Call it once, whatever happened. @param complete Whether the answer was read to its end: the connection is then
   * kept for the next call, else closed.
   */
  release(complete: boolean): void;
}

/**
 * POSTs JSON over a kept-alive connection and resolves with the head of the response. There is no time limit but that of connecting: the whole
 * call has a deadline of its own. Redirects are not followed: a key is for the host that it was configured for. Nothing is tried again.
 *
 * @throws Error of the connection, or the signal's.
 */
export function postJson({ url, headers, body, signal }: HttpRequest): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const isTls = url.startsWith('https:');
    const length = String(Buffer.byteLength(body));
    const request = (isTls ? https : http).request(url, {
      method: 'POST',
      agent: isTls ? httpsAgent : httpAgent,
      headers: { ...headers, 'content-type': 'application/json', 'content-length': length },
      signal,
    });
    request.once('socket', (socket) => limitConnecting(request, socket, isTls ? 'secureConnect' : 'connect'));
    request.once('response', (response) => resolve(responseOf(response)));
    // For good: a connection that breaks after the response began errs on both.
    request.on('error', reject);
    request.end(body);
  });
}

function limitConnecting(request: http.ClientRequest, socket: NodeJS.EventEmitter & { connecting?: boolean }, connected: string): void {
  if (socket.connecting !== true) return;
  const timer = setTimeout(() => request.destroy(new Error(`No connection within ${CONNECT_TIMEOUT_MS} ms.`)), CONNECT_TIMEOUT_MS);
  const stop = () => clearTimeout(timer);
  socket.once(connected, stop);
  socket.once('close', stop);
}

function responseOf(response: http.IncomingMessage): HttpResponse {
  // What breaks while nobody reads is for whoever reads next, and no uncaught error.
  response.on('error', () => undefined);
  const chunks: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => response.iterator({ destroyOnReturn: false }) };
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    chunks,
    text: async () => {
      const parts: Uint8Array[] = [];
      let bytes = 0;
      for await (const chunk of chunks) {
        parts.push(chunk);
        bytes += chunk.byteLength;
        if (bytes >= MAX_TEXT_BYTES) break;
      }
      return Buffer.concat(parts).toString('utf8', 0, MAX_TEXT_BYTES);
    },
    release: (complete) => {
      if (!complete) return void response.destroy();
      const timer = setTimeout(() => response.destroy(), DRAIN_MS).unref();
      response.once('close', () => clearTimeout(timer));
      response.resume();
    },
  };
}
