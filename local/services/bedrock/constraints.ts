import { ServiceError } from '../../service';
import { isJsonObject } from '../json-protocol';
import type { JsonObject } from './model';

interface NameConstraint {
  readonly min: number;
  readonly max: number;
  /** Anchored at both ends. */
  readonly pattern: RegExp;
}

/** A request that Bedrock refuses. */
export function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}

/** A value outside its constraint, in the words of AWS's generated checks. */
export function constraintError(value: unknown, path: string, constraint: string): ServiceError {
  return invalid(
    `1 validation error detected: Value '${String(value)}' at '${path}' failed to satisfy constraint: Member must ${constraint}`,
  );
}

export function objectAt(value: unknown, path: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw typeError(value, path, 'an object');
}

/** A list; empty when it is absent. */
export function listAt(value: unknown, path: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw typeError(value, path, 'a list');
}

export function stringAt(value: unknown, path: string): string {
  if (typeof value === 'string') return value;
  throw typeError(value, path, 'a string');
}

/** A text of `min` to `max` characters that matches the pattern. */
export function nameAt(value: unknown, path: string, { min, max, pattern }: NameConstraint): string {
  const text = stringAt(value, path);
  if (text.length < min) throw constraintError(text, path, `have length greater than or equal to ${min}`);
  if (text.length > max) throw constraintError(text, path, `have length less than or equal to ${max}`);
  if (!pattern.test(text)) throw constraintError(text, path, `satisfy regular expression pattern: ${pattern.source.slice(1, -1)}`);
  return text;
}

/** A union of AWS's: an object that has exactly one of the members. */
export function unionAt(value: unknown, path: string, members: readonly string[]): { readonly name: string; readonly value: unknown } {
  const object = objectAt(value, path);
  const set = Object.entries(object).filter(([, member]) => member !== undefined && member !== null);
  const [first] = set;
  if (set.length !== 1 || first === undefined || !members.includes(first[0])) {
    const received = set.length === 0 ? 'none' : set.map(([name]) => `"${name}"`).join(', ');
    throw invalid(`Exactly one of ${members.join(', ')} must be set at '${path}'; received ${received}.`);
  }
  return { name: first[0], value: first[1] };
}

/** A number from `min` to `max`, both allowed; undefined when it is absent. */
export function numberAt(value: unknown, path: string, min: number, max: number): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number') throw typeError(value, path, 'a number');
  if (value < min) throw constraintError(value, path, `have value greater than or equal to ${min}`);
  if (value > max) throw constraintError(value, path, `have value less than or equal to ${max}`);
  return value;
}

/** Throws when a member is there that the emulator would have to ignore. */
export function refuseMembers(value: JsonObject, names: readonly string[], where: string): void {
  const found = names.find((name) => value[name] !== undefined && value[name] !== null);
  if (found) throw invalid(`The local emulator does not emulate "${found}" ${where}. Leave it out, or call Bedrock itself.`);
}

function typeError(value: unknown, path: string, expected: string): ServiceError {
  const received = Array.isArray(value) ? 'a list' : value === null || value === undefined ? 'nothing' : typeof value;
  return new ServiceError('SerializationException', `Expected ${expected} at '${path}'; received ${received}.`);
}
