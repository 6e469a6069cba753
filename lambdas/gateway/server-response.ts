import { isUtf8 } from 'node:buffer';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/**
 * Sends a response: a stream at the reader's pace, each piece as it comes, a plain body at once with its length.
 *
 * @param signal Aborted when nobody is to be answered any more: the body is cancelled and the connection closed.
 * @throws the body's own error, after the connection was cut: an answer that is not whole must not look so.
 */
export async function sendResponse(response: Response, outgoing: ServerResponse, signal: AbortSignal): Promise<void> {
  const reader = response.body?.getReader();
  if (signal.aborted) {
    outgoing.destroy();
    return reader?.cancel(signal.reason);
  }
  const headers: string[] = [];
  for (const [name, value] of response.headers) headers.push(name, value);
  if (reader === undefined) {
    outgoing.writeHead(response.status, headers).end();
    return;
  }
  const leave = () => void reader.cancel(signal.reason).catch(() => undefined);
  signal.addEventListener('abort', leave, { once: true });
  try {
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    if (isStream) await sendStream(reader, outgoing.writeHead(response.status, headers), signal);
    else await sendWhole(reader, outgoing, response.status, headers);
  } catch (error) {
    outgoing.destroy();
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** As a string, if it is text: node:http then sends head and body in one piece, and not in two. */
async function sendWhole(reader: Reader, outgoing: ServerResponse, status: number, headers: string[]): Promise<void> {
  const chunks: Uint8Array[] = [];
  for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
  const body = Buffer.concat(chunks);
  outgoing.writeHead(status, [...headers, 'content-length', String(body.byteLength)]);
  outgoing.end(isUtf8(body) ? body.toString() : body);
}

async function sendStream(reader: Reader, outgoing: ServerResponse, signal: AbortSignal): Promise<void> {
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (!outgoing.write(next.value)) await once(outgoing, 'drain', { signal });
  }
  if (signal.aborted) outgoing.destroy();
  else outgoing.end();
}
