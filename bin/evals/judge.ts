import type { JsonSchemaCheck } from '../../lambdas/gateway/validation/json-schema-check';
import type { EvalCase, Expectation } from './suite';

/** What is wrong with an answer, in words; nothing when a case has passed. */
export function judge(content: string, expect: EvalCase['expect'], violationsOf: JsonSchemaCheck): readonly string[] {
  const answer = parseJson(content);
  if (answer === undefined) return [`the answer is no JSON: ${shown(content)}`];
  const violations = violationsOf(answer).map(({ path, message }) => `${path === '' ? 'the answer' : path} breaks the schema: ${message}`);
  if (violations.length > 0) return violations;
  return Object.entries(expect).flatMap(([member, expected]) => {
    const value = memberOf(answer, member);
    return meets(value, expected) ? [] : [`${member} is ${shown(value)}; expected ${inWords(expected)}`];
  });
}

function meets(value: unknown, expected: Expectation): boolean {
  if (expected === null || typeof expected !== 'object') return value === expected;
  if ('oneOf' in expected) return expected.oneOf.some((one) => one === value);
  return typeof value === 'number' && value >= (expected.min ?? -Infinity) && value <= (expected.max ?? Infinity);
}

function inWords(expected: Expectation): string {
  if (expected === null || typeof expected !== 'object') return JSON.stringify(expected);
  if ('oneOf' in expected) return `one of ${expected.oneOf.map((one) => JSON.stringify(one)).join(', ')}`;
  const { min, max } = expected;
  return [...(min === undefined ? [] : [`at least ${min}`]), ...(max === undefined ? [] : [`at most ${max}`])].join(' and ');
}

function memberOf(answer: unknown, member: string): unknown {
  if (typeof answer !== 'object' || answer === null || !Object.hasOwn(answer, member)) return undefined;
  return (answer as Readonly<Record<string, unknown>>)[member];
}

const MAX_SHOWN = 120;

function shown(value: unknown): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** Undefined for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
