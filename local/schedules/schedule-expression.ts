import { parseCron } from './cron';
import type { Due } from './due';

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Reads what EventBridge Scheduler takes: `at(yyyy-mm-ddThh:mm:ss)`, once, and what rules take, in UTC.
 *
 * @param startMs from when a rate counts
 * @throws Error, UnsupportedScheduleError as `parseSchedule`
 */
export function parseSchedulerExpression(expression: string, startMs: number): Due {
  const [, time] = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)$/.exec(expression) ?? [];
  if (time === undefined) return parseSchedule(expression, startMs);
  const atMs = Date.parse(`${time}Z`);
  if (Number.isNaN(atMs)) throw new Error(`its ScheduleExpression is ${expression}, and there is no such time.`);
  return { last: (afterMs, untilMs) => (atMs > afterMs && atMs <= untilMs ? atMs : undefined) };
}

/**
 * Reads `rate(…)` or `cron(…)`, in UTC.
 *
 * @param startMs from when a rate counts
 * @throws Error for what EventBridge does not take, UnsupportedScheduleError for what only the emulator does not
 */
export function parseSchedule(expression: string, startMs: number): Due {
  const [, cron] = /^cron\((.*)\)$/.exec(expression) ?? [];
  if (cron !== undefined) return parseCron(cron);
  const [, count = '', unit = '', plural] = /^rate\((\d+) (minute|hour|day)(s?)\)$/.exec(expression) ?? [];
  const value = Number(count);
  const unitMs = UNIT_MS[unit];
  if (unitMs === undefined || value < 1 || (value === 1) !== (plural === '')) {
    throw new Error(
      `its ScheduleExpression is ${expression}; it takes rate(1 minute), rate(<n> minutes|hours|days) or cron(<six fields>).`,
    );
  }
  const periodMs = value * unitMs;
  return {
    last(afterMs, untilMs) {
      const atMs = startMs + Math.floor((untilMs - startMs) / periodMs) * periodMs;
      return atMs > Math.max(afterMs, startMs) ? atMs : undefined;
    },
  };
}
