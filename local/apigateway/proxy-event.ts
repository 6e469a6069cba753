import type { IncomingMessage } from 'node:http';
import type { RolePrincipal } from '../iam/types';
import type { RouteMatch } from './rest-api';

export interface ProxyEventInput {
  readonly request: IncomingMessage;
  readonly url: URL;
  /** Within the stage. */
  readonly path: string;
  readonly body: Buffer;
  readonly match: RouteMatch;
  readonly apiId: string;
  readonly stage: string;
  readonly accountId: string;
  readonly requestId: string;
  /** Whoever signed the request, on a route with AWS_IAM. */
  readonly caller?: RolePrincipal;
}

/**
 * The event of a Lambda proxy integration.
 * Source: "Input format of a Lambda function for proxy integration", Amazon API Gateway developer guide.
 */
export function proxyEvent(input: ProxyEventInput): Record<string, unknown> {
  const { request, url, path, match, caller } = input;
  const multiValueHeaders: Record<string, string[]> = {};
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index] ?? '';
    (multiValueHeaders[name] ??= []).push(request.rawHeaders[index + 1] ?? '');
  }
  const multiValueQuery: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) (multiValueQuery[name] ??= []).push(value);
  const hasQuery = Object.keys(multiValueQuery).length > 0;
  return {
    resource: match.method.resourcePath,
    path,
    httpMethod: request.method,
    headers: last(multiValueHeaders),
    multiValueHeaders,
    queryStringParameters: hasQuery ? last(multiValueQuery) : null,
    multiValueQueryStringParameters: hasQuery ? multiValueQuery : null,
    pathParameters: Object.keys(match.pathParameters).length > 0 ? match.pathParameters : null,
    stageVariables: null,
    requestContext: {
      accountId: input.accountId,
      apiId: input.apiId,
      domainName: request.headers.host,
      extendedRequestId: input.requestId,
      httpMethod: request.method,
      identity: {
        accountId: caller?.accountId ?? null,
        caller: caller ? caller.sessionArn : null,
        user: caller ? caller.sessionArn : null,
        userArn: caller?.sessionArn ?? null,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: request.headers['user-agent'] ?? null,
      },
      path: `/${input.stage}${path}`,
      protocol: 'HTTP/1.1',
      requestId: input.requestId,
      requestTimeEpoch: Date.now(),
      resourceId: match.method.resourceId,
      resourcePath: match.method.resourcePath,
      stage: input.stage,
    },
    body: input.body.length > 0 ? input.body.toString('utf8') : null,
    isBase64Encoded: false,
  };
}

function last(values: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, list]) => [name, list.at(-1) ?? '']));
}
