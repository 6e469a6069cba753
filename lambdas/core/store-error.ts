import { isNativeError } from 'node:util/types';
import { GatewayError, internalError } from './errors';

/** Refusals that pass when asked again later, though their HTTP status is 400. */
const TRANSIENT = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TransactionInProgressException',
]);

/**
 * What a caller is told when a store failed: `store_unavailable` when it can pass (throttled, no answer, 5xx), `internal_error` without
 * detail when it cannot (a missing permission, a missing table, no credentials). The cause, kept for the log, names action and resource.
 */
export function storeError(cause: unknown): GatewayError {
  if (!canPass(cause)) return internalError(cause);
  return new GatewayError('store_unavailable', 'A store that the gateway needs did not answer. Nothing was charged. Try again shortly.', {
    cause,
    retryAfterSeconds: 1,
  });
}

/** Whether what failed can work when it is asked again. */
export function canPass(cause: unknown): boolean {
  if (!isNativeError(cause) || cause.name === 'CredentialsProviderError') return false;
  const status = httpStatusOf(cause);
  return TRANSIENT.has(cause.name) || status === undefined || status >= 500;
}

/** The HTTP status that an AWS service answered with; undefined when it gave no answer. */
function httpStatusOf(error: Error): number | undefined {
  if (!('$metadata' in error)) return undefined;
  const metadata = error.$metadata as { readonly httpStatusCode?: number } | undefined;
  return metadata?.httpStatusCode;
}
