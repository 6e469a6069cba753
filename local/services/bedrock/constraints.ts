import { ServiceError } from '../../service';
import { isJsonObject } from '../json-protocol';

export type JsonObject = Readonly<Record<string, unknown>>;

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
