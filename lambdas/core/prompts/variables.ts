import * as z from 'zod';
import { canonicalJson } from '../canonical-json';
import { GatewayError } from '../errors';
import { VARIABLE_NAME } from './template';

/** The most characters (UTF-16 code units) that a prompt's messages may have together. About a million tokens: no model takes more. */
export const MAX_RENDERED_CHARACTERS = 4_000_000;

const MAX_VARIABLES = 64;
const MAX_ENUM_VALUES = 256;
const MAX_ENUM_CHARACTERS = 1024;
const MAX_LIST_ITEMS = 10_000;
/** `-1.2345678901234567e+308` */
const MAX_NUMBER_CHARACTERS = 24;
const MAX_SHOWN_CHARACTERS = 60;

const length = z.int().positive().max(MAX_RENDERED_CHARACTERS);
const common = { description: z.string().max(1000).optional(), optional: z.boolean().optional() };

/** What a variable may be. Lengths are in characters (UTF-16 code units). */
const variableSpec = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('string'), maxLength: length, ...common }),
  z.strictObject({
    type: z.literal('number'),
    min: z.number().optional(),
    max: z.number().optional(),
    integer: z.boolean().optional(),
    ...common,
  }),
  z.strictObject({
    type: z.literal('enum'),
    values: z.array(z.string().min(1).max(MAX_ENUM_CHARACTERS)).min(1).max(MAX_ENUM_VALUES),
    ...common,
  }),
  /** `maxLength` is of each text. Rendered as a list, `- ` before each. */
  z.strictObject({ type: z.literal('strings'), maxItems: z.int().positive().max(MAX_LIST_ITEMS), maxLength: length, ...common }),
  /** Any JSON; `maxLength` is of its text: sorted keys, no white space, and `<` escaped, so that it cannot close a tag around it. */
  z.strictObject({ type: z.literal('json'), maxLength: length, ...common }),
]);

export const variableSpecs = z
  .record(z.string().regex(VARIABLE_NAME, { error: 'a name of up to 63 letters, digits and "_", beginning with a letter' }), variableSpec)
  .refine((specs) => Object.keys(specs).length <= MAX_VARIABLES, { error: `at most ${MAX_VARIABLES} variables` });

export type VariableSpec = z.infer<typeof variableSpec>;
export type VariableSpecs = z.infer<typeof variableSpecs>;

/** The most characters that a value takes in a message. */
export function mostCharacters(spec: VariableSpec): number {
  switch (spec.type) {
    case 'string':
    case 'json':
      return spec.maxLength;
    case 'number':
      return MAX_NUMBER_CHARACTERS;
    case 'enum':
      return Math.max(...spec.values.map((value) => value.length));
    case 'strings':
      // Each line break in an item brings an indent of two.
      return spec.maxItems * (3 * spec.maxLength + '- \n'.length);
  }
}

/**
 * The values as they stand in messages, by name. Null counts as absent.
 *
 * @throws GatewayError `invalid_request` for one that is missing, unknown, of another type or too large; sizes are named, texts are not repeated.
 */
export function renderValues(specs: VariableSpecs, given: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(specs, name)) continue;
    const known = Object.keys(specs);
    const those = known.length === 0 ? 'it has none' : `it has ${known.map((known) => `\`${known}\``).join(', ')}`;
    throw invalid(`variables.${shortened(name)}`, `is no variable of this prompt: ${those}`);
  }
  const values = new Map<string, string>();
  for (const [name, spec] of Object.entries(specs)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value !== undefined && value !== null) values.set(name, renderValue(`variables.${name}`, spec, value));
    else if (spec.optional !== true) throw invalid(`variables.${name}`, `is missing: it must be ${allowed(spec)}`);
  }
  return values;
}

function renderValue(param: string, spec: VariableSpec, value: unknown): string {
  switch (spec.type) {
    case 'string':
      if (typeof value === 'string') return within(param, spec.maxLength, value);
      break;
    case 'number': {
      if (typeof value !== 'number' || !Number.isFinite(value)) break;
      const { min = -Infinity, max = Infinity } = spec;
      if (value >= min && value <= max && (spec.integer !== true || Number.isInteger(value))) return String(value);
      break;
    }
    case 'enum':
      if (typeof value === 'string' && spec.values.includes(value)) return value;
      break;
    case 'strings': {
      if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) break;
      if (value.length > spec.maxItems) throw invalid(param, `may have at most ${spec.maxItems} texts; received ${value.length}`);
      return value.map((item, index) => `- ${within(`${param}[${index}]`, spec.maxLength, item).replaceAll('\n', '\n  ')}`).join('\n');
    }
    case 'json':
      return within(param, spec.maxLength, canonicalJson(value).replaceAll('<', '\\u003c'));
  }
  throw invalid(param, `must be ${allowed(spec)}; received ${shown(value)}`);
}

function within(param: string, maxLength: number, text: string): string {
  if (text.length <= maxLength) return text;
  throw invalid(param, `may have at most ${maxLength} characters; received ${text.length}`);
}

function allowed(spec: VariableSpec): string {
  switch (spec.type) {
    case 'string':
      return `a string of at most ${spec.maxLength} characters`;
    case 'number': {
      const from = spec.min === undefined ? '' : ` from ${spec.min}`;
      const to = spec.max === undefined ? '' : ` up to ${spec.max}`;
      return `${spec.integer === true ? 'an integer' : 'a number'}${from}${to}`;
    }
    case 'enum':
      return `one of ${spec.values.map((value) => JSON.stringify(shortened(value))).join(', ')}`;
    case 'strings':
      return `an array of at most ${spec.maxItems} strings`;
    case 'json':
      return `JSON of at most ${spec.maxLength} characters`;
  }
}

/** Texts only where a few words are allowed in the first place, and then shortened: what is longer may be anybody's data. */
function shown(value: unknown): string {
  if (typeof value === 'string')
    return value.length > MAX_SHOWN_CHARACTERS ? `a string of ${value.length} characters` : JSON.stringify(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `${typeof value} ${String(value)}`;
}

function shortened(text: string): string {
  return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}...` : text;
}

function invalid(param: string, problem: string): GatewayError {
  return new GatewayError('invalid_request', `\`${param}\` ${problem}.`, { param });
}
