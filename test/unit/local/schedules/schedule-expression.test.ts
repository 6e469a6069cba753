import { UnsupportedScheduleError } from '../../../../local/schedules/due';
import { parseSchedule } from '../../../../local/schedules/schedule-expression';

const START_MS = Date.UTC(2026, 0, 1, 10, 30);
const MINUTE_MS = 60_000;
const at = (text: string) => Date.parse(`${text}Z`);
const last = (expression: string, after: string, until: string) => {
  const found = parseSchedule(expression, START_MS).last(at(after), at(until));
  return found === undefined ? undefined : new Date(found).toISOString().slice(0, 16);
};

test.each([
  ['rate(1 minute)', 1],
  ['rate(5 minutes)', 5],
  ['rate(1 hour)', 60],
  ['rate(12 hours)', 720],
  ['rate(1 day)', 1440],
])('%s is due every %d minutes from its making, and not at once', (expression, minutes) => {
  const due = parseSchedule(expression, START_MS);
  expect(due.last(START_MS - 1, START_MS)).toBeUndefined();
  expect(due.last(START_MS, START_MS + minutes * MINUTE_MS - 1)).toBeUndefined();
  expect(due.last(START_MS, START_MS + minutes * MINUTE_MS)).toBe(START_MS + minutes * MINUTE_MS);
  // Of several that were missed, the last.
  expect(due.last(START_MS, START_MS + 3.5 * minutes * MINUTE_MS)).toBe(START_MS + 3 * minutes * MINUTE_MS);
  expect(due.last(START_MS + minutes * MINUTE_MS, START_MS + minutes * MINUTE_MS)).toBeUndefined();
});

test.each([
  ['cron(0 3 * * ? *)', '2026-01-01T02:59', '2026-01-01T03:00', '2026-01-01T03:00'],
  ['cron(0 3 * * ? *)', '2026-01-01T03:00', '2026-01-02T02:59', undefined],
  ['cron(0/15 * * * ? *)', '2026-01-01T00:00', '2026-01-01T00:50', '2026-01-01T00:45'],
  ['cron(5-7,30 9-17 ? * MON-FRI *)', '2026-01-02T16:00', '2026-01-05T09:06', '2026-01-05T09:06'],
  ['cron(5-7,30 9-17 ? * MON-FRI *)', '2026-01-02T18:00', '2026-01-04T23:59', undefined],
  ['cron(0 0 1 JAN,jul ? *)', '2026-02-01T00:00', '2026-12-31T00:00', '2026-07-01T00:00'],
  ['cron(0 0 ? * 1 *)', '2026-01-01T00:00', '2026-01-05T00:00', '2026-01-04T00:00'],
  ['cron(0 0 1 1 ? 2027)', '2026-01-01T00:00', '2026-12-31T23:59', undefined],
])('%s from %s to %s: %s', (expression, after, until, expected) => {
  expect(last(expression, after, until)).toBe(expected);
});

test.each([
  'rate(1 minutes)',
  'rate(2 minute)',
  'rate(0 minutes)',
  'rate(1 week)',
  'rate(-1 hours)',
  'every day',
  'cron(0 3 * * ?)',
  'cron(0 3 * * * *)',
  'cron(0 3 ? * ? *)',
  'cron(60 3 * * ? *)',
  'cron(0 24 * * ? *)',
  'cron(0 3 * 13 ? *)',
  'cron(5-1 3 * * ? *)',
  'cron(0/0 3 * * ? *)',
  'cron(0 3 ? * SAM *)',
  'cron(0-5-9 3 * * ? *)',
])('%s is refused', (expression) => {
  expect(() => parseSchedule(expression, START_MS)).toThrow(/it takes|must have/);
  expect(() => parseSchedule(expression, START_MS)).not.toThrow(UnsupportedScheduleError);
});

test.each(['cron(0 3 L * ? *)', 'cron(0 3 3W * ? *)', 'cron(0 3 ? * 6#3 *)', 'cron(0 3 ? * 6L *)'])(
  '%s is not emulated, and says so',
  (expression) => {
    expect(() => parseSchedule(expression, START_MS)).toThrow(UnsupportedScheduleError);
  },
);
