import { BlockList, isIP } from 'node:net';
import { matchesArn, matchesWildcard } from './match';
import type { ConditionContext, PolicyStatement } from './types';

/** Compares one value of the request with one value of the policy. */
type Comparison = (actual: string, expected: string) => boolean;

interface Operator {
  readonly compare: Comparison;
  /** A negated operator holds when no value of the policy compares, and when the key is missing. */
  readonly negated?: boolean;
}

const stringEquals: Comparison = (actual, expected) => actual === expected;
const stringEqualsIgnoreCase: Comparison = (actual, expected) => actual.toLowerCase() === expected.toLowerCase();
const stringLike: Comparison = (actual, expected) => matchesWildcard(expected, actual);
const arnLike: Comparison = (actual, expected) => matchesArn(expected, actual);
const numeric = (holds: (actual: number, expected: number) => boolean): Comparison => ordered(toNumber, holds);
const date = (holds: (actual: number, expected: number) => boolean): Comparison => ordered(toEpochMs, holds);
const ipAddress: Comparison = (actual, expected) => isInRange(actual, expected);

const operators: Readonly<Record<string, Operator>> = {
  StringEquals: { compare: stringEquals },
  StringNotEquals: { compare: stringEquals, negated: true },
  StringEqualsIgnoreCase: { compare: stringEqualsIgnoreCase },
  StringNotEqualsIgnoreCase: { compare: stringEqualsIgnoreCase, negated: true },
  StringLike: { compare: stringLike },
  StringNotLike: { compare: stringLike, negated: true },
  // IAM treats ArnEquals as ArnLike: both take wildcards.
  ArnEquals: { compare: arnLike },
  ArnLike: { compare: arnLike },
  ArnNotEquals: { compare: arnLike, negated: true },
  ArnNotLike: { compare: arnLike, negated: true },
  Bool: { compare: stringEqualsIgnoreCase },
  NumericEquals: { compare: numeric((actual, expected) => actual === expected) },
  NumericNotEquals: { compare: numeric((actual, expected) => actual === expected), negated: true },
  NumericLessThan: { compare: numeric((actual, expected) => actual < expected) },
  NumericLessThanEquals: { compare: numeric((actual, expected) => actual <= expected) },
  NumericGreaterThan: { compare: numeric((actual, expected) => actual > expected) },
  NumericGreaterThanEquals: { compare: numeric((actual, expected) => actual >= expected) },
  DateEquals: { compare: date((actual, expected) => actual === expected) },
  DateNotEquals: { compare: date((actual, expected) => actual === expected), negated: true },
  DateLessThan: { compare: date((actual, expected) => actual < expected) },
  DateLessThanEquals: { compare: date((actual, expected) => actual <= expected) },
  DateGreaterThan: { compare: date((actual, expected) => actual > expected) },
  DateGreaterThanEquals: { compare: date((actual, expected) => actual >= expected) },
  IpAddress: { compare: ipAddress },
  NotIpAddress: { compare: ipAddress, negated: true },
};

/**
 * The operators that are evaluated. All but `Null` also take the suffix `IfExists`; all take the prefixes `ForAnyValue:` and `ForAllValues:`.
 * Any other operator makes its statement a denial.
 */
export const supportedConditionOperators: readonly string[] = [...Object.keys(operators), 'Null'];

/** `unsupported` names what could not be evaluated. */
export type ConditionResult = { readonly holds: boolean } | { readonly unsupported: string };

type Quantifier = 'ForAnyValue' | 'ForAllValues' | undefined;

interface ParsedOperator {
  readonly quantifier: Quantifier;
  readonly base: string;
  readonly ifExists: boolean;
}

/** Whether every condition of a statement holds in a request whose context keys are in lower case. */
export function evaluateConditions(condition: PolicyStatement['Condition'], context: ConditionContext): ConditionResult {
  let holds = true;
  for (const [name, keys] of Object.entries(condition ?? {})) {
    const operator = parseOperator(name);
    if (!operator) return { unsupported: `the condition operator ${name}` };
    for (const [key, value] of Object.entries(keys)) {
      const expected = policyValues(value);
      if (!expected) return { unsupported: `the value of the condition ${name} on ${key} (it is not resolved to text)` };
      const variable = findPolicyVariable([key, ...expected]);
      if (variable) return { unsupported: `the policy variable ${variable} in the condition ${name}` };
      holds &&= holdsForKey(operator, expected, requestValues(context[key.toLowerCase()]));
    }
  }
  return { holds };
}

/** The first `${…}` in any of the texts. Policy variables are not evaluated here, so whoever meets one must deny. */
export function findPolicyVariable(texts: readonly string[]): string | undefined {
  for (const text of texts) {
    const start = text.indexOf('${');
    if (start < 0) continue;
    const end = text.indexOf('}', start);
    return end < 0 ? text.slice(start) : text.slice(start, end + 1);
  }
  return undefined;
}

function parseOperator(name: string): ParsedOperator | undefined {
  const colon = name.indexOf(':');
  const quantifier = colon < 0 ? undefined : name.slice(0, colon);
  if (quantifier !== undefined && quantifier !== 'ForAnyValue' && quantifier !== 'ForAllValues') return undefined;
  const rest = name.slice(colon + 1);
  if (rest === 'Null') return { quantifier, base: rest, ifExists: false };
  const ifExists = rest.endsWith('IfExists');
  const base = ifExists ? rest.slice(0, -'IfExists'.length) : rest;
  return Object.hasOwn(operators, base) ? { quantifier, base, ifExists } : undefined;
}

function holdsForKey(parsed: ParsedOperator, expected: readonly string[], actual: readonly string[]): boolean {
  const missing = actual.length === 0;
  if (parsed.base === 'Null') return expected.some((value) => value.toLowerCase() === String(missing));
  const operator = operators[parsed.base];
  if (!operator) return false;
  if (missing)
    return parsed.ifExists || parsed.quantifier === 'ForAllValues' || (operator.negated === true && parsed.quantifier === undefined);
  const compares = (value: string) => expected.some((candidate) => operator.compare(value, candidate));
  const satisfies = operator.negated ? (value: string) => !compares(value) : compares;
  // Without a quantifier a key has one value; given several, a negated operator must hold for all of them, as for any single one.
  const every = parsed.quantifier === 'ForAllValues' || (parsed.quantifier === undefined && operator.negated);
  return every ? actual.every(satisfies) : actual.some(satisfies);
}

function policyValues(value: unknown): readonly string[] | undefined {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const scalar = values.every((item) => ['string', 'number', 'boolean'].includes(typeof item));
  return scalar ? values.map(String) : undefined;
}

function requestValues(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

function ordered(parse: (text: string) => number, holds: (actual: number, expected: number) => boolean): Comparison {
  return (actualText, expectedText) => {
    const actual = parse(actualText);
    const expected = parse(expectedText);
    return Number.isFinite(actual) && Number.isFinite(expected) && holds(actual, expected);
  };
}

function toNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

/** IAM dates are ISO 8601, or seconds since 1970. */
function toEpochMs(text: string): number {
  const seconds = toNumber(text);
  return Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text);
}

function isInRange(address: string, range: string): boolean {
  const [network = '', prefix] = range.split('/');
  const version = isIP(network);
  if (version === 0 || isIP(address) === 0) return false;
  const maximumBits = version === 4 ? 32 : 128;
  const bits = prefix === undefined ? maximumBits : toNumber(prefix);
  if (!Number.isInteger(bits) || bits < 0 || bits > maximumBits) return false;
  const list = new BlockList();
  list.addSubnet(network, bits, version === 4 ? 'ipv4' : 'ipv6');
  return list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}
