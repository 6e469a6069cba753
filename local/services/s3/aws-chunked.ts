import { ServiceError, type WireRequest } from '../../service';

/** A body as it is stored, with the headers that came after it. */
export interface DecodedBody {
  readonly body: Buffer;
  /** Lower-case names. */
  readonly trailers: Readonly<Record<string, string>>;
}

/**
 * Takes `aws-chunked` framing off a body: `<hex length>[;chunk-signature=…]\r\n<bytes>\r\n … 0\r\n[trailer: value\r\n…]\r\n`. A body that says nothing of such
 * framing is returned as it is.
 *
 * @throws ServiceError for framing that is broken, trailers that were not announced, and another length than `x-amz-decoded-content-length`
 */
export function decodeBody({ body, headers }: Pick<WireRequest, 'body' | 'headers'>): DecodedBody {
  const isChunked = headers['x-amz-content-sha256']?.startsWith('STREAMING-') || headers['content-encoding']?.includes('aws-chunked');
  if (!isChunked) return { body, trailers: {} };
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const line = readLine(body, at);
    const [, hex] = /^([0-9a-f]+)(?:;.*)?$/i.exec(line.text) ?? [];
    if (hex === undefined) throw malformed(`"${line.text.slice(0, 40)}" is no length of a chunk`);
    const length = Number.parseInt(hex, 16);
    at = line.next;
    if (length === 0) break;
    if (body.length < at + length + 2) throw malformed('a chunk is shorter than it says');
    chunks.push(body.subarray(at, at + length));
    at += length + 2;
  }
  const decoded = Buffer.concat(chunks);
  const declared = headers['x-amz-decoded-content-length'];
  if (Number(declared) !== decoded.length)
    throw malformed(`x-amz-decoded-content-length is ${declared}, the chunks have ${decoded.length} bytes`);
  return { body: decoded, trailers: readTrailers(body, at, (headers['x-amz-trailer'] ?? '').toLowerCase()) };
}

function readTrailers(body: Buffer, start: number, announced: string): Record<string, string> {
  const trailers: Record<string, string> = {};
  for (let at = start; at < body.length; ) {
    const line = readLine(body, at);
    at = line.next;
    if (line.text === '') break;
    const colon = line.text.indexOf(':');
    const name = line.text.slice(0, colon).trim().toLowerCase();
    if (name === 'x-amz-trailer-signature') continue;
    if (!announced.split(/\s*,\s*/).includes(name)) throw malformed(`the trailer "${name}" was not announced in x-amz-trailer`);
    trailers[name] = line.text.slice(colon + 1).trim();
  }
  const missing = announced.split(/\s*,\s*/).find((name) => name !== '' && !(name in trailers));
  if (missing !== undefined) throw malformed(`the trailer "${missing}" is missing`);
  return trailers;
}

function readLine(body: Buffer, at: number): { readonly text: string; readonly next: number } {
  const end = body.indexOf('\r\n', at, 'latin1');
  if (end < 0) throw malformed('the body ends in the middle');
  return { text: body.toString('latin1', at, end), next: end + 2 };
}

function malformed(what: string): ServiceError {
  return new ServiceError('IncompleteBody', `The aws-chunked body cannot be read: ${what}.`);
}
