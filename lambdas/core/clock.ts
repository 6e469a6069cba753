/** Time as the gateway reads it; tests set their own. */
export interface Clock {
  /** Wall clock, epoch milliseconds. */
  nowMs(): number;
  /** Milliseconds from an arbitrary point, never going back: for durations. */
  monotonicMs(): number;
}

export const systemClock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };

/** Runs something after so many milliseconds; after 0, after what is going on now. */
export type Later = (ms: number, work: () => void) => void;

/** Keeps no process alive. */
export const systemLater: Later = (ms, work) => {
  if (ms === 0) setImmediate(work);
  else setTimeout(work, ms).unref();
};
