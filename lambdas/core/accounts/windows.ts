/** The windows of limits, in UTC. */

const MS_PER_MINUTE = 60_000;
const MS_PER_DAY = 86_400_000;

/** Of one moment. */
export interface Windows {
  /** `2026-11` */
  readonly month: string;
  /** Of the month: `21` */
  readonly day: string;
  /** Minutes since the epoch. */
  readonly minute: number;
}

export function windowsOf(nowMs: number): Windows {
  const date = new Date(nowMs).toISOString();
  return { month: date.slice(0, 7), day: date.slice(8, 10), minute: Math.floor(nowMs / MS_PER_MINUTE) };
}

/** Milliseconds until the window that a moment is in is over. */
export function remainingMs(window: 'minute' | 'day' | 'month', nowMs: number): number {
  if (window === 'minute') return MS_PER_MINUTE - (nowMs % MS_PER_MINUTE);
  if (window === 'day') return MS_PER_DAY - (nowMs % MS_PER_DAY);
  const date = new Date(nowMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) - nowMs;
}

/** Epoch seconds after which nobody needs a minute any more. */
export function minuteExpiresAt(minute: number): number {
  return (minute + 60) * 60;
}
