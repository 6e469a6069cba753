/** Every error that a caller can receive: its code, HTTP status and type. Types are those that OpenAI's clients know. */
export const errorCatalogue = {
  invalid_json: { status: 400, type: 'invalid_request_error' },
  invalid_request: { status: 400, type: 'invalid_request_error' },
  unsupported_field: { status: 400, type: 'invalid_request_error' },
  context_length_exceeded: { status: 400, type: 'invalid_request_error' },
  content_filter: { status: 400, type: 'invalid_request_error' },
  /** By a safety policy of the environment. Not of a status that clients try again: it would be blocked again. */
  content_blocked: { status: 400, type: 'invalid_request_error' },
  cost_ceiling_exceeded: { status: 400, type: 'invalid_request_error' },
  missing_api_key: { status: 401, type: 'authentication_error' },
  invalid_api_key: { status: 401, type: 'authentication_error' },
  invalid_token: { status: 401, type: 'authentication_error' },
  access_denied: { status: 403, type: 'permission_error' },
  model_not_found: { status: 404, type: 'invalid_request_error' },
  prompt_not_found: { status: 404, type: 'invalid_request_error' },
  prompt_label_not_found: { status: 404, type: 'invalid_request_error' },
  prompt_version_not_found: { status: 404, type: 'invalid_request_error' },
  call_not_found: { status: 404, type: 'invalid_request_error' },
  /** Reported before: an outcome is said once. */
  outcome_exists: { status: 409, type: 'invalid_request_error' },
  /** Nothing has come of a call yet that is still under way. */
  call_not_finished: { status: 409, type: 'invalid_request_error' },
  /** Administration: what was asked cannot be done with what the registry holds. */
  registry_refused: { status: 409, type: 'invalid_request_error' },
  route_not_found: { status: 404, type: 'invalid_request_error' },
  method_not_allowed: { status: 405, type: 'invalid_request_error' },
  request_too_large: { status: 413, type: 'invalid_request_error' },
  /** No model gave an answer that holds to its schema. Not of a status that clients try again: that would cost as much again. */
  output_validation_failed: { status: 422, type: 'output_validation_error' },
  rate_limit_exceeded: { status: 429, type: 'rate_limit_error' },
  /** A budget: waiting does not help, but for its window. OpenAI's clients know it by this type. */
  insufficient_quota: { status: 429, type: 'insufficient_quota' },
  /** The caller left. Nobody reads this answer; the code is for the audit record and the log. */
  request_cancelled: { status: 499, type: 'invalid_request_error' },
  internal_error: { status: 500, type: 'server_error' },
  model_stream_interrupted: { status: 502, type: 'server_error' },
  model_unavailable: { status: 503, type: 'server_error' },
  store_unavailable: { status: 503, type: 'server_error' },
  model_timeout: { status: 504, type: 'server_error' },
  gateway_timeout: { status: 504, type: 'server_error' },
} as const;

export type ErrorCode = keyof typeof errorCatalogue;
export type ErrorStatus = (typeof errorCatalogue)[ErrorCode]['status'];

export interface ErrorDetails {
  /** The field at fault, as a path: `messages[0].role`. */
  readonly param?: string;
  /** What happened underneath. Logged where the status is 500 or more, never sent. */
  readonly cause?: unknown;
  readonly retryAfterSeconds?: number;
  /** Where an answer breaks its schema, and how. */
  readonly violations?: readonly { readonly path: string; readonly keyword: string; readonly message: string }[];
}

/** An error that has an answer: what goes wrong anywhere in the gateway ends as one of these. The message is sent to the caller. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly param: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly violations: ErrorDetails['violations'];

  constructor(
    readonly code: ErrorCode,
    message: string,
    details: ErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.param = details.param;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.violations = details.violations;
  }

  get status(): ErrorStatus {
    return errorCatalogue[this.code].status;
  }

  get type(): string {
    return errorCatalogue[this.code].type;
  }
}

/** An error of ours, whose cause is for the log alone. */
export function internalError(cause: unknown): GatewayError {
  return new GatewayError('internal_error', 'The gateway failed. The trace id leads its operators to the reason.', { cause });
}

/** The error itself when it has an answer, else `internal_error` with it as cause. */
export function asGatewayError(error: unknown): GatewayError {
  return error instanceof GatewayError ? error : internalError(error);
}

export interface ErrorBody {
  readonly error: {
    readonly type: string;
    readonly code: ErrorCode;
    readonly message: string;
    readonly param: string | null;
    readonly trace_id: string;
    readonly violations?: ErrorDetails['violations'];
  };
}

/** The body that a caller receives, plain or as the last event of a stream. */
export function errorBody(error: GatewayError, traceId: string): ErrorBody {
  const { type, code, message, param = null, violations } = error;
  return { error: { type, code, message, param, trace_id: traceId, ...(violations && { violations }) } };
}
