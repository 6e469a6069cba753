import type { RetryPolicy } from './routing-policy';

export interface FailedAttempts {
  /** Attempts that have failed so far; at least 1. */
  readonly failures: number;
  /** What the provider asked for, where it did. */
  readonly retryAfterSeconds: number | undefined;
  /** Until the call's deadline, in milliseconds. */
  readonly remainingMs: number;
}

const MS_PER_SECOND = 1000;

/**
 * How long to wait before the next attempt, in milliseconds: full jitter (a random time up to an exponentially growing bound, which spreads
 * callers that failed together), and never less than the provider asked for. Source: "Exponential Backoff And Jitter", AWS Architecture Blog.
 *
 * @param random From 0 to 1, 1 excluded.
 * @returns undefined when there is to be none: attempts are used up, the provider wants more than the policy waits, or the deadline is nearer.
 */
export function retryDelayMs(policy: RetryPolicy, failed: FailedAttempts, random: () => number): number | undefined {
  const { failures, retryAfterSeconds = 0, remainingMs } = failed;
  if (failures >= policy.maxAttempts) return undefined;
  const askedMs = retryAfterSeconds * MS_PER_SECOND;
  if (askedMs > policy.maxRetryAfterMs) return undefined;
  const boundMs = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (failures - 1));
  const delayMs = Math.max(askedMs, Math.floor(random() * boundMs));
  return delayMs < remainingMs ? delayMs : undefined;
}
