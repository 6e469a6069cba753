/** Waits so many milliseconds; throws when the signal says so. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

const MS_PER_SECOND = 1_000;
const FIRST_BOUND_MS = 500;
const LONGEST_BOUND_MS = 8_000;

export interface Waiting {
  /** Ends the wait: the time of the invocation. */
  readonly signal: AbortSignal;
  readonly sleep: Sleep;
  /** From 0 to 1, 1 excluded. */
  readonly random: () => number;
}

/**
 * Asks until there is room: what was refused for its rate was not begun, and is asked again within the same invocation. Were it given back to the queue
 * instead, a burst would use up the receives of messages that nothing is wrong with, and end in the dead-letter queue. While agents wait, their
 * `maxConcurrency` keeps the rest of the burst in the queue.
 *
 * Waits grow with full jitter and are never shorter than `Retry-After`. Source: "Exponential Backoff And Jitter", AWS Architecture Blog.
 *
 * @returns The first answer that is no such refusal, or the last refusal when the time is over.
 */
export async function waitForRoom(ask: () => Promise<Response>, { signal, sleep, random }: Waiting): Promise<Response> {
  for (let boundMs = FIRST_BOUND_MS; ; boundMs = Math.min(LONGEST_BOUND_MS, boundMs * 2)) {
    const response = await ask();
    if (!(await isRefusedForItsRate(response))) return response;
    try {
      await sleep(retryAfterMs(response) + Math.floor(random() * boundMs), signal);
    } catch {
      return response;
    }
  }
}

/** Not for a budget, which has the same status: waiting does not fill it. */
async function isRefusedForItsRate(response: Response): Promise<boolean> {
  if (response.status !== 429) return false;
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  return (body as { readonly error?: { readonly code?: unknown } } | undefined)?.error?.code === 'rate_limit_exceeded';
}

function retryAfterMs({ headers }: Response): number {
  const seconds = Number(headers.get('retry-after') ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * MS_PER_SECOND : 0;
}
