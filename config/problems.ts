import * as z from 'zod';
import type { ConfigProblem } from './error';
import { nearest } from './nearest';

/** What zod says of a check that says nothing itself. */
const UNTOLD = 'Invalid input';

/** Every violation of a schema, as sentences: where, what was found, what is allowed, and what was probably meant. */
export function problemsOf(schema: z.ZodType, raw: unknown): readonly ConfigProblem[] {
  const problems = schemaProblemsOf(schema, raw);
  return [...problems.filter((problem) => problem.typo), ...problems.filter((problem) => !problem.typo)].map(({ path, message }) => ({
    path,
    message,
  }));
}

function schemaProblemsOf(schema: z.ZodType, raw: unknown): readonly SchemaProblem[] {
  const parsed = schema.safeParse(raw);
  return parsed.success ? [] : parsed.error.issues.flatMap((issue) => problemsOfIssue(schema, raw, issue));
}

/** A misspelt key also makes the right one missing; the typo is told first. */
interface SchemaProblem extends ConfigProblem {
  readonly typo: boolean;
}

function problemsOfIssue(schema: z.ZodType, raw: unknown, issue: z.core.$ZodIssue): readonly SchemaProblem[] {
  const found = valueAt(raw, issue.path);
  const declared = schemaAt(schema, raw, issue.path);
  const option = optionFor(unwrapped(declared), found);
  if (issue.code === 'invalid_union' && option !== undefined) {
    // Of the one that was meant: what is wrong by all the others helps nobody.
    const under = pathOf(issue.path);
    return schemaProblemsOf(option, found).map((problem) => ({
      ...problem,
      path: problem.path === '' ? under : `${under}.${problem.path}`,
    }));
  }
  const at = option ?? declared;
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysOf(at);
    return issue.keys.map((key) => ({
      path: pathOf([...issue.path, key]),
      message: `Unrecognized key "${key}"${suggestion(key, allowed) || `: allowed are ${allowed.join(', ')}`}`,
      typo: true,
    }));
  }
  if (issue.code === 'invalid_key') {
    const key = issue.path.at(-1);
    return [
      { path: pathOf(issue.path), message: `found the key "${String(key)}"; a key must be ${allowedKey(schema, raw, issue)}`, typo: true },
    ];
  }
  if (issue.code === 'custom' && issue.message !== UNTOLD) return [{ path: pathOf(issue.path), message: issue.message, typo: false }];
  const allowed = allowedBy(at);
  const meant = typeof found === 'string' ? suggestion(found, choicesOf(at)) : '';
  const message =
    found === undefined ? `missing; it must be ${allowed}` : `found ${shown(found)}${meant}${meant ? ' It' : '; it'} must be ${allowed}`;
  return [{ path: pathOf(issue.path), message, typo: false }];
}

function suggestion(word: string, candidates: readonly string[]): string {
  const match = nearest(word, candidates);
  return match === undefined ? '' : `: did you mean "${match}"?`;
}

/** What a schema accepts, as the rest of "it must be …". */
function allowedBy(schema: z.ZodType | undefined): string {
  if (schema === undefined) return 'absent';
  const json = z.toJSONSchema(schema, { unrepresentable: 'any' });
  if (json.description !== undefined) return json.description;
  const choices = json.enum ?? (json.const === undefined ? undefined : [json.const]);
  if (choices !== undefined) return `one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`;
  switch (json.type) {
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number from ${json.minimum} to ${json.maximum}`;
    case 'number':
      return `a number greater than ${json.exclusiveMinimum} and at most ${json.maximum}`;
    case 'array':
      return `a list of ${json.minItems ?? 0} to ${json.maxItems ?? 'any number of'} items`;
    case 'object':
      return json.properties === undefined ? 'an object of names and values' : `an object with ${Object.keys(json.properties).join(', ')}`;
    default:
      return `a ${json.type ?? 'value that the schema accepts'}`;
  }
}

function allowedKey(schema: z.ZodType, raw: unknown, issue: z.core.$ZodIssue): string {
  const record = unwrapped(schemaAt(schema, raw, issue.path.slice(0, -1)));
  return allowedBy(record instanceof z.ZodRecord ? asSchema(record.keyType) : undefined);
}

function choicesOf(schema: z.ZodType | undefined): readonly string[] {
  const inner = unwrapped(schema);
  return inner instanceof z.ZodEnum ? inner.options.map(String) : [];
}

function keysOf(schema: z.ZodType | undefined): readonly string[] {
  const inner = unwrapped(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function schemaAt(schema: z.ZodType, raw: unknown, path: readonly PropertyKey[]): z.ZodType | undefined {
  let current: z.ZodType | undefined = schema;
  for (const [depth, step] of path.entries()) {
    let inner = unwrapped(current);
    if (inner instanceof z.ZodUnion) {
      const option = optionFor(inner, valueAt(raw, path.slice(0, depth)));
      if (option === undefined) return inner instanceof z.ZodDiscriminatedUnion ? discriminatorOf(inner) : undefined;
      inner = option;
    }
    if (inner instanceof z.ZodObject) current = asSchema(inner.shape[String(step)]);
    else if (inner instanceof z.ZodArray) current = asSchema(inner.element);
    else if (inner instanceof z.ZodRecord) current = asSchema(inner.valueType);
    else return undefined;
  }
  return current;
}

/** What a union has for a value: the object with its discriminator's value, or the one for its kind of value. */
function optionFor(union: z.ZodType | undefined, value: unknown): z.ZodType | undefined {
  if (!(union instanceof z.ZodUnion)) return undefined;
  const options = union.options.flatMap((option) => asSchema(option) ?? []);
  if (!(union instanceof z.ZodDiscriminatedUnion)) return options.find((option) => option instanceof z.ZodObject === isObject(value));
  const { discriminator } = union.def;
  return options.find((option) => {
    const allowed = option instanceof z.ZodObject ? asSchema(option.shape[discriminator]) : undefined;
    return isObject(value) && allowed?.safeParse(value[discriminator]).success === true;
  });
}

/** All that the discriminator may be. */
function discriminatorOf(union: z.ZodDiscriminatedUnion): z.ZodType {
  const literals = union.options.flatMap((option) => {
    const literal = option instanceof z.ZodObject ? option.shape[union.def.discriminator] : undefined;
    return literal instanceof z.ZodLiteral ? [...literal.values].map(String) : [];
  });
  return z.enum(literals);
}

function unwrapped(schema: z.ZodType | undefined): z.ZodType | undefined {
  return schema instanceof z.ZodOptional ? asSchema(schema.unwrap()) : schema;
}

/** Zod types children by its core class; every schema made by this package is one of its classic ones. */
function asSchema(schema: unknown): z.ZodType | undefined {
  return schema instanceof z.ZodType ? schema : undefined;
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, step) => (isObject(value) ? value[step] : undefined), raw);
}

function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null;
}

/** A value as a message shows it: short, and with NaN and Infinity by their names. */
function shown(value: unknown): string {
  const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? typeof value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}
