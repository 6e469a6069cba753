import type { APIGatewayProxyEvent } from 'aws-lambda';
import { partsOf } from '../core/proxy-request';
import type { GatewayBindings } from './environment';
import { lightRequest } from './light-request';

/** What API Gateway itself says of the caller. Present only on routes with AWS_IAM authorization. */
export function bindingsOf(event: APIGatewayProxyEvent): GatewayBindings {
  const { userArn } = event.requestContext.identity;
  return userArn ? { iam: { userArn } } : {};
}

/** A request of API Gateway as the app takes it. Whether its caller leaves cannot be known here. */
export function requestOf(event: APIGatewayProxyEvent): Request {
  const { headers, body, ...parts } = partsOf(event);
  return lightRequest({ ...parts, headers: headers.flat(), body: body === undefined ? [] : [body], signal: new AbortController().signal });
}
