import type { AttributeValue, Item } from './engine';
import { validationError } from './errors';
import { malformed, PartiqlScanner } from './partiql-scanner';

/** DynamoDB's own limit on nesting. */
const MAX_DEPTH = 32;

export type Verb = 'INSERT' | 'SELECT' | 'UPDATE' | 'DELETE' | 'EXISTS';

export interface ParsedStatement {
  readonly verb: Verb;
  /** Name or ARN. */
  readonly table: string;
  readonly indexName?: string;
  /** What an INSERT puts; other verbs are read only as far as their table. */
  readonly item?: Item;
}

/**
 * Reads one PartiQL statement: `INSERT INTO "table" VALUE {'pk': ?, 'sk': 'x', …}` in full, with the parameters in place of its `?`s.
 * Throws ServiceError (ValidationException) with the position of what cannot be read.
 */
export function parseStatement(text: string, parameters: readonly AttributeValue[]): ParsedStatement {
  const scanner = new PartiqlScanner(text);
  const verb = scanner.expectWord('INSERT', 'SELECT', 'UPDATE', 'DELETE', 'EXISTS');
  switch (verb) {
    case 'INSERT':
      return parseInsert(scanner, parameters);
    case 'UPDATE':
      return { verb, ...parseTable(scanner) };
    case 'DELETE':
      scanner.expectWord('FROM');
      return { verb, ...parseTable(scanner) };
    default:
      scanner.skipPast('FROM');
      return { verb, ...parseTable(scanner) };
  }
}

function parseInsert(scanner: PartiqlScanner, parameters: readonly AttributeValue[]): ParsedStatement {
  scanner.expectWord('INTO');
  const table = scanner.expectName();
  scanner.expectWord('VALUE');
  const values = new ValueReader(scanner, parameters);
  scanner.expectSymbol('{');
  const item = values.readMembers(1);
  if (!scanner.isAtEnd) throw scanner.error('expected the end of the statement');
  values.assertAllUsed();
  return { verb: 'INSERT', table, item };
}

function parseTable(scanner: PartiqlScanner): Pick<ParsedStatement, 'table' | 'indexName'> {
  const table = scanner.expectName();
  return scanner.takeSymbol('.') ? { table, indexName: scanner.expectName() } : { table };
}

class ValueReader {
  #used = 0;

  constructor(
    private readonly scanner: PartiqlScanner,
    private readonly parameters: readonly AttributeValue[],
  ) {}

  assertAllUsed(): void {
    if (this.#used === this.parameters.length) return;
    throw validationError(
      `Number of parameters in request and statement don't match: the statement has ${this.#used}, the request ${this.parameters.length}.`,
    );
  }

  /** Members of a map whose `{` has been read, up to its `}`. */
  readMembers(depth: number): Item {
    const members = new Map<string, AttributeValue>();
    while (!this.scanner.takeSymbol('}')) {
      if (members.size > 0) this.scanner.expectSymbol(',');
      const name = this.scanner.takeString();
      if (name === undefined) throw this.scanner.error('expected an attribute name in single quotes');
      if (members.has(name)) throw malformed(`the attribute ${JSON.stringify(name)} stands twice`);
      this.scanner.expectSymbol(':');
      members.set(name, this.#readValue(depth));
    }
    return Object.fromEntries(members);
  }

  #readValue(depth: number): AttributeValue {
    const { scanner } = this;
    if (depth > MAX_DEPTH) throw validationError(`Nesting Levels have exceeded supported limits: more than ${MAX_DEPTH}.`);
    if (scanner.takeSymbol('?')) return this.#nextParameter();
    if (scanner.takeSymbol('{')) return { M: this.readMembers(depth + 1) };
    if (scanner.takeSymbol('[')) return { L: this.#readElements(']', depth + 1) };
    if (scanner.takeSymbol('<<')) return this.#readSet(depth + 1);
    const text = scanner.takeString();
    if (text !== undefined) return { S: text };
    const number = scanner.takeNumber();
    return number === undefined ? this.#readWord() : { N: number };
  }

  #readWord(): AttributeValue {
    const word = this.scanner.expectWord('TRUE', 'FALSE', 'NULL');
    return word === 'NULL' ? { NULL: true } : { BOOL: word === 'TRUE' };
  }

  #readElements(end: string, depth: number): readonly AttributeValue[] {
    const elements: AttributeValue[] = [];
    while (!this.scanner.takeSymbol(end)) {
      if (elements.length > 0) this.scanner.expectSymbol(',');
      elements.push(this.#readValue(depth));
    }
    return elements;
  }

  #readSet(depth: number): AttributeValue {
    const elements = this.#readElements('>>', depth);
    const types = new Set(elements.flatMap((element) => Object.keys(element)));
    const [type = ''] = types;
    if (types.size !== 1 || !['S', 'N', 'B'].includes(type))
      throw malformed('a set holds one or more values, all strings, all numbers or all binary');
    return { [`${type}S`]: elements.map((element) => element[type]) };
  }

  #nextParameter(): AttributeValue {
    const parameter = this.parameters[this.#used++];
    if (parameter) return parameter;
    throw validationError(
      `Number of parameters in request and statement don't match: the statement has more than the ${this.parameters.length} of the request.`,
    );
  }
}
