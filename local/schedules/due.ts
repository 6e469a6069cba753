/** When a schedule is due. */
export interface Due {
  /** The last moment at which it was due in `(afterMs, untilMs]`, in epoch milliseconds; undefined when it was not. */
  last(afterMs: number, untilMs: number): number | undefined;
}

/** What EventBridge takes and the emulator does not. */
export class UnsupportedScheduleError extends Error {}
