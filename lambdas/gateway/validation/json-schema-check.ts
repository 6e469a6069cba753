import { createContext, Script } from 'node:vm';
import {
  dereference,
  type OutputUnit,
  type Schema,
  type SchemaDraft,
  schemaArrayKeyword,
  schemaKeyword,
  schemaMapKeyword,
  validate,
} from '@cfworker/json-schema';
import { unicodePattern } from './unicode-pattern';

/** Where a value breaks its schema, and how. */
export interface Violation {
  /** As in an error's `param`: `items[0].price`; empty for the whole value. */
  readonly path: string;
  /** The schema's keyword. */
  readonly keyword: string;
  readonly message: string;
}

/** All ways in which a value breaks the schema; none when it does not. */
export type JsonSchemaCheck = (value: unknown) => readonly Violation[];

/** A schema that cannot be checked by. The message says why and how to change it. */
export class UnusableSchemaError extends Error {
  override readonly name = 'UnusableSchemaError';
}

/** Patterns and nested alternatives are the caller's: some take for ever, and others wait meanwhile. */
const CHECK_TIMEOUT_MS = 250;
export const MAX_VIOLATIONS = 10;
/** Of a path and of a message: both may repeat what the model said, or all values that a schema allows. */
export const MAX_VIOLATION_CHARACTERS = 300;

/** What these say is only that something below them is wrong, and that is said too. */
const WRAPPERS = new Set(['$ref', '$recursiveRef', 'properties', 'patternProperties', 'items', 'prefixItems', 'allOf', 'false', 'if']);

const run = new Script('check()');
/** One for all: checks do not wait for anything in between. */
const sandbox: { check?: () => unknown } = createContext({});

/**
 * Keywords of draft 2020-12, 2019-09, 7 and 4, as the schema's `$schema` says. Formats that are known are checked. References are followed
 * inside the schema alone.
 *
 * @throws UnusableSchemaError
 */
export function compileJsonSchema(schema: object): JsonSchemaCheck {
  const own: Schema = structuredClone(schema);
  rewritePatterns(own);
  const draft = draftOf(own);
  const lookup = dereferenced(own);
  checkReferences(lookup);
  return (value) => {
    const { errors } = inTime(() => validate(value, own, draft, lookup, false));
    const told = errors.filter(({ keyword }) => !WRAPPERS.has(keyword));
    return distinct((told.length > 0 ? told : errors).map(violationOf)).slice(0, MAX_VIOLATIONS);
  };
}

function dereferenced(schema: Schema): Record<string, Schema | boolean> {
  try {
    return dereference(schema);
  } catch (cause) {
    const message = `the schema's identifiers cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new UnusableSchemaError(message, { cause });
  }
}

function checkReferences(lookup: Record<string, Schema | boolean>): void {
  for (const schema of Object.values(lookup)) {
    if (typeof schema === 'boolean' || schema.$ref === undefined) continue;
    const target = schema.__absolute_ref__ ?? schema.$ref;
    if (lookup[target] !== undefined || lookup[target.replace(/#$/, '')] !== undefined) continue;
    throw new UnusableSchemaError(
      `\`$ref\` "${schema.$ref}" leads nowhere: refer to what is in the schema itself, such as "#/$defs/name".`,
    );
  }
}

function draftOf({ $schema, items }: Schema): SchemaDraft {
  if (typeof $schema !== 'string') return Array.isArray(items) ? '7' : '2020-12';
  if ($schema.includes('draft-04')) return '4';
  if ($schema.includes('draft-07') || $schema.includes('draft-06')) return '7';
  return $schema.includes('2019-09') ? '2019-09' : '2020-12';
}

/** Ends what takes too long. That is no verdict on the value: it is refused, as what cannot be seen to hold. */
function inTime(check: () => { readonly errors: OutputUnit[] }): { readonly errors: OutputUnit[] } {
  sandbox.check = check;
  try {
    return run.runInContext(sandbox, { timeout: CHECK_TIMEOUT_MS }) as { readonly errors: OutputUnit[] };
  } catch (error) {
    if (!isTimeout(error)) throw error;
    const message = `Checking took more than ${CHECK_TIMEOUT_MS} ms: use simpler patterns and fewer alternatives.`;
    return { errors: [{ keyword: 'timeout', keywordLocation: '#', instanceLocation: '#', error: message }] };
  } finally {
    sandbox.check = undefined;
  }
}

function isTimeout(error: unknown): boolean {
  // Of the script's own context: no instance of this one's `Error`.
  return isObject(error) && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}

function violationOf({ instanceLocation, keyword, error }: OutputUnit): Violation {
  return { path: shortened(pathOf(instanceLocation)), keyword, message: shortened(error) };
}

function shortened(text: string): string {
  return text.length <= MAX_VIOLATION_CHARACTERS ? text : `${text.slice(0, MAX_VIOLATION_CHARACTERS - 1)}…`;
}

function distinct(violations: readonly Violation[]): readonly Violation[] {
  return [...new Map(violations.map((violation) => [`${violation.path} ${violation.message}`, violation])).values()];
}

/** `#/items/0/price` → `items[0].price` */
function pathOf(pointer: string): string {
  const segments = pointer
    .replace(/^#\/?/, '')
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => decodeURIComponent(segment).replaceAll('~1', '/').replaceAll('~0', '~'));
  return segments.reduce((path, segment) => {
    if (/^\d+$/.test(segment)) return `${path}[${segment}]`;
    return path === '' ? segment : `${path}.${segment}`;
  }, '');
}

/** In place. @throws UnusableSchemaError for a pattern that cannot be read. */
function rewritePatterns(schema: unknown): void {
  if (!isObject(schema)) return;
  if (typeof schema.pattern === 'string') schema.pattern = readable(schema.pattern);
  if (isObject(schema.patternProperties)) {
    const entries = Object.entries(schema.patternProperties).map(([pattern, value]) => [readable(pattern), value]);
    schema.patternProperties = Object.fromEntries(entries);
  }
  for (const [keyword, value] of Object.entries(schema)) {
    if (schemaMapKeyword[keyword]) for (const one of Object.values(value ?? {})) rewritePatterns(one);
    else if (Array.isArray(value) && schemaArrayKeyword[keyword]) for (const one of value) rewritePatterns(one);
    else if (schemaKeyword[keyword]) rewritePatterns(value);
  }
}

function readable(pattern: string): string {
  const rewritten = unicodePattern(pattern);
  if (rewritten !== undefined) return rewritten;
  throw new UnusableSchemaError(`the pattern ${JSON.stringify(pattern.slice(0, 100))} is no regular expression of Unicode mode.`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
