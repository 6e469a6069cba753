/** A point of a time series; undefined where there is no data. */
type Point = number | undefined;

export interface Expression {
  /** Ids of the metrics that it uses. */
  readonly uses: ReadonlySet<string>;
  /** Its value from one point of each metric. Without data of one that counts, there is none; nor for a division by zero. */
  evaluate(pointOf: (id: string) => Point): Point;
}

/** Metric math that is not evaluated here. */
export class UnsupportedExpressionError extends Error {
  override readonly name = 'UnsupportedExpressionError';
}

type Node = (pointOf: (id: string) => Point) => Point;
type Operator = (left: number, right: number) => Point;

const or: Operator = (a, b) => Number(a !== 0 || b !== 0);
const and: Operator = (a, b) => Number(a !== 0 && b !== 0);

/** From the loosest to the tightest. */
const LEVELS: readonly ReadonlyMap<string, Operator>[] = [
  new Map([
    ['OR', or],
    ['||', or],
  ]),
  new Map([
    ['AND', and],
    ['&&', and],
  ]),
  new Map<string, Operator>([
    ['==', (a, b) => Number(a === b)],
    ['!=', (a, b) => Number(a !== b)],
    ['<=', (a, b) => Number(a <= b)],
    ['>=', (a, b) => Number(a >= b)],
    ['<', (a, b) => Number(a < b)],
    ['>', (a, b) => Number(a > b)],
  ]),
  new Map<string, Operator>([
    ['+', (a, b) => a + b],
    ['-', (a, b) => a - b],
  ]),
  new Map<string, Operator>([
    ['*', (a, b) => a * b],
    ['/', (a, b) => (b === 0 ? undefined : a / b)],
  ]),
];

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z][\w]*)|(\|\||&&|==|!=|<=|>=|[-+*/()<>,]))/y;

/**
 * Reads metric math: numbers, ids, `+ - * /`, comparisons, `AND OR` (`&& ||`) and `IF(condition, then, else)`, as CloudWatch reads them.
 *
 * @throws UnsupportedExpressionError naming what is not among these.
 */
export function parseExpression(text: string): Expression {
  const tokens = tokenize(text);
  const uses = new Set<string>();
  let at = 0;

  const refuse = (): never => {
    throw new UnsupportedExpressionError(`the expression "${text}" at "${tokens[at] ?? 'its end'}"`);
  };
  const take = (expected: string): void => {
    if (tokens[at] !== expected) refuse();
    at += 1;
  };

  function binary(level: number): Node {
    const operators = LEVELS[level];
    if (operators === undefined) return unary();
    let left = binary(level + 1);
    for (;;) {
      const operator = operators.get(tokens[at] ?? '');
      if (operator === undefined) return left;
      at += 1;
      const [first, second] = [left, binary(level + 1)];
      left = (pointOf) => {
        const [a, b] = [first(pointOf), second(pointOf)];
        return a === undefined || b === undefined ? undefined : operator(a, b);
      };
    }
  }

  function unary(): Node {
    if (tokens[at] !== '-') return operand();
    at += 1;
    const inner = unary();
    return (pointOf) => {
      const value = inner(pointOf);
      return value === undefined ? undefined : -value;
    };
  }

  function operand(): Node {
    const token = tokens[at] ?? refuse();
    at += 1;
    if (token === '(') {
      const inner = binary(0);
      take(')');
      return inner;
    }
    if (/^\d/.test(token)) return () => Number(token);
    if (token === 'IF') return condition();
    // Ids begin with a small letter; what begins with a capital is a function.
    if (!/^[a-z]/.test(token) || tokens[at] === '(') {
      at -= 1;
      refuse();
    }
    uses.add(token);
    return (pointOf) => pointOf(token);
  }

  function condition(): Node {
    take('(');
    const test = binary(0);
    take(',');
    const whenTrue = binary(0);
    take(',');
    const whenFalse = binary(0);
    take(')');
    return (pointOf) => {
      const holds = test(pointOf);
      if (holds === undefined) return undefined;
      return holds === 0 ? whenFalse(pointOf) : whenTrue(pointOf);
    };
  }

  const root = binary(0);
  if (at < tokens.length) refuse();
  return { uses, evaluate: root };
}

function tokenize(text: string): readonly string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let end = 0; end < text.trimEnd().length; end = TOKEN.lastIndex) {
    TOKEN.lastIndex = end;
    const match = TOKEN.exec(text);
    if (!match) throw new UnsupportedExpressionError(`the expression "${text}" at "${text.slice(end).trim().charAt(0)}"`);
    tokens.push(match[1] ?? match[2] ?? match[3] ?? '');
  }
  return tokens;
}
