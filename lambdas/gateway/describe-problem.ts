import type { core, ZodError } from 'zod';

type Issue = core.$ZodIssue;

const MAX_SHOWN_CHARACTERS = 60;

/** The first problem of a refused body, as a sentence that says what is allowed and what was received, and the field's path. */
export function describeProblem(error: ZodError, body: unknown): { readonly message: string; readonly param: string } {
  const issue = deepest(error.issues[0] as Issue);
  const param = pathOf(issue.path);
  const value = valueAt(body, issue.path);
  if (value === undefined) return { message: `\`${param}\` is missing: it must be ${allowed(issue)}.`, param };
  return { message: `\`${param}\` must be ${allowed(issue)}; received ${shown(value)}.`, param };
}

/** A union's own complaint says little: where one of its branches got further into the value, that branch's complaint is the useful one. */
function deepest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors.flatMap((branch) => branch.slice(0, 1)).find((candidate) => candidate.path.length > 0 || isSize(candidate));
  return inner === undefined ? issue : deepest({ ...inner, path: [...issue.path, ...inner.path] });
}

function isSize(issue: Issue): boolean {
  return issue.code === 'too_big' || issue.code === 'too_small';
}

function allowed(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return withArticle(issue.expected);
    case 'invalid_value':
      return issue.values.length === 1
        ? JSON.stringify(issue.values[0])
        : `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'too_small':
      return `${unit(issue.origin)}${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${suffix(issue.origin)}`;
    case 'too_big':
      return `${unit(issue.origin)}${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${suffix(issue.origin)}`;
    case 'invalid_union':
      return [...new Set(issue.errors.flatMap((branch) => branch.slice(0, 1).map(allowed)))].join(' or ');
    default:
      return issue.message;
  }
}

function withArticle(type: string): string {
  if (type === 'int') return 'an integer';
  if (type === 'record') return 'an object of strings';
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function unit(origin: string): string {
  if (origin === 'string') return 'a string of ';
  return origin === 'array' ? 'an array of ' : '';
}

function suffix(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' elements' : '';
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}… (${text.length} characters)` : text;
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], root);
}
