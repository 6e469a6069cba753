import { hash } from 'node:crypto';
import { GatewayError } from './errors';

/** Deeper values are refused: nothing that a model is asked needs them, and recursion has an end. */
const MAX_DEPTH = 128;

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
  for (const key of Object.keys(members).sort()) {
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(members[key], depth + 1)}`;
  }
  return `{${text}}`;
}

export function sha256Hex(text: string): string {
  return hash('sha256', text);
}
