import type { ServerResponse } from 'node:http';
import type { RestApi } from './rest-api';

/** What API Gateway answers by itself: its status and its message when the template says nothing else. */
const BUILT_IN = {
  ACCESS_DENIED: [403, 'User is not authorized to access this resource'],
  DEFAULT_5XX: [502, 'Internal server error'],
  INTEGRATION_FAILURE: [504, 'Internal server error'],
  INTEGRATION_TIMEOUT: [504, 'Endpoint request timed out'],
  INVALID_SIGNATURE: [403, 'The request signature we calculated does not match the signature you provided.'],
  EXPIRED_TOKEN: [403, 'The security token included in the request is expired'],
  MISSING_AUTHENTICATION_TOKEN: [403, 'Missing Authentication Token'],
  REQUEST_TOO_LARGE: [413, 'Request Too Long'],
  THROTTLED: [429, 'Too Many Requests'],
} as const satisfies Record<string, readonly [number, string]>;

export type OwnResponseType = keyof typeof BUILT_IN;

/** Answers with a gateway response, as the template shapes it. Returns the status sent. */
export function sendOwnResponse(response: ServerResponse, api: RestApi, type: OwnResponseType, requestId: string): number {
  const [ownStatus, message] = BUILT_IN[type];
  const fallback = ownStatus < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX';
  const shaped = api.gatewayResponses.get(type) ?? api.gatewayResponses.get(fallback);
  const status = shaped?.statusCode ?? ownStatus;
  const fill = (text: string) =>
    text.replaceAll('$context.requestId', requestId).replaceAll('$context.error.messageString', JSON.stringify(message));
  const headers: Record<string, string> = { 'content-type': 'application/json', 'x-amzn-requestid': requestId, 'x-amzn-errortype': type };
  for (const [name, value] of Object.entries(shaped?.headers ?? {})) {
    headers[name] = value.startsWith("'") ? value.slice(1, -1) : fill(`$${value}`);
  }
  response.writeHead(status, headers);
  response.end(shaped?.template ? fill(shaped.template) : JSON.stringify({ message }));
  return status;
}
