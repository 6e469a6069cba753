import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** DynamoDB's update and condition expressions over one item, as far as they are in use here; anything else throws. Numbers are safe integers. */

export type Item = Readonly<Record<string, AttributeValue>>;

export interface Expression {
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue> | undefined;
}

/** A word, a comparison, or one of `( ) , + -`. */
const TOKEN = /\s*([#:]?\w+|<=|>=|<>|[<>=(),+-])/y;
const CLAUSES = new Set(['SET', 'REMOVE', 'ADD']);

class Reader {
  readonly #tokens: string[] = [];
  #next = 0;

  constructor(
    text: string,
    private readonly item: Item,
    private readonly expression: Expression,
  ) {
    TOKEN.lastIndex = 0;
    for (let end = 0; end < text.trimEnd().length; end = TOKEN.lastIndex) {
      const token = TOKEN.exec(text)?.[1];
      if (token === undefined) throw new Error(`Not understood from ${end} on: ${text}`);
      this.#tokens.push(token);
    }
  }

  peek(): string | undefined {
    return this.#tokens[this.#next];
  }

  take(): string {
    const token = this.#tokens[this.#next++];
    if (token === undefined) throw new Error('The expression ends too early.');
    return token;
  }

  /** Whether the next token is this one, which is taken then. */
  takes(token: string): boolean {
    if (this.peek() !== token) return false;
    this.#next += 1;
    return true;
  }

  expect(token: string): void {
    if (!this.takes(token)) throw new Error(`Expected ${token}, found ${this.peek()}.`);
  }

  path(): string {
    const token = this.take();
    if (!token.startsWith('#')) return token;
    const name = this.expression.ExpressionAttributeNames?.[token];
    if (name === undefined) throw new Error(`${token} is not among the names.`);
    return name;
  }

  /** Undefined for an attribute that is not there. */
  operand(): AttributeValue | undefined {
    if (this.peek()?.startsWith(':')) {
      const value = this.expression.ExpressionAttributeValues?.[this.take()];
      if (value === undefined) throw new Error('A value is not among the values.');
      return value;
    }
    if (!this.takes('if_not_exists')) return this.item[this.path()];
    this.expect('(');
    const current = this.item[this.path()];
    this.expect(',');
    const otherwise = this.operand();
    this.expect(')');
    return current ?? otherwise;
  }

  /** Of the functions that conditions have. */
  test(): boolean {
    const name = this.take();
    this.expect('(');
    const value = this.item[this.path()];
    let result: boolean;
    if (name === 'attribute_exists') result = value !== undefined;
    else if (name === 'attribute_not_exists') result = value === undefined;
    else if (name === 'begins_with') {
      this.expect(',');
      result = value?.S?.startsWith(this.operand()?.S ?? '\0') ?? false;
    } else throw new Error(`No function that is known: ${name}.`);
    this.expect(')');
    return result;
  }
}

export function holds(text: string | undefined, item: Item, expression: Expression): boolean {
  if (text === undefined) return true;
  const reader = new Reader(text, item, expression);
  const result = either(reader);
  if (reader.peek() !== undefined) throw new Error(`Not understood from ${reader.peek()} on: ${text}`);
  return result;
}

function either(reader: Reader): boolean {
  let result = both(reader);
  while (reader.takes('OR')) result = both(reader) || result;
  return result;
}

function both(reader: Reader): boolean {
  let result = condition(reader);
  while (reader.takes('AND')) result = condition(reader) && result;
  return result;
}

function condition(reader: Reader): boolean {
  if (reader.takes('NOT')) return !condition(reader);
  if (reader.takes('(')) {
    const result = either(reader);
    reader.expect(')');
    return result;
  }
  if (/^(attribute_|begins_)/.test(reader.peek() ?? '')) return reader.test();
  const left = reader.operand();
  const comparison = reader.take();
  return compare(left, comparison, reader.operand());
}

/** What is not there, or of another type, compares with nothing. */
function compare(left: AttributeValue | undefined, comparison: string, right: AttributeValue | undefined): boolean {
  const isNumber = left?.N !== undefined && right?.N !== undefined;
  if (!isNumber && (left?.S === undefined || right?.S === undefined)) return false;
  const [a, b] = isNumber ? [Number(left.N), Number(right.N)] : [String(left?.S), String(right?.S)];
  if (comparison === '=') return a === b;
  if (comparison === '<>') return a !== b;
  if (comparison === '<') return a < b;
  if (comparison === '<=') return a <= b;
  if (comparison === '>') return a > b;
  if (comparison === '>=') return a >= b;
  throw new Error(`No comparison that is known: ${comparison}.`);
}

/** @returns the item after it, and which attributes it wrote. Every operand is read from the item before it. */
export function applyUpdate(
  text: string,
  item: Item,
  expression: Expression,
): { readonly item: Item; readonly written: ReadonlySet<string> } {
  const reader = new Reader(text, item, expression);
  const result = new Map(Object.entries(item));
  const written = new Set<string>();
  while (reader.peek() !== undefined) {
    const clause = reader.take();
    if (!CLAUSES.has(clause)) throw new Error(`No clause that is known: ${clause}.`);
    do {
      const name = reader.path();
      if (written.has(name)) throw new Error(`Two parts of an update write ${name}.`);
      written.add(name);
      if (clause === 'REMOVE') result.delete(name);
      else result.set(name, clause === 'ADD' ? sum(item[name] ?? { N: '0' }, reader.operand(), 1) : assigned(reader));
    } while (reader.takes(','));
  }
  return { item: Object.fromEntries(result), written };
}

function assigned(reader: Reader): AttributeValue {
  reader.expect('=');
  const left = reader.operand();
  if (left === undefined) throw new Error('An update reads an attribute that is not there.');
  if (reader.takes('+')) return sum(left, reader.operand(), 1);
  if (reader.takes('-')) return sum(left, reader.operand(), -1);
  return left;
}

function sum(left: AttributeValue, right: AttributeValue | undefined, sign: 1 | -1): AttributeValue {
  const value = Number(left.N) + sign * Number(right?.N);
  if (!Number.isSafeInteger(value)) throw new Error(`No sum of safe integers: ${JSON.stringify([left, right])}.`);
  return { N: String(value) };
}
