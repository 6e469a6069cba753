import { isJsonObject } from '../json-protocol';
import { type Field, flatten, pathOf, together } from './flatten';
import { type Matcher, OPERATORS, parseMatcher } from './matchers';

/** As long as a pattern's text may be. */
const MAX_LENGTH = 4096;
/** As many ways as a pattern may be met, once each `$or` is one of its parts. */
const MAX_ALTERNATIVES = 1000;

/** A pattern that EventBridge refuses. */
export class InvalidEventPatternError extends Error {
  override readonly name = 'InvalidEventPatternException';

  constructor(reason: string, path: string) {
    super(`Event pattern is not valid. Reason: ${reason}${path === '' ? '' : ` at "${path}"`}`);
  }
}

/** One name, and what values of it pass. */
interface Condition {
  readonly path: string;
  readonly matchers: readonly Matcher[];
}

/** Conditions that must hold together. */
type Alternative = readonly Condition[];

/** An event pattern of EventBridge, ready to be asked. */
export class EventPattern {
  private constructor(private readonly alternatives: readonly Alternative[]) {}

  /**
   * Reads a pattern.
   *
   * @throws InvalidEventPatternError naming what and where
   */
  static parse(pattern: unknown): EventPattern {
    if (!isJsonObject(pattern)) throw new InvalidEventPatternError('filter is not an object', '');
    const { length } = JSON.stringify(pattern);
    if (length > MAX_LENGTH) throw new InvalidEventPatternError(`it has ${length} characters; EventBridge takes ${MAX_LENGTH}`, '');
    const alternatives = alternativesOf(pattern, []);
    // In the order of their names, as event-ruler goes through them: it decides which array elements a missing name is looked for in.
    return new EventPattern(alternatives.map((all) => all.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))));
  }

  matches(event: unknown): boolean {
    const fields = new Map<string, Field[]>();
    for (const field of flatten(event)) {
      const same = fields.get(field.path);
      if (same) same.push(field);
      else fields.set(field.path, [field]);
    }
    return this.alternatives.some((conditions) => holds(conditions, fields, new Map()));
  }
}

/** Whether values can be found for all conditions that are of the same elements of the arrays which they share. */
function holds([condition, ...others]: Alternative, fields: ReadonlyMap<string, readonly Field[]>, elements: Field['elements']): boolean {
  if (!condition) return true;
  const candidates = (fields.get(condition.path) ?? []).flatMap((field) => {
    const joined = together(elements, field.elements);
    return joined ? [{ value: field.value, joined }] : [];
  });
  return condition.matchers.some((matcher) => {
    if ('absent' in matcher) return candidates.length === 0 && holds(others, fields, elements);
    return candidates.some(({ value, joined }) => matcher.test(value) && holds(others, fields, joined));
  });
}

function alternativesOf(pattern: Readonly<Record<string, unknown>>, names: readonly string[]): readonly Alternative[] {
  const path = pathOf(names);
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw new InvalidEventPatternError('empty objects are not allowed', path);
  return entries.reduce<readonly Alternative[]>(
    (met, [name, value]) => {
      const parts =
        name === '$or' && isOr(value) ? value.flatMap((part) => alternativesOf(part, names)) : memberOf(value, [...names, name]);
      if (met.length * parts.length > MAX_ALTERNATIVES) {
        throw new InvalidEventPatternError(`its $or make more than ${MAX_ALTERNATIVES} combinations`, path);
      }
      return met.flatMap((one) => parts.map((part) => [...one, ...part]));
    },
    [[]],
  );
}

function memberOf(value: unknown, names: readonly string[]): readonly Alternative[] {
  const path = pathOf(names);
  if (isJsonObject(value)) return alternativesOf(value, names);
  if (!Array.isArray(value)) throw new InvalidEventPatternError(`"${names.at(-1)}" must be an object or an array`, path);
  if (value.length === 0) throw new InvalidEventPatternError('empty arrays are not allowed', path);
  const matchers = value.map((one: unknown) => {
    try {
      return parseMatcher(one);
    } catch (error) {
      throw new InvalidEventPatternError((error as Error).message, path);
    }
  });
  return [[{ path, matchers }]];
}

/** Two objects or more, none with an operator in the place of a name: anything else makes `$or` a name like others. */
function isOr(value: unknown): value is readonly Readonly<Record<string, unknown>>[] {
  return (
    Array.isArray(value) &&
    value.length > 1 &&
    value.every((part) => isJsonObject(part) && !Object.keys(part).some((name) => OPERATORS.has(name)))
  );
}
