import { ServiceError } from '../../service';

type Input = Readonly<Record<string, unknown>>;

const MAX_NAMES = 10;

/** Throws when a member is there that the emulator would have to ignore. */
export function refuseUnknown(operation: string, input: Input, known: readonly string[]): void {
  const unknown = Object.keys(input).find((name) => !known.includes(name));
  if (unknown) throw invalid(`The local emulator does not emulate "${unknown}" in ${operation}.`);
}

/** A string of at least one character. */
export function requireString(input: Input, name: string): string {
  const value = input[name];
  if (typeof value === 'string' && value !== '') return value;
  throw invalid(`"${name}" must be a string of at least 1 character; received ${JSON.stringify(value) ?? 'nothing'}.`);
}

/** One to ten different strings. */
export function requireNames(input: Input, name: string): readonly string[] {
  const value = input[name];
  const isList = Array.isArray(value) && value.every((entry) => typeof entry === 'string' && entry !== '');
  if (isList && value.length >= 1 && value.length <= MAX_NAMES && new Set(value).size === value.length) return value;
  throw invalid(`"${name}" must be a list of 1 to ${MAX_NAMES} different names; received ${JSON.stringify(value) ?? 'nothing'}.`);
}

export function optionalBoolean(input: Input, name: string): boolean | undefined {
  const value = input[name];
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalid(`"${name}" must be true or false; received ${JSON.stringify(value)}.`);
}

export function optionalInteger(input: Input, name: string, min: number, max: number): number | undefined {
  const value = input[name];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalid(`"${name}" must be an integer from ${min} to ${max}; received ${JSON.stringify(value)}.`);
}

function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}
