import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { WireRequest, WireResponse } from '../../service';
import type { Body } from './engine';
import { notEmulated, serializationError } from './errors';

const TARGET_PREFIX = 'DynamoDB_20120810.';

/** The operation that `x-amz-target` names. Throws ServiceError when it names none of DynamoDB's. */
export function readTarget({ headers, method }: WireRequest): string {
  const target = headers['x-amz-target'] ?? '';
  if (method === 'POST' && target.startsWith(TARGET_PREFIX)) return target.slice(TARGET_PREFIX.length);
  throw notEmulated(
    `${method} with the x-amz-target "${target}"`,
    `DynamoDB takes POST with an x-amz-target that starts with ${TARGET_PREFIX}.`,
  );
}

/** Throws ServiceError (SerializationException) for what is not a JSON object. */
export function readJson({ body }: WireRequest): Body {
  const parsed = parse(body.toString('utf8'));
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) {
    throw serializationError('The request is not a JSON object.');
  }
  return parsed as Body;
}

export function jsonResponse(status: number, content: Body): WireResponse {
  const body = Buffer.from(JSON.stringify(content));
  return {
    status,
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-requestid': randomBytes(26).toString('hex').toUpperCase(),
      'x-amz-crc32': String(crc32(body)),
    },
    body,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw serializationError(`The request is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
}
