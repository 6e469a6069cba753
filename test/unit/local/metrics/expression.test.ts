import { parseExpression, UnsupportedExpressionError } from '../../../../local/metrics/expression';

const points: Readonly<Record<string, number | undefined>> = { calls: 20, errors: 5, none: undefined, zero: 0, m1: 3, e: 2 };
const valueOf = (text: string) => parseExpression(text).evaluate((id) => points[id]);

test.each([
  ['1', 1],
  ['1 + 2 * 3', 7],
  ['(1 + 2) * 3', 9],
  ['10 - 4 - 3', 3],
  ['100 / 5 / 2', 10],
  ['-m1 + 4', 1],
  ['- - 2', 2],
  ['2.5*e', 5],
  ['100 * errors / calls', 25],
  ['calls >= 20', 1],
  ['calls > 20', 0],
  ['calls <= 20', 1],
  ['calls < 20', 0],
  ['calls == 20', 1],
  ['calls != 20', 0],
  ['calls > 1 AND errors > 9', 0],
  ['calls > 1 && errors > 1', 1],
  ['calls > 99 OR errors > 1', 1],
  ['zero || zero', 0],
  // AND binds tighter than OR.
  ['1 OR 0 AND 0', 1],
  ['IF(calls >= 20 OR errors >= 5, 100 * errors / calls, 0)', 25],
  ['IF(calls > 20, 1, IF(errors > 4, 2, 3))', 2],
])('%s = %d', (text, expected) => {
  expect(valueOf(text)).toBe(expected);
});

test.each(['none', 'none + 1', '-none', 'none > 1', 'IF(none > 1, 1, 2)', '1 / zero', 'IF(1, none, 2)'])('%s has no value', (text) => {
  expect(valueOf(text)).toBeUndefined();
});

test('what is not chosen need not have a value', () => {
  expect(valueOf('IF(zero, none, 7)')).toBe(7);
});

test('says which ids it uses', () => {
  expect([...parseExpression('IF(calls > 1, errors / calls, m1)').uses].toSorted()).toEqual(['calls', 'errors', 'm1']);
});

test.each([
  ['SUM(METRICS())', 'SUM'],
  ["SEARCH('{N,A} M', 'Sum', 300)", "'"],
  ['FILL(m1, 0)', 'FILL'],
  ['rate(m1)', 'rate'],
  ['m1 ^ 2', '^'],
  ['m1 m1', 'm1'],
  ['(m1', 'its end'],
  ['IF(m1, 1)', ')'],
  ['', 'its end'],
  ['1 +', 'its end'],
  ['[m1]', '['],
])('%j is refused, and it is said where', (text, where) => {
  expect(() => parseExpression(text)).toThrow(UnsupportedExpressionError);
  expect(() => parseExpression(text)).toThrow(`the expression "${text}" at "${where}"`);
});
