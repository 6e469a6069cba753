import type { APIGatewayProxyEvent } from 'aws-lambda';

/** Host and scheme do not reach the routes; a request needs some. */
const ORIGIN = 'http://gateway';

/** A REST API's proxy event as a request. */
export function requestOf(event: APIGatewayProxyEvent): Request {
  const url = new URL(ORIGIN);
  url.pathname = event.path;
  for (const [name, values] of Object.entries(event.multiValueQueryStringParameters ?? {})) {
    for (const value of values ?? []) url.searchParams.append(name, value);
  }
  const hasBody = event.body !== null && event.httpMethod !== 'GET' && event.httpMethod !== 'HEAD';
  return new Request(url, { method: event.httpMethod, headers: headersOf(event), ...(hasBody ? { body: bodyOf(event) } : {}) });
}

function headersOf(event: APIGatewayProxyEvent): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(event.multiValueHeaders ?? {})) {
    for (const value of values ?? []) {
      try {
        headers.append(name, value);
      } catch {
        // A value that HTTP does not allow; API Gateway lets some pass. The request is judged without it.
      }
    }
  }
  return headers;
}

function bodyOf(event: APIGatewayProxyEvent): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'));
}
