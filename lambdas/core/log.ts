import { isNativeError } from 'node:util/types';

export type LogFields = Readonly<Record<string, unknown>>;

/** Where log lines go. Powertools' Logger is one. */
export interface Log {
  info(message: string, fields: LogFields): void;
  error(message: string, fields: LogFields): void;
}

/** An error for a log line, with its causes: name and message of each, and the stack of the outermost. */
export function describeError(error: unknown): LogFields {
  if (!isNativeError(error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  return { name, message, stack, ...(cause === undefined ? {} : { cause: describeCause(cause) }) };
}

function describeCause(cause: unknown): LogFields {
  const { stack: _stack, ...rest } = describeError(cause);
  return rest;
}
