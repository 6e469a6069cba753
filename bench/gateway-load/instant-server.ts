import * as net from 'node:net';

export interface InstantRequest {
  /** With its line and its headers. */
  readonly head: string;
  readonly body: string;
}

const HEAD_END = '\r\n\r\n';
const LAST_CHUNK = '\r\n0\r\n\r\n';

/**
 * An HTTP/1.1 server with as much of the protocol as gateways use of it: node:http's own takes longer over a request than what stands in for a
 * model or a store should, and its time would be counted as the gateway's. One request at a time on each connection, which stays open.
 *
 * @param answer The whole response as bytes; `httpResponse` makes it.
 */
export function createInstantServer(answer: (request: InstantRequest) => Buffer | Promise<Buffer>): net.Server {
  return net.createServer({ noDelay: true }, (socket) => {
    let received: Buffer = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const request = wholeRequest(received);
      if (request === undefined) return;
      received = Buffer.alloc(0);
      const response = answer(request);
      if (response instanceof Promise) void response.then((bytes) => socket.write(bytes));
      else socket.write(response);
    });
  });
}

/** Undefined while some of it is missing. */
function wholeRequest(received: Buffer): InstantRequest | undefined {
  const headEnd = received.indexOf(HEAD_END);
  if (headEnd === -1) return undefined;
  const head = received.toString('latin1', 0, headEnd);
  const start = headEnd + HEAD_END.length;
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    const end = start + Number(length);
    return received.length < end ? undefined : { head, body: received.toString('utf8', start, end) };
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return { head, body: '' };
  const text = received.toString('utf8', start);
  return text.endsWith(LAST_CHUNK) ? { head, body: text.replaceAll(/(?:^|\r\n)[\da-f]+\r\n/gi, '').slice(0, -2) } : undefined;
}

export function httpResponse(status: number, contentType: string, body: string | Uint8Array): Buffer {
  const bytes = Buffer.from(body);
  const head = `HTTP/1.1 ${status} ${status === 200 ? 'OK' : 'Error'}\r\ncontent-type: ${contentType}\r\ncontent-length: ${bytes.length}${HEAD_END}`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** As of a server that does not know the length before, all of it in one piece. */
export function chunkedResponse(contentType: string, body: string): Buffer {
  const head = `HTTP/1.1 200 OK\r\ncontent-type: ${contentType}\r\ntransfer-encoding: chunked${HEAD_END}`;
  return Buffer.from(`${head}${Buffer.byteLength(body).toString(16)}\r\n${body}${LAST_CHUNK}`);
}
