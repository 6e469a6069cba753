import { ServiceError, type WireRequest, type WireResponse } from '../service';

const CONTENT_TYPE = 'application/x-amz-json-1.1';

/** The operation in `x-amz-target: <prefix>.<operation>`. Throws ServiceError when there is none, or it is another service's. */
export function readTarget(request: WireRequest, prefix: string): string {
  const target = request.headers['x-amz-target'] ?? '';
  if (target.startsWith(`${prefix}.`) && target.length > prefix.length + 1) return target.slice(prefix.length + 1);
  throw new ServiceError('UnknownOperationException', `Expected a header x-amz-target: ${prefix}.<operation>; received "${target}".`);
}

/** The body's members. Throws ServiceError when it is not a JSON object; an empty body is an empty object. */
export function readJsonObject(body: Buffer): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
  } catch {
    throw new ServiceError('SerializationException', 'The request body is not valid JSON.');
  }
  if (isJsonObject(parsed)) return parsed;
  throw new ServiceError('SerializationException', 'The request body must be a JSON object.');
}

export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An answer in JSON 1.1. */
export function jsonAnswer(body: unknown): WireResponse {
  return { status: 200, headers: { 'content-type': CONTENT_TYPE }, body: JSON.stringify(body) };
}

/** An error in JSON 1.1: `__type` and `message` in the body. */
export function jsonErrorResponse(error: ServiceError): WireResponse {
  return {
    status: error.status,
    headers: { 'content-type': CONTENT_TYPE },
    body: JSON.stringify({ __type: error.code, message: error.message, ...error.members }),
  };
}
