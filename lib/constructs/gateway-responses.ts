import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type { ErrorCode } from '../../lambdas/core/errors';

interface OwnResponse {
  readonly type: apigateway.ResponseType;
  /** API Gateway's own when absent: the defaults stand for many statuses. */
  readonly status?: number;
  readonly errorType: string;
  readonly code: ErrorCode;
  readonly message: string;
}

const { ResponseType } = apigateway;

/** What API Gateway answers without asking the function. Ids stand in the templates: append, never rename. */
const RESPONSES: Readonly<Record<string, OwnResponse>> = {
  Default4xx: {
    type: ResponseType.DEFAULT_4XX,
    errorType: 'invalid_request_error',
    code: 'invalid_request',
    message: 'The request was refused before it reached the gateway. Check its method, path, headers and body.',
  },
  Default5xx: {
    type: ResponseType.DEFAULT_5XX,
    errorType: 'server_error',
    code: 'internal_error',
    message: 'The gateway could not be reached. Try again; quote the trace id if it persists.',
  },
  MissingSignature: {
    type: ResponseType.MISSING_AUTHENTICATION_TOKEN,
    status: 403,
    errorType: 'permission_error',
    code: 'access_denied',
    message: 'No such route, or a route under /iam/v1 called without an AWS signature. API keys are for the routes under /v1.',
  },
  AccessDenied: {
    type: ResponseType.ACCESS_DENIED,
    status: 403,
    errorType: 'permission_error',
    code: 'access_denied',
    message: 'This AWS identity may not invoke the gateway. Grant it execute-api:Invoke on the routes under /iam/v1.',
  },
  InvalidSignature: {
    type: ResponseType.INVALID_SIGNATURE,
    status: 403,
    errorType: 'permission_error',
    code: 'access_denied',
    message: 'The AWS signature does not match the request. Sign for the service execute-api, in the region of the gateway.',
  },
  ExpiredToken: {
    type: ResponseType.EXPIRED_TOKEN,
    status: 403,
    errorType: 'permission_error',
    code: 'access_denied',
    message: 'The AWS credentials or the signature have expired. Renew them and sign again.',
  },
  TooLarge: {
    type: ResponseType.REQUEST_TOO_LARGE,
    status: 413,
    errorType: 'invalid_request_error',
    code: 'request_too_large',
    message: 'The request body is larger than the gateway accepts. Shorten it, or pass large inputs by reference.',
  },
  Throttled: {
    type: ResponseType.THROTTLED,
    status: 429,
    errorType: 'rate_limit_error',
    code: 'rate_limit_exceeded',
    message: 'Too many requests to this environment at once. Slow down and try again.',
  },
  Firewall: {
    type: ResponseType.WAF_FILTERED,
    status: 403,
    errorType: 'permission_error',
    code: 'access_denied',
    message: 'The web firewall refused the request: too many from this address, or a header or path that looks like an attack.',
  },
  IntegrationFailure: {
    type: ResponseType.INTEGRATION_FAILURE,
    status: 502,
    errorType: 'server_error',
    code: 'internal_error',
    message: 'The gateway failed while it handled the request. Try again; quote the trace id if it persists.',
  },
  IntegrationTimeout: {
    type: ResponseType.INTEGRATION_TIMEOUT,
    status: 504,
    errorType: 'server_error',
    code: 'gateway_timeout',
    message: 'The gateway did not answer within its time limit. Ask for a shorter answer, or stream it.',
  },
};

/** Gives every response that API Gateway makes by itself the gateway's error shape and trace id. */
export function addGatewayResponses(api: apigateway.RestApi): void {
  for (const [id, own] of Object.entries(RESPONSES)) {
    api.addGatewayResponse(id, {
      type: own.type,
      statusCode: own.status?.toString(),
      responseHeaders: {
        'x-blueprint-trace-id': 'context.requestId',
        ...(own.status === 429 && { 'retry-after': "'1'" }),
      },
      templates: {
        'application/json': JSON.stringify({
          error: { type: own.errorType, code: own.code, message: own.message, param: null, trace_id: '$context.requestId' },
        }),
      },
    });
  }
}
