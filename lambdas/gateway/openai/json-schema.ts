import * as z from 'zod';

/** A JSON schema, or any part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

type Check = (value: unknown, path: PropertyKey[], problems: Problem[]) => void;

interface Problem {
  readonly path: PropertyKey[];
  readonly allowed: string;
}

const TYPE_NAMES: ReadonlySet<unknown> = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);

const schema: Check = (value, path, problems) => {
  if (typeof value === 'boolean') return;
  if (!isObject(value)) return void problems.push({ path, allowed: 'a JSON schema: an object or a boolean' });
  for (const [keyword, member] of Object.entries(value)) {
    // Keywords that are not listed say nothing to a validator either.
    if (Object.hasOwn(KEYWORDS, keyword)) KEYWORDS[keyword]?.(member, [...path, keyword], problems);
  }
};

function of(allowed: string, holds: (value: unknown) => boolean): Check {
  return (value, path, problems) => void (holds(value) || problems.push({ path, allowed }));
}

const schemas: Check = (value, path, problems) => {
  if (!Array.isArray(value) || value.length === 0) return void problems.push({ path, allowed: 'an array of JSON schemas' });
  for (const [index, item] of value.entries()) schema(item, [...path, index], problems);
};
const schemasByName: Check = (value, path, problems) => {
  if (!isObject(value)) return void problems.push({ path, allowed: 'an object of JSON schemas' });
  for (const [key, item] of Object.entries(value)) schema(item, [...path, key], problems);
};
const text = of('a string', (value) => typeof value === 'string');
const number = of('a number', (value) => typeof value === 'number');
const count = of('an integer of at least 0', (value) => Number.isInteger(value) && (value as number) >= 0);
const texts = of('an array of strings', (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'));

/** Keywords of draft 2020-12, and those of earlier drafts that are still in use. */
const KEYWORDS: Readonly<Record<string, Check>> = {
  type: of(`one of ${[...TYPE_NAMES].map((type) => JSON.stringify(type)).join(', ')}, or an array of them`, (value) =>
    Array.isArray(value) ? value.length > 0 && value.every((type) => TYPE_NAMES.has(type)) : TYPE_NAMES.has(value),
  ),
  enum: of('an array of at least 1 elements', (value) => Array.isArray(value) && value.length > 0),
  properties: schemasByName,
  patternProperties: schemasByName,
  $defs: schemasByName,
  definitions: schemasByName,
  additionalProperties: schema,
  propertyNames: schema,
  items: (value, path, problems) => (Array.isArray(value) ? schemas : schema)(value, path, problems),
  prefixItems: schemas,
  contains: schema,
  anyOf: schemas,
  oneOf: schemas,
  allOf: schemas,
  not: schema,
  required: texts,
  $ref: text,
  title: text,
  description: text,
  format: text,
  pattern: of('a regular expression', (value) => typeof value === 'string' && isRegExp(value)),
  minLength: count,
  maxLength: count,
  minItems: count,
  maxItems: count,
  minProperties: count,
  maxProperties: count,
  minimum: number,
  maximum: number,
  exclusiveMinimum: number,
  exclusiveMaximum: number,
  multipleOf: of('a number above 0', (value) => typeof value === 'number' && value > 0),
};

/** A JSON schema whose values are objects: what function tools and answers are described by. The body's limit on nesting bounds it. */
export const jsonSchemaObject = z.looseObject({}).superRefine((value, context) => {
  const problems: Problem[] = [];
  schema(value, [], problems);
  const { type } = value;
  if (type !== undefined && type !== 'object' && problems.length === 0) problems.push({ path: ['type'], allowed: '"object"' });
  const [first] = problems;
  if (first !== undefined) context.addIssue({ code: 'custom', path: first.path, message: first.allowed });
});

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Not in Unicode mode, which refuses escapes of punctuation that are common in schemas. */
function isRegExp(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}
