/** As far as EventBridge compares numbers. */
const LIMIT = 5e9;

type Test = (value: number) => boolean;

const BELOW: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
};
const ABOVE: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/**
 * `['=', 5]`, one bound such as `['<', 10]`, or a lower and then an upper bound such as `['>', 0, '<=', 5]`.
 *
 * @throws Error for anything else
 */
export function parseNumeric(given: unknown): Test {
  if (!Array.isArray(given) || given.length === 0) throw new Error('"numeric" must be a list of operators and numbers');
  const [operator, bound, ...more] = given as readonly unknown[];
  const limit = requireNumber(operator, bound);
  if (operator === '=') return only(more, (value) => value === limit);
  const below = typeof operator === 'string' ? BELOW[operator] : undefined;
  if (below) return only(more, (value) => below(value, limit));
  const above = typeof operator === 'string' ? ABOVE[operator] : undefined;
  if (!above) throw new Error(`unrecognized numeric range operator: ${JSON.stringify(operator)}`);
  if (more.length === 0) return (value) => above(value, limit);
  const [secondOperator, secondBound, ...tooMany] = more;
  const upper = requireNumber(secondOperator, secondBound);
  const second = typeof secondOperator === 'string' ? BELOW[secondOperator] : undefined;
  if (!second) throw new Error(`bad numeric range operator: ${JSON.stringify(secondOperator)}`);
  if (upper <= limit) throw new Error(`bottom must be less than top: ${limit} is not less than ${upper}`);
  return only(tooMany, (value) => above(value, limit) && second(value, upper));
}

function only(rest: readonly unknown[], test: Test): Test {
  if (rest.length > 0) throw new Error('too many terms in numeric range expression');
  return test;
}

function requireNumber(operator: unknown, value: unknown): number {
  if (typeof value !== 'number') throw new Error(`value of ${JSON.stringify(operator)} must be numeric, received ${JSON.stringify(value)}`);
  if (Math.abs(value) > LIMIT) throw new Error(`value must be between ${-LIMIT} and ${LIMIT}, received ${value}`);
  return value;
}
