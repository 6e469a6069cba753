import type { APIGatewayProxyEvent } from 'aws-lambda';

/** Host and scheme do not reach the routes; a request needs some. */
export const ORIGIN = 'http://gateway';
/** Names and values of headers as HTTP allows them; API Gateway lets others pass. */
const NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
const VALUE = /^[^\0\n\r\u0100-\uffff]*$/;
/** Of a header, nobody's. */
const AROUND = /^[\t\n\r ]+|[\t\n\r ]+$/g;

/** What a request is made of. */
export interface ProxyRequest {
  readonly method: string;
  /** Whole. */
  readonly url: string;
  /** Names and values. Without those that HTTP does not allow: the request is judged as if they were not there. */
  readonly headers: [string, string][];
  /** Absent where the method has none. */
  readonly body: Uint8Array<ArrayBuffer> | undefined;
}

/** A REST API's proxy event in parts. */
export function partsOf(event: APIGatewayProxyEvent): ProxyRequest {
  const url = new URL(ORIGIN);
  url.pathname = event.path;
  for (const [name, values] of Object.entries(event.multiValueQueryStringParameters ?? {})) {
    for (const value of values ?? []) url.searchParams.append(name, value);
  }
  const hasBody = event.body !== null && event.httpMethod !== 'GET' && event.httpMethod !== 'HEAD';
  return { method: event.httpMethod, url: url.href, headers: headersOf(event), body: hasBody ? bodyOf(event) : undefined };
}

/** A REST API's proxy event as a request. */
export function requestOf(event: APIGatewayProxyEvent): Request {
  const { method, url, headers, body } = partsOf(event);
  return new Request(url, { method, headers, ...(body && { body }) });
}

function headersOf(event: APIGatewayProxyEvent): [string, string][] {
  return Object.entries(event.multiValueHeaders ?? {})
    .flatMap(([name, values]) => (values ?? []).map((value): [string, string] => [name, value.replaceAll(AROUND, '')]))
    .filter(([name, value]) => NAME.test(name) && VALUE.test(value));
}

function bodyOf(event: APIGatewayProxyEvent): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'));
}
