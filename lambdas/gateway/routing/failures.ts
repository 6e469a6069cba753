import type { ErrorCode } from '../../core/errors';

/** What a failure of one attempt, before its first event, leads to. What is not listed is the caller's: another attempt would fail as well. */
interface Consequence {
  /** Whether the same model is asked again. */
  readonly retry: boolean;
  /** Whether it speaks against the model's health. A model that throttles is well: it says itself when to come back. */
  readonly breaks: boolean;
}

const CONSEQUENCES: Readonly<Partial<Record<ErrorCode, Consequence>>> = {
  rate_limit_exceeded: { retry: true, breaks: false },
  model_unavailable: { retry: true, breaks: true },
  model_stream_interrupted: { retry: true, breaks: true },
  // A model that was too slow once would cost the caller the same time again.
  model_timeout: { retry: false, breaks: true },
  // One that cannot be called for a reason of ours (a grant, a secret): another may.
  internal_error: { retry: false, breaks: true },
};

/** Whether the same model is worth another attempt. */
export function isRetryable(code: ErrorCode): boolean {
  return CONSEQUENCES[code]?.retry === true;
}

/** Whether another model may succeed where this one failed. */
export function isForAnotherModel(code: ErrorCode): boolean {
  return CONSEQUENCES[code] !== undefined;
}

/** Whether it counts against the model's breaker. */
export function isModelFailure(code: ErrorCode): boolean {
  return CONSEQUENCES[code]?.breaks === true;
}
