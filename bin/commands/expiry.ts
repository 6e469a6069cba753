import { UsageError } from './cli-error';

const MS_PER_DAY = 86_400_000;

/**
 * When a key expires, in epoch milliseconds: `90d` counts from now, `2027-01-01` is that day's start in UTC.
 *
 * @throws UsageError unless it is one of these and in the future.
 */
export function parseExpiry(text: string, nowMs: number): number {
  const expiresAt = daysFrom(text, nowMs) ?? startOfDay(text);
  if (expiresAt === undefined)
    throw new UsageError(`Option --expires is "${text}"; it must be days from now, as in 90d, or a date, as in 2027-01-01.`);
  if (expiresAt <= nowMs) throw new UsageError(`Option --expires is "${text}", which is not in the future.`);
  return expiresAt;
}

const MS_PER_UNIT: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: MS_PER_DAY };
/** The API takes no more: long enough for anybody to change a key. */
const MOST_OVERLAP_MS = 30 * MS_PER_DAY;

/** How long a key is good beside the one in its place, in milliseconds: `30m`, `24h`, `7d`, or `0`. @throws UsageError unless it is one of these. */
export function parseOverlap(text: string): number {
  const [, count, unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  const overlapMs = text === '0' ? 0 : Number(count) * (MS_PER_UNIT[unit] ?? Number.NaN);
  if (overlapMs <= MOST_OVERLAP_MS) return overlapMs;
  throw new UsageError(`Option --overlap is "${text}"; it must be minutes, hours or days up to 30d, as in 30m, 24h or 7d, or 0.`);
}

function daysFrom(text: string, nowMs: number): number | undefined {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  return days === undefined ? undefined : nowMs + Number(days) * MS_PER_DAY;
}

function startOfDay(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const start = new Date(`${text}T00:00:00.000Z`);
  // 2027-02-30 is parsed as the 2nd of March.
  return Number.isNaN(start.getTime()) || start.toISOString().slice(0, 10) !== text ? undefined : start.getTime();
}
