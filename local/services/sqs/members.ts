import { isJsonObject } from '../json-protocol';
import { invalidValue, missing } from './errors';

export type Input = Readonly<Record<string, unknown>>;

/** Throws ServiceError when it is absent or empty. */
export function requireText(input: Input, name: string): string {
  const value = input[name];
  if (typeof value === 'string' && value !== '') return value;
  if (value === undefined || value === null || value === '') throw missing(name);
  throw invalidValue(`Value ${JSON.stringify(value)} for parameter ${name} is invalid. Reason: Must be a string.`);
}

export function integerOf(input: Input, name: string, min: number, max: number): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalidValue(
    `Value ${JSON.stringify(value)} for parameter ${name} is invalid. Reason: Must be an integer between ${min} and ${max}.`,
  );
}

export function namesOf(input: Input, name: string): readonly string[] {
  const value = input[name] ?? [];
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value;
  throw invalidValue(`${name} must be a list of names; received ${JSON.stringify(value)}.`);
}

export function objectsOf(input: Input, name: string): readonly Input[] {
  const value = input[name] ?? [];
  if (Array.isArray(value) && value.every(isJsonObject)) return value;
  throw invalidValue(`${name} must be a list of objects; received ${JSON.stringify(value)}.`);
}

/** Throws when a member is there that the emulator would have to ignore. */
export function refuseOthers(operation: string, input: Input, known: readonly string[]): void {
  const unknown = Object.keys(input).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalidValue(`The local emulator does not emulate "${unknown}" in ${operation} of SQS.`);
}
