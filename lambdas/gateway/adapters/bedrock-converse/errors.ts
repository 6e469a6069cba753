import { isNativeError } from 'node:util/types';
import { GatewayError, internalError } from '../../../core/errors';

const CONTEXT_LENGTH =
  /(input|prompt) is too long|too many (input |total )?tokens|maximum context|context (window|length)|exceeds?\b.*\btokens/i;
/** The catalogue names a model that this account or region cannot call: nothing that the caller sent. */
const NOT_CALLABLE = /model identifier is invalid|on-demand throughput/i;
const MAX_MESSAGE_CHARACTERS = 300;

/**
 * What a caller is told of an error of the provider's.
 *
 * @param begun Whether the model had begun to answer; a broken connection is then an interrupted stream.
 */
export function providerError(cause: unknown, modelId: string, begun: boolean): GatewayError {
  if (cause instanceof GatewayError) return cause;
  if (!isNativeError(cause)) return internalError(cause);
  const details = { cause, retryAfterSeconds: retryAfterSecondsOf(cause) };
  switch (cause.name) {
    case 'ThrottlingException':
    case 'ServiceQuotaExceededException':
      return new GatewayError(
        'rate_limit_exceeded',
        `Model \`${modelId}\` is taking no more requests at present. Try again later.`,
        details,
      );
    case 'ModelTimeoutException':
      return new GatewayError('model_timeout', `Model \`${modelId}\` took too long.`, details);
    case 'ModelStreamErrorException':
      return interrupted(cause, modelId);
    case 'ValidationException':
      return refusedByModel(cause, modelId);
    case 'AccessDeniedException':
    case 'UnrecognizedClientException':
    case 'InvalidSignatureException':
    case 'ExpiredTokenException':
    case 'CredentialsProviderError':
      return internalError(cause);
    default:
      return begun && !isService(cause)
        ? interrupted(cause, modelId)
        : new GatewayError('model_unavailable', `Model \`${modelId}\` is not available at present. Try again shortly.`, details);
  }
}

function interrupted(cause: Error, modelId: string): GatewayError {
  return new GatewayError('model_stream_interrupted', `Model \`${modelId}\` broke off in the middle of its answer. Try again.`, { cause });
}

function refusedByModel(cause: Error, modelId: string): GatewayError {
  if (NOT_CALLABLE.test(cause.message)) {
    return new GatewayError('model_unavailable', `Model \`${modelId}\` cannot be called from this environment.`, { cause });
  }
  const message = `Model \`${modelId}\` refused the request: ${sanitised(cause.message)}`;
  const code = CONTEXT_LENGTH.test(cause.message) ? 'context_length_exceeded' : 'invalid_request';
  return new GatewayError(code, message, code === 'context_length_exceeded' ? { cause, param: 'messages' } : { cause });
}

/** One short line without ARNs and account numbers. */
function sanitised(message: string): string {
  return message
    .replace(/arn:[^\s'",]+/g, '…')
    .replace(/\b\d{12}\b/g, '…')
    .replace(/\s+/g, ' ')
    .slice(0, MAX_MESSAGE_CHARACTERS);
}

/** An exception that the service sent, as against a connection that broke. */
function isService(error: Error): boolean {
  return '$fault' in error;
}

function retryAfterSecondsOf(error: Error): number | undefined {
  const { $response } = error as Error & { readonly $response?: { readonly headers?: Readonly<Record<string, string>> } };
  const seconds = Number($response?.headers?.['retry-after']);
  return Number.isFinite(seconds) && seconds > 0 ? Math.ceil(seconds) : undefined;
}
