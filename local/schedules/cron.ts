import { type Due, UnsupportedScheduleError } from './due';

const MINUTE_MS = 60_000;
/** As far back as a schedule is looked for that was missed. */
const LOOK_BACK_MINUTES = 366 * 24 * 60;

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** In the place of numbers, from `min` on. */
  readonly names?: readonly string[];
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const FIELDS = [
  { name: 'minutes', min: 0, max: 59 },
  { name: 'hours', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'day of week', min: 1, max: 7, names: WEEKDAYS },
  { name: 'year', min: 1970, max: 2199 },
] as const satisfies readonly Field[];
const DAY_OF_MONTH = 2;
const DAY_OF_WEEK = 4;

/**
 * EventBridge's six fields: minutes, hours, day of month, month, day of week, year; in UTC. One of the two days is `?`.
 *
 * @throws Error for what EventBridge does not take, UnsupportedScheduleError for `L`, `W` and `#`
 */
export function parseCron(text: string): Due {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) throw new Error(`cron(${text}) has ${parts.length} fields; it takes ${FIELDS.length}.`);
  if ((parts[DAY_OF_MONTH] === '?') === (parts[DAY_OF_WEEK] === '?')) {
    throw new Error(`cron(${text}) must have ? for the day of month or for the day of week, and not for both.`);
  }
  const sets = FIELDS.map((field, index) => readField(parts[index] ?? '', field));
  const matches = (atMs: number): boolean => {
    const date = new Date(atMs);
    const values = [
      date.getUTCMinutes(),
      date.getUTCHours(),
      date.getUTCDate(),
      date.getUTCMonth() + 1,
      date.getUTCDay() + 1,
      date.getUTCFullYear(),
    ];
    return values.every((value, index) => sets[index]?.has(value));
  };
  return {
    last(afterMs, untilMs) {
      let atMs = Math.floor(untilMs / MINUTE_MS) * MINUTE_MS;
      for (let minutes = 0; atMs > afterMs && minutes < LOOK_BACK_MINUTES; minutes++, atMs -= MINUTE_MS) if (matches(atMs)) return atMs;
      return undefined;
    },
  };
}

function readField(text: string, field: Field): ReadonlySet<number> {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const [range = '', step, ...more] = part.split('/');
    const [from, to] = readRange(range, step !== undefined, field);
    const increment = step === undefined ? 1 : Number(step);
    if (!Number.isInteger(increment) || increment < 1 || more.length > 0 || from > to) throw wrong(text, field);
    for (let value = from; value <= to; value += increment) values.add(value);
  }
  return values;
}

function readRange(range: string, hasStep: boolean, field: Field): readonly [number, number] {
  if (range === '*' || range === '?') return [field.min, field.max];
  const [from = '', to, ...more] = range.split('-');
  if (more.length > 0) throw wrong(range, field);
  const start = readValue(from, field);
  return [start, to === undefined ? (hasStep ? field.max : start) : readValue(to, field)];
}

function readValue(text: string, field: Field): number {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  if (named >= 0) return field.min + named;
  if (/^(?:\d*L|L-\d+|LW|\d+W|\w+#\d)$/.test(text)) throw new UnsupportedScheduleError(`${text} for the ${field.name} of a cron schedule`);
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= field.min && value <= field.max) return value;
  throw wrong(text, field);
}

function wrong(text: string, { name, min, max }: Field): Error {
  return new Error(`${text} is no ${name} of a cron schedule; it takes ${min} to ${max}.`);
}
