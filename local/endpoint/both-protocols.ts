import * as http from 'node:http';
import * as http2 from 'node:http2';
import * as net from 'node:net';

const HOST = '127.0.0.1';
const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0', 'latin1');
/** Longer than the SDK's agents keep an idle socket, so that a socket is never closed under a request that is being sent. */
const KEEP_ALIVE_TIMEOUT_MS = 120_000;

/** What node's two server responses have in common; HTTP/2's is no stream.Writable. */
export interface AnswerStream {
  writeHead(status: number, headers: Record<string, string>): unknown;
  /** HTTP/1.1 only: HTTP/2 sends the head at once. */
  flushHeaders?(): void;
  write(chunk: Uint8Array, callback?: () => void): boolean;
  end(): unknown;
  end(chunk: Uint8Array): unknown;
  on(event: 'close' | 'drain' | 'error', listener: () => void): unknown;
  once(event: 'close' | 'drain', listener: () => void): unknown;
  off(event: 'close' | 'drain', listener: () => void): unknown;
}

/** One request and the place for its answer, whichever protocol it came by. */
export interface Exchange {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  /** Lower-case names, no HTTP/2 pseudo headers; `host` is there in both protocols. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Buffer>;
  readonly response: AnswerStream;
  /** Ends the caller's connection at once, with every other stream on it. */
  destroySocket(): void;
}

export interface BothProtocolsServer {
  readonly port: number;
  /** Destroys every connection and stops listening. */
  close(): Promise<void>;
}

/**
 * Listens on one port of 127.0.0.1 for HTTP/1.1 and for cleartext HTTP/2 with prior knowledge, told apart by the first bytes of a connection.
 * Port 0 takes a free one. Throws when the port cannot be had.
 */
export async function listenForBothProtocols(port: number, onExchange: (exchange: Exchange) => void): Promise<BothProtocolsServer> {
  const rawSocketOf = new WeakMap<http2.Http2Session, net.Socket>();
  const http1Server = http.createServer({ keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS, requestTimeout: 0 }, (request, response) => {
    onExchange(exchangeOf(request, response, () => request.socket.destroy()));
  });
  const http2Server = http2.createServer((request, response) => {
    const session = request.stream.session;
    const socket = session && rawSocketOf.get(session);
    // Reset and not just closed: node's HTTP/2 clients may take a closed connection for the end of a stream.
    if (socket) onExchange(exchangeOf(request, response, () => socket.resetAndDestroy()));
  });
  // A caller that breaks its connection is no failure of the endpoint.
  http2Server.on('sessionError', () => undefined);

  const sockets = new Set<net.Socket>();
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    peekProtocol(socket, (protocol) => {
      if (protocol === 'http1') {
        http1Server.emit('connection', socket);
        return;
      }
      // The session is made within emit; its own `socket` is a proxy that cannot be destroyed under the session, as a lost connection would be.
      http2Server.once('session', (session) => rawSocketOf.set(session, socket));
      http2Server.emit('connection', socket);
    });
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const hint = 'Choose another port, or stop the program that uses this one.';
      reject(
        new Error(`The local AWS endpoint cannot listen on ${HOST}:${port} (${error.code ?? error.message}). ${hint}`, { cause: error }),
      );
    });
    server.listen(port, HOST, resolve);
  });
  return {
    port: (server.address() as net.AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Reads until the bytes either are HTTP/2's preface or cannot become it, puts them back, and tells. */
function peekProtocol(socket: net.Socket, onKnown: (protocol: 'http1' | 'http2') => void): void {
  let seen = Buffer.alloc(0);
  const onReadable = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    seen = Buffer.concat([seen, chunk]);
    const length = Math.min(seen.length, HTTP2_PREFACE.length);
    const fits = seen.subarray(0, length).equals(HTTP2_PREFACE.subarray(0, length));
    if (fits && length < HTTP2_PREFACE.length) return;
    socket.removeListener('readable', onReadable);
    socket.unshift(seen);
    onKnown(fits ? 'http2' : 'http1');
  };
  socket.on('readable', onReadable);
}

type AnyRequest = http.IncomingMessage | http2.Http2ServerRequest;

function exchangeOf(request: AnyRequest, response: AnswerStream, destroySocket: () => void): Exchange {
  response.on('error', () => undefined);
  request.on('error', () => undefined);
  return {
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    headers: plainHeaders(request.headers),
    body: request,
    response,
    destroySocket,
  };
}

function plainHeaders(headers: http.IncomingHttpHeaders | http2.IncomingHttpHeaders): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    const text = Array.isArray(value) ? value.join(', ') : value;
    if (name === ':authority') plain.host = text;
    else if (!name.startsWith(':')) plain[name.toLowerCase()] = text;
  }
  return plain;
}
