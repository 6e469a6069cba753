import { evaluateConditions, supportedConditionOperators } from '../../../../local/iam/conditions';
import type { ConditionContext } from '../../../../local/iam/types';

type Case = readonly [operator: string, expected: unknown, actual: string | readonly string[] | undefined, holds: boolean];

const cases: readonly Case[] = [
  ['StringEquals', 'a', 'a', true],
  ['StringEquals', ['b', 'a'], 'a', true],
  ['StringEquals', 'a', 'A', false],
  ['StringEquals', 'a*', 'ab', false],
  ['StringEquals', 'a', undefined, false],
  ['StringEquals', [], 'a', false],
  ['StringNotEquals', 'a', 'b', true],
  ['StringNotEquals', ['a', 'b'], 'b', false],
  ['StringNotEquals', 'a', undefined, true],
  ['StringEqualsIgnoreCase', 'AbC', 'aBc', true],
  ['StringEqualsIgnoreCase', 'AbC', 'abd', false],
  ['StringNotEqualsIgnoreCase', 'AbC', 'aBc', false],
  ['StringNotEqualsIgnoreCase', 'AbC', 'abd', true],
  ['StringLike', 'tenant-*', 'tenant-1', true],
  ['StringLike', 'tenant-?', 'tenant-12', false],
  ['StringLike', 'Tenant-*', 'tenant-1', false],
  ['StringNotLike', 'tenant-*', 'tenant-1', false],
  ['StringNotLike', 'tenant-*', 'other', true],
  ['StringEqualsIfExists', 'a', undefined, true],
  ['StringEqualsIfExists', 'a', 'b', false],
  ['StringNotEqualsIfExists', 'a', undefined, true],
  ['StringNotEqualsIfExists', 'a', 'a', false],

  ['ArnEquals', 'arn:aws:sns:*:*:topic', 'arn:aws:sns:eu-west-1:1:topic', true],
  ['ArnEquals', 'arn:aws:sns:*:*:topic', 'arn:aws:sns:eu-west-1:1:topics', false],
  ['ArnLike', 'arn:aws:sns:*:topic', 'arn:aws:sns:eu-west-1:1:topic', false],
  ['ArnLike', 'arn:aws:sns:*:*:t*', 'arn:aws:sns:eu-west-1:1:topic', true],
  ['ArnNotEquals', 'arn:aws:sns:*:*:topic', 'arn:aws:sns:eu-west-1:1:topic', false],
  ['ArnNotEquals', 'arn:aws:sns:*:*:topic', 'arn:aws:sns:eu-west-1:1:other', true],
  ['ArnNotLike', 'arn:aws:sns:*:*:t*', 'arn:aws:sns:eu-west-1:1:topic', false],
  ['ArnNotLike', 'arn:aws:sns:*:*:u*', 'arn:aws:sns:eu-west-1:1:topic', true],

  ['Bool', 'true', 'true', true],
  ['Bool', true, 'TRUE', true],
  ['Bool', false, 'true', false],
  ['Bool', 'false', undefined, false],
  ['BoolIfExists', 'false', undefined, true],

  ['Null', 'true', undefined, true],
  ['Null', true, 'x', false],
  ['Null', 'false', 'x', true],
  ['Null', false, undefined, false],
  ['Null', 'true', [], true],

  ['NumericEquals', '10', '10.0', true],
  ['NumericEquals', 10, '11', false],
  ['NumericEquals', 10, 'ten', false],
  ['NumericEquals', 0, '', false],
  ['NumericNotEquals', 10, '11', true],
  ['NumericNotEquals', 10, '10', false],
  ['NumericLessThan', 10, '9', true],
  ['NumericLessThan', 10, '10', false],
  ['NumericLessThanEquals', 10, '10', true],
  ['NumericLessThanEquals', 10, '10.5', false],
  ['NumericGreaterThan', 10, '11', true],
  ['NumericGreaterThan', 10, '10', false],
  ['NumericGreaterThanEquals', 10, '10', true],
  ['NumericGreaterThanEquals', 10, '9', false],
  ['NumericLessThan', 10, 'NaN', false],
  ['NumericLessThan', 10, '-Infinity', false],

  ['DateEquals', '2026-01-01T00:00:00Z', '1767225600', true],
  ['DateEquals', '2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', false],
  ['DateNotEquals', '2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', true],
  ['DateLessThan', '2026-01-01T00:00:00Z', '2025-12-31T23:59:59Z', true],
  ['DateLessThan', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', false],
  ['DateLessThanEquals', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', true],
  ['DateGreaterThan', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', true],
  ['DateGreaterThan', '2026-01-01T00:00:00Z', 'yesterday', false],
  ['DateNotEquals', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', false],
  ['DateLessThanEquals', '2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', false],
  ['DateGreaterThanEquals', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', true],
  ['DateGreaterThanEquals', '2026-01-01T00:00:00Z', '2025-01-02T00:00:00Z', false],

  ['IpAddress', '10.0.0.0/8', '10.1.2.3', true],
  ['IpAddress', '10.0.0.0/8', '11.1.2.3', false],
  ['IpAddress', '10.1.2.3', '10.1.2.3', true],
  ['IpAddress', ['2001:db8::/32', '10.0.0.0/8'], '2001:db8::1', true],
  ['IpAddress', '10.0.0.0/33', '10.0.0.1', false],
  ['IpAddress', 'nonsense', '10.0.0.1', false],
  ['IpAddress', '10.0.0.0/8', 'nonsense', false],
  ['NotIpAddress', '10.0.0.0/8', '11.1.2.3', true],
  ['NotIpAddress', '10.0.0.0/8', '10.1.2.3', false],

  ['ForAnyValue:StringEquals', ['a', 'b'], ['c', 'a'], true],
  ['ForAnyValue:StringEquals', ['a', 'b'], ['c', 'd'], false],
  ['ForAnyValue:StringEquals', ['a', 'b'], undefined, false],
  ['ForAnyValue:StringEqualsIfExists', ['a', 'b'], undefined, true],
  ['ForAnyValue:StringNotEquals', 'a', ['a', 'b'], true],
  ['ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'b'], false],
  ['ForAnyValue:StringNotEquals', 'a', undefined, false],
  ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b', 'a'], true],
  ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'c'], false],
  ['ForAllValues:StringEquals', ['a'], undefined, true],
  ['ForAllValues:StringNotEquals', ['a'], ['b', 'c'], true],
  ['ForAllValues:StringNotEquals', ['a'], ['b', 'a'], false],
  ['ForAllValues:StringLike', 'tenant-*', ['tenant-1', 'tenant-2'], true],
  // Several values without a quantifier.
  ['StringEquals', 'a', ['b', 'a'], true],
  ['StringNotEquals', 'a', ['b', 'a'], false],
];

const contextOf = (actual: Case[2]): ConditionContext => (actual === undefined ? {} : { 'service:key': actual });

test.each(cases)('%s %j against %j: %s', (operator, expected, actual, holds) => {
  expect(evaluateConditions({ [operator]: { 'Service:Key': expected } }, contextOf(actual))).toEqual({ holds });
});

test('every supported operator is exercised above, both ways', () => {
  for (const operator of supportedConditionOperators) {
    const outcomes = cases.filter(([name]) => name === operator).map(([, , , holds]) => holds);
    expect([operator, new Set(outcomes)]).toEqual([operator, new Set([true, false])]);
  }
  expect(supportedConditionOperators.length).toBe(26);
});

test('conditions are joined by and, of operators and of keys', () => {
  const context = { a: '1', b: '2' };
  expect(evaluateConditions({ StringEquals: { a: '1', b: '2' }, StringLike: { a: '*' } }, context)).toEqual({ holds: true });
  expect(evaluateConditions({ StringEquals: { a: '1', b: 'x' } }, context)).toEqual({ holds: false });
  expect(evaluateConditions({ StringEquals: { a: '1' }, StringLike: { b: 'x' } }, context)).toEqual({ holds: false });
  expect(evaluateConditions(undefined, context)).toEqual({ holds: true });
});

test.each([
  [{ BinaryEquals: { k: 'QQ==' } }, 'the condition operator BinaryEquals'],
  [{ stringequals: { k: 'a' } }, 'the condition operator stringequals'],
  [{ 'ForSomeValues:StringEquals': { k: 'a' } }, 'the condition operator ForSomeValues:StringEquals'],
  [{ NullIfExists: { k: 'true' } }, 'the condition operator NullIfExists'],
  [{ constructor: { k: 'a' } }, 'the condition operator constructor'],
  [{ StringEquals: { k: { Ref: 'Table' } } }, 'the value of the condition StringEquals on k (it is not resolved to text)'],
  [{ StringEquals: { k: 'a${aws:username}b' } }, 'the policy variable ${aws:username} in the condition StringEquals'],
])('%j is not supported', (condition, unsupported) => {
  expect(evaluateConditions(condition, { k: 'a' })).toEqual({ unsupported });
});
