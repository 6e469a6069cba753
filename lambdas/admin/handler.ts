import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { requestOf } from '../core/proxy-request';
import type { AdminApp } from './app';

/** The app as a Lambda function behind a REST API with AWS_IAM authorization. */
export function createAdminHandler(app: AdminApp): (event: APIGatewayProxyEvent) => Promise<APIGatewayProxyResult> {
  return async (event) => {
    const { userArn } = event.requestContext.identity;
    const response = await app.fetch(requestOf(event), userArn ? { userArn } : {});
    // Keys are shown in answers.
    const headers = { ...Object.fromEntries(response.headers), 'cache-control': 'no-store' };
    return { statusCode: response.status, headers, body: await response.text() };
  };
}
