import { invalid } from './constraints';
import type { JsonObject } from './model';

const SIMULATED = 'simulated';
const MAX_LENGTH = 100_000;

/** By `format`: an instance, n of them where they must differ. */
const FORMATS: Readonly<Record<string, (n: number) => string>> = {
  'date-time': (n) => `2000-01-01T00:00:${twoDigits(n)}Z`,
  date: (n) => `2000-01-${twoDigits(n + 1)}`,
  time: (n) => `00:00:${twoDigits(n)}Z`,
  duration: (n) => `P${n + 1}D`,
  email: (n) => `simulated${n || ''}@example.com`,
  hostname: (n) => `simulated${n || ''}.example.com`,
  ipv4: (n) => `192.0.2.${n + 1}`,
  ipv6: (n) => `2001:db8::${n + 1}`,
  uri: (n) => `https://example.com/simulated${n || ''}`,
  uuid: (n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
};
/** What patterns in common use want. */
const CANDIDATES: readonly string[] = [
  'a A 0 1 a0 A0 ab AB abc ABC simulated-1 simulated_1 SIMULATED Simulated https://example.com',
  '00 000 0000 00000 000000 0000000000 10 1.0 1.0.0 #000000 +10000000000 2000-01-01 00:00',
  'AB12 AB-1234 ABC-123 ABC-1234 abc-123 a@example.com 00000000-0000-4000-8000-000000000000',
].flatMap((line) => line.split(' '));

/** A text that a schema of `string` allows, saying that it is simulated where it can. Throws ServiceError for a pattern that no text here matches. */
export function textOf(schema: JsonObject, variant: number): string | undefined {
  const min = typeof schema.minLength === 'number' ? schema.minLength : 0;
  const max = typeof schema.maxLength === 'number' ? schema.maxLength : Infinity;
  if (min > max) return undefined;
  if (min > MAX_LENGTH)
    throw invalid(`The local emulator makes no text longer than ${MAX_LENGTH} characters; the JSON schema wants ${min}.`);
  const format = typeof schema.format === 'string' && Object.hasOwn(FORMATS, schema.format) ? FORMATS[schema.format] : undefined;
  const said = format?.(variant) ?? fit(variant === 0 ? SIMULATED : `${variant + 1} ${SIMULATED}`, min, max);
  if (typeof schema.pattern !== 'string') return said;
  const pattern = new RegExp(schema.pattern);
  const found = [said, ...CANDIDATES.filter(({ length }) => length >= min && length <= max)].filter((text) => pattern.test(text))[variant];
  if (found === undefined)
    throw invalid(`The local emulator knows no text that matches the pattern "${schema.pattern}" of the JSON schema.`);
  return found;
}

function fit(text: string, min: number, max: number): string {
  return text.padEnd(min, ` ${SIMULATED}`).slice(0, max);
}

function twoDigits(n: number): string {
  return String(n).padStart(2, '0');
}
