/** Where things are in the archive's bucket. Days are UTC, `yyyy-mm-dd`, by when a record was written. */

/** Digits of a stream's sequence number, at most: padded to it, keys sort in the order of the stream. */
const SEQUENCE_DIGITS = 40;

export function recordsPrefix(day: string): string {
  return `records/${day}/`;
}

/** One JSON record in canonical form on each line. @param sequenceNumber Of the first of them in the table's stream. */
export function recordsKey(day: string, sequenceNumber: string): string {
  return `${recordsPrefix(day)}${sequenceNumber.padStart(SEQUENCE_DIGITS, '0')}.jsonl`;
}

/** What became of a record that was changed or deleted although nothing in the platform may. */
export function changeKey(day: string, sequenceNumber: string): string {
  return `changes/${day}/${sequenceNumber.padStart(SEQUENCE_DIGITS, '0')}.json`;
}

export function manifestKey(day: string): string {
  return `manifests/${day}.json`;
}

/** What was found when the day was checked first. */
export function verdictKey(day: string): string {
  return `verdicts/${day}.json`;
}

export function dayOf(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}

/** @param days May be negative. */
export function addDays(day: string, days: number): string {
  return dayOf(startOfDayMs(day) + days * MS_PER_DAY);
}

/** @throws RangeError for what is no day. */
export function startOfDayMs(day: string): number {
  const startMs = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(startMs) || dayOf(startMs) !== day) throw new RangeError(`"${day}" is no day: write it as 2026-11-20.`);
  return startMs;
}

export const MS_PER_DAY = 86_400_000;
