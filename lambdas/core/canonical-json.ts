import { hash } from 'node:crypto';
import { GatewayError } from './errors';

/** Deeper values are refused: nothing that a model is asked needs them, and recursion has an end. */
const MAX_DEPTH = 128;
/** Members of an object that are put in order one by one. */
const MAX_INSERTED = 16;

/**
 * JSON with sorted keys and no white space: equal values give equal text.
 *
 * @throws GatewayError `invalid_request` for nesting deeper than 128 levels.
 */
export function canonicalJson(value: unknown, depth = 0): string {
  if (depth > MAX_DEPTH) throw new GatewayError('invalid_request', `The body is nested deeper than ${MAX_DEPTH} levels.`);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value) text += (text === '' ? '' : ',') + canonicalJson(item, depth + 1);
    return `[${text}]`;
  }
  const members = value as Readonly<Record<string, unknown>>;
  for (const key of sorted(Object.keys(members))) {
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(members[key], depth + 1)}`;
  }
  return `{${text}}`;
}

/** In place. */
function sorted(keys: string[]): string[] {
  // Few are nearly always in order sooner than the library has begun.
  if (keys.length > MAX_INSERTED) return keys.sort();
  for (let next = 1; next < keys.length; next++) {
    const key = keys[next] as string;
    let place = next;
    for (; place > 0 && (keys[place - 1] as string) > key; place--) keys[place] = keys[place - 1] as string;
    keys[place] = key;
  }
  return keys;
}

export function sha256Hex(text: string): string {
  return hash('sha256', text);
}
