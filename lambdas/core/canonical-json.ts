import { createHash } from 'node:crypto';
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
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item, depth + 1)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member, depth + 1)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}

export function sha256Hex(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
