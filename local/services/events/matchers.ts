import { isJsonObject } from '../json-protocol';
import { parseCidr } from './cidr';
import type { Scalar } from './flatten';
import { parseNumeric } from './numeric';
import { matchesParts, parseWildcard } from './wildcard';

type Test = (value: Scalar) => boolean;

/** What a pattern asks of one name: a value that passes, or that there is none. */
export type Matcher = { readonly absent: true } | { readonly test: Test };

/** Every operator that a pattern may have. */
export const OPERATORS: ReadonlySet<string> = new Set([
  'exists',
  'prefix',
  'suffix',
  'equals-ignore-case',
  'wildcard',
  'numeric',
  'cidr',
  'anything-but',
]);

/**
 * One element of a list in a pattern.
 *
 * @throws Error saying what EventBridge does not take in it
 */
export function parseMatcher(given: unknown): Matcher {
  if (!isJsonObject(given)) {
    if (!isScalar(given)) throw new Error('match value must be String, number, true, false, or null');
    return { test: (value) => value === given };
  }
  const [[operator, argument] = [], ...others] = Object.entries(given);
  if (operator === undefined || others.length > 0) throw new Error('only one key allowed in match expression');
  switch (operator) {
    case 'exists':
      if (typeof argument !== 'boolean') throw new Error('"exists" match pattern must be either true or false');
      return argument ? { test: () => true } : { absent: true };
    case 'prefix':
    case 'suffix':
      return { test: onText(affixTest(operator, argument)) };
    case 'equals-ignore-case':
      return { test: onText(equalsIgnoreCase(requireText(operator, argument))) };
    case 'wildcard':
      return { test: onText(wildcardTest(argument)) };
    case 'cidr':
      return { test: onText(parseCidr(argument)) };
    case 'numeric': {
      const test = parseNumeric(argument);
      return { test: (value) => typeof value === 'number' && test(value) };
    }
    case 'anything-but':
      return { test: anythingBut(argument) };
    default:
      throw new Error(`unrecognized match type ${operator}`);
  }
}

/** A value that is no text passes too: it is none of what is excluded. */
function anythingBut(argument: unknown): Test {
  if (isJsonObject(argument)) {
    const [[operator, inner] = [], ...others] = Object.entries(argument);
    if (operator === undefined || others.length > 0) throw new Error('only one key allowed in "anything-but" match expression');
    const excluded = listOf(inner).map((one) => excludedTest(operator, one));
    return (value) => !excluded.some((test) => onText(test)(value));
  }
  const excluded = listOf(argument);
  const areOfOneKind = excluded.every((one) => typeof one === typeof excluded[0]);
  const isTaken = excluded.every((one) => typeof one === 'string' || typeof one === 'number') && areOfOneKind;
  if (!isTaken) throw new Error('inside anything but list, either all values are number or string, mixed type is not supported');
  const values: readonly unknown[] = excluded;
  return (value) => !values.includes(value);
}

function excludedTest(operator: string, argument: unknown): (text: string) => boolean {
  const text = requireText(`anything-but ${operator}`, argument);
  if (text === '') throw new Error(`null ${operator} not allowed in "anything-but"`);
  if (operator === 'prefix') return (value) => value.startsWith(text);
  if (operator === 'suffix') return (value) => value.endsWith(text);
  if (operator === 'equals-ignore-case') return equalsIgnoreCase(text);
  if (operator === 'wildcard') return wildcardTest(text);
  throw new Error(`unsupported anything-but pattern: ${operator}`);
}

/** A text, or `{ "equals-ignore-case": text }`. */
function affixTest(operator: 'prefix' | 'suffix', argument: unknown): (text: string) => boolean {
  const test = (value: string, affix: string): boolean => (operator === 'prefix' ? value.startsWith(affix) : value.endsWith(affix));
  if (!isJsonObject(argument)) {
    const affix = requireText(operator, argument);
    return (value) => test(value, affix);
  }
  const { 'equals-ignore-case': inner, ...others } = argument;
  if (inner === undefined || Object.keys(others).length > 0) throw new Error(`"${operator}" takes a text or one "equals-ignore-case"`);
  const affix = requireText(`${operator} equals-ignore-case`, inner).toLowerCase();
  return (value) => test(value.toLowerCase(), affix);
}

function equalsIgnoreCase(expected: string): (text: string) => boolean {
  const lower = expected.toLowerCase();
  return (value) => value.toLowerCase() === lower;
}

function wildcardTest(argument: unknown): (text: string) => boolean {
  const parts = parseWildcard(requireText('wildcard', argument));
  return (value) => matchesParts(parts, value);
}

function onText(test: (text: string) => boolean): Test {
  return (value) => typeof value === 'string' && test(value);
}

function requireText(operator: string, argument: unknown): string {
  if (typeof argument === 'string') return argument;
  throw new Error(`${operator} match pattern must be a string, received ${JSON.stringify(argument)}`);
}

function listOf(argument: unknown): readonly unknown[] {
  if (!Array.isArray(argument)) return [argument];
  if (argument.length === 0) throw new Error('empty arrays are not allowed');
  return argument;
}

function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
