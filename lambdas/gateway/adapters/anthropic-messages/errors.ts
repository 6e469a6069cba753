import type { GatewayError } from '../../../core/errors';
import type { HttpResponse } from '../http/http-client';
import { providerError, providerStreamError } from '../http/provider-error';

/** An event's data, and its name as `type` where the data has none. */
export type Wire = Readonly<Record<string, unknown>>;

/** The status that each type of error has where it is the whole answer: an error event in a stream has its type alone. */
const STATUS_BY_TYPE: ReadonlyMap<unknown, number> = new Map([
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['timeout_error', 504],
  ['overloaded_error', 529],
]);
/** A 400 that is about the account, and none of the caller's business. */
const NO_CREDIT = /credit balance/i;
const PAYMENT_REQUIRED = 402;

/** An answer that is no stream. */
export async function answerError(response: HttpResponse, modelId: string): Promise<GatewayError> {
  const body = await response.text();
  return providerError(NO_CREDIT.test(body) ? PAYMENT_REQUIRED : response.status, response.headers, body, modelId);
}

/** @param event Of type `error`. @param begun Whether the model had begun to answer. */
export function eventError(event: Wire, modelId: string, begun: boolean): GatewayError {
  const { error } = event as { readonly error?: { readonly type?: unknown } | null };
  const body = JSON.stringify({ error });
  const status = NO_CREDIT.test(body) ? PAYMENT_REQUIRED : STATUS_BY_TYPE.get(error?.type);
  return status === undefined ? providerStreamError(error, modelId, begun) : providerError(status, {}, body, modelId);
}
