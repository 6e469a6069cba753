import { isUtf8 } from 'node:buffer';
import { GatewayError } from '../core/errors';

const BYTE_ORDER_MARK = '\uFEFF';

/**
 * A request's body as text.
 *
 * @throws GatewayError `request_too_large` as soon as the limit is passed, `invalid_json` for bytes that are not UTF-8.
 */
export async function readBody(request: Request, maxBytes: number): Promise<string> {
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes, declared);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge(maxBytes, bytes);
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if (!isUtf8(body)) throw new GatewayError('invalid_json', 'The body is not valid UTF-8.');
  const text = body.toString();
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

function tooLarge(maxBytes: number, received: number): GatewayError {
  return new GatewayError('request_too_large', `The body may have at most ${maxBytes} bytes; received ${received} or more. Send less.`);
}
