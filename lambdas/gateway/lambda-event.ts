import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { GatewayBindings } from './environment';

/** Host and scheme do not reach the app's routes; a request needs some. */
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

/** What API Gateway itself says of the caller. Present only on routes with AWS_IAM authorization. */
export function bindingsOf(event: APIGatewayProxyEvent): GatewayBindings {
  const { userArn } = event.requestContext.identity;
  return userArn ? { iam: { userArn } } : {};
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
