import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { GatewayBindings } from './environment';

/** What API Gateway itself says of the caller. Present only on routes with AWS_IAM authorization. */
export function bindingsOf(event: APIGatewayProxyEvent): GatewayBindings {
  const { userArn } = event.requestContext.identity;
  return userArn ? { iam: { userArn } } : {};
}
