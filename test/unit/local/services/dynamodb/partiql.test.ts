import * as fc from 'fast-check';
import {
  BatchExecuteStatementCommand,
  DuplicateItemException,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import { ServiceError } from '../../../../../local/service';
import { parseStatement } from '../../../../../local/services/dynamodb/partiql';
import { auditTable, Harness } from './harness';

describe('parseStatement', () => {
  const item = (text: string, ...parameters: readonly Record<string, unknown>[]) => parseStatement(text, parameters).item;

  test.each<[string, Record<string, unknown>]>([
    [`INSERT INTO "t" VALUE {'pk': 'x'}`, { pk: { S: 'x' } }],
    [`insert into t value {'pk':'x'}`, { pk: { S: 'x' } }],
    [` INSERT\n INTO\t"t"\r\nVALUE { 'pk' : 'x' } `, { pk: { S: 'x' } }],
    [`INSERT INTO t VALUE {'a': 'it''s', 'b': ''}`, { a: { S: "it's" }, b: { S: '' } }],
    [`INSERT INTO t VALUE {'a': 1, 'b': -2.5, 'c': 1e3, 'd': .5}`, { a: { N: '1' }, b: { N: '-2.5' }, c: { N: '1e3' }, d: { N: '.5' } }],
    [`INSERT INTO t VALUE {'a': true, 'b': FALSE, 'c': null}`, { a: { BOOL: true }, b: { BOOL: false }, c: { NULL: true } }],
    [
      `INSERT INTO t VALUE {'a': [1, 'x', []], 'b': {'c': {}}}`,
      { a: { L: [{ N: '1' }, { S: 'x' }, { L: [] }] }, b: { M: { c: { M: {} } } } },
    ],
    [`INSERT INTO t VALUE {'a': <<1, 2>>, 'b': <<'x'>>}`, { a: { NS: ['1', '2'] }, b: { SS: ['x'] } }],
    [`INSERT INTO t VALUE {'weird '' key': 1}`, { "weird ' key": { N: '1' } }],
    [`INSERT INTO t VALUE {}`, {}],
  ])('%s', (text, expected) => {
    expect(parseStatement(text, [])).toEqual({ verb: 'INSERT', table: 't', item: expected });
  });

  test('parameters stand where their marks do, also inside lists and maps', () => {
    expect(item(`INSERT INTO t VALUE {'pk': ?, 'l': [?, 2], 'm': {'x': ?}}`, { S: 'a' }, { N: '1' }, { L: [{ S: '?' }] })).toEqual({
      pk: { S: 'a' },
      l: { L: [{ N: '1' }, { N: '2' }] },
      m: { M: { x: { L: [{ S: '?' }] } } },
    });
    expect(item(`INSERT INTO t VALUE {'pk': '?'}`)).toEqual({ pk: { S: '?' } });
  });

  test.each([
    [`SELECT * FROM "t"."by-day" WHERE pk = 'x'`, { verb: 'SELECT', table: 't', indexName: 'by-day' }],
    [`SELECT 'FROM x', "FROM" from t`, { verb: 'SELECT', table: 't' }],
    [`EXISTS(SELECT * FROM "t" WHERE pk = 'x')`, { verb: 'EXISTS', table: 't' }],
    [`UPDATE "t" SET a = 1`, { verb: 'UPDATE', table: 't' }],
    [`DELETE FROM t WHERE pk = 'x'`, { verb: 'DELETE', table: 't' }],
  ])('of other verbs it reads the table: %s', (text, expected) => {
    expect(parseStatement(text, [])).toEqual(expected);
  });

  test.each([
    [
      '',
      "Statement wasn't well formed, can't be processed: expected INSERT or SELECT or UPDATE or DELETE or EXISTS at position 1, found the end",
    ],
    ['DROP TABLE t', 'expected INSERT or SELECT or UPDATE or DELETE or EXISTS at position 1, found "DROP TABLE t"'],
    [`INSERT "t" VALUE {}`, 'expected INTO at position 7'],
    [`INSERT INTO my-table VALUE {'a': 1}`, 'expected VALUE at position 15, found "-table VALUE'],
    [`INSERT INTO 't' VALUE {}`, 'expected a table name, in double quotes'],
    [`INSERT INTO t VALUES {'a': 1}`, 'expected VALUE at position 14'],
    [`INSERT INTO t.i VALUE {'a': 1}`, 'expected VALUE at position 14'],
    [`INSERT INTO t VALUE {"a": 1}`, 'expected an attribute name in single quotes at position 22'],
    [`INSERT INTO t VALUE {'a' 1}`, 'expected : at position 26'],
    [`INSERT INTO t VALUE {'a': 1`, 'expected , at position 28, found the end'],
    [`INSERT INTO t VALUE {'a': 'x}`, "a ' that is not closed"],
    [`INSERT INTO t VALUE {'a': x}`, 'expected TRUE or FALSE or NULL at position 27, found "x}"'],
    [`INSERT INTO t VALUE {'a': 1, 'a': 2}`, 'the attribute "a" stands twice'],
    [`INSERT INTO t VALUE {'a': 1} RETURNING ALL OLD *`, 'expected the end of the statement at position 30'],
    [`INSERT INTO t VALUE {'a': 1};`, 'expected the end of the statement'],
    [`INSERT INTO t VALUE {'a': <<>>}`, 'a set holds one or more values'],
    [`INSERT INTO t VALUE {'a': <<1, 'x'>>}`, 'a set holds one or more values'],
    [`INSERT INTO t VALUE {'a': ?}`, "Number of parameters in request and statement don't match"],
    ['SELECT 1', 'expected FROM'],
    ['UPDATE', 'expected a table name'],
    [`INSERT INTO t VALUE {'a': ${'['.repeat(40)}`, 'Nesting Levels have exceeded supported limits'],
  ])('refuses %s', (text, message) => {
    expect(() => parseStatement(text, [])).toThrow(message);
    expect(() => parseStatement(text, [])).toThrow(ServiceError);
  });

  test('refuses parameters that are left over', () => {
    expect(() => item(`INSERT INTO t VALUE {'a': 1}`, { S: 'x' })).toThrow(
      "Number of parameters in request and statement don't match: the statement has 0, the request 1.",
    );
  });

  test('reads back whatever a literal can say', () => {
    const { value } = fc.letrec<{ value: AttributeValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string().map((S) => ({ S })),
        fc.integer().map((n) => ({ N: String(n) })),
        fc.boolean().map((BOOL) => ({ BOOL })),
        fc.constant({ NULL: true as const }),
        fc.array(tie('value'), { maxLength: 3 }).map((L) => ({ L })),
        fc.dictionary(fc.string(), tie('value'), { maxKeys: 3 }).map((M) => ({ M })),
      ),
    }));
    const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;
    const literal = (of: AttributeValue): string => {
      if (of.S !== undefined) return quote(of.S);
      if (of.N !== undefined) return of.N;
      if (of.BOOL !== undefined) return String(of.BOOL);
      if (of.L) return `[${of.L.map(literal).join(', ')}]`;
      if (of.M)
        return `{${Object.entries(of.M)
          .map(([name, inner]) => `${quote(name)}: ${literal(inner)}`)
          .join(', ')}}`;
      return 'null';
    };
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), (expected) => {
        expect(item(`INSERT INTO "t" VALUE ${literal({ M: expected })}`)).toEqual({ ...expected });
      }),
    );
  });

  test('any text is either read or refused as a statement', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom('INSERT', 'INTO', 'VALUE', 't', '"', "'", '{', '}', '[', '<<', '>>', ',', ':', '?', '1', ' ', 'FROM', 'SELECT'),
          { maxLength: 20 },
        ),
        (tokens) => {
          try {
            parseStatement(tokens.join(' '), []);
          } catch (error) {
            expect(error).toBeInstanceOf(ServiceError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('through the client', () => {
  const TABLE = auditTable.name;
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start();
  });
  afterAll(() => harness.stop());

  const insert = (pk: string, sk = 'INTENT', ...more: readonly AttributeValue[]) => ({
    Statement: `INSERT INTO "${TABLE}" VALUE {'pk': ?, 'sk': ?${more.length > 0 ? ", 'body': ?" : ''}}`,
    Parameters: [{ S: pk }, { S: sk }, ...more],
  });
  const execute = (statement: { Statement: string; Parameters?: AttributeValue[] }) =>
    harness.client.send(new ExecuteStatementCommand(statement));
  const get = async (pk: string, sk = 'INTENT') =>
    (await harness.client.send(new GetItemCommand({ TableName: TABLE, Key: { pk: { S: pk }, sk: { S: sk } } }))).Item;

  test('inserts, and never twice', async () => {
    expect((await execute(insert('a', 'INTENT', { S: 'first' }))).Items).toEqual([]);
    await expect(execute(insert('a', 'INTENT', { S: 'second' }))).rejects.toThrow(DuplicateItemException);
    await expect(execute(insert('a'))).rejects.toThrow('Duplicate primary key exists in table');
    await execute(insert('a', 'SETTLEMENT'));
    expect(await get('a')).toEqual({ pk: { S: 'a' }, sk: { S: 'INTENT' }, body: { S: 'first' } });
  });

  test('an item that was put is not inserted over', async () => {
    await harness.client.send(new PutItemCommand({ TableName: TABLE, Item: { pk: { S: 'p' }, sk: { S: 'INTENT' }, n: { N: '1' } } }));
    await expect(execute(insert('p'))).rejects.toThrow(DuplicateItemException);
    expect(await get('p')).toMatchObject({ n: { N: '1' } });
  });

  test('of 100 inserts of one key exactly one wins, and its item is the one that stays', async () => {
    const attempts = Array.from({ length: 100 }, (_, index) =>
      execute(insert('race', 'INTENT', { N: String(index) })).then(
        () => index,
        (error: Error) => error,
      ),
    );
    const outcomes = await Promise.all(attempts);
    const winners = outcomes.filter((outcome) => typeof outcome === 'number');
    expect(winners).toHaveLength(1);
    for (const loser of outcomes.filter((outcome) => typeof outcome !== 'number')) expect(loser).toBeInstanceOf(DuplicateItemException);
    expect(await get('race')).toMatchObject({ body: { N: String(winners[0]) } });
  });

  test.each([
    ['no sort key', { Statement: `INSERT INTO "${TABLE}" VALUE {'pk': 'x'}` }, 'Missing the key sk in the item'],
    [
      'a key of another type',
      { Statement: `INSERT INTO "${TABLE}" VALUE {'pk': 1, 'sk': 'x'}` },
      'Type mismatch for key pk expected: S actual: N',
    ],
    [
      'an empty parameter',
      { Statement: `INSERT INTO "${TABLE}" VALUE {'pk': 'x', 'sk': ?}`, Parameters: [{} as AttributeValue] },
      'Supplied AttributeValue is empty',
    ],
    ['too few parameters', { Statement: `INSERT INTO "${TABLE}" VALUE {'pk': ?, 'sk': ?}`, Parameters: [{ S: 'x' }] }, "don't match"],
    ['another table', { Statement: `INSERT INTO "No-Such" VALUE {'pk': 'x'}` }, 'Requested resource not found'],
    ['a statement that is too long', { Statement: `INSERT INTO "${TABLE}" VALUE {'pk': '${'x'.repeat(8200)}'}` }, 'Statement: Too big'],
    ['a number out of range', { Statement: `INSERT INTO "${TABLE}" VALUE {'pk': 'x', 'sk': 'y', 'n': 1e999}` }, 'Number overflow'],
    ['an unknown member', { Statement: 'SELECT * FROM t', Foo: 1 }, 'request: Unrecognized key'],
  ])('refuses %s', async (_, statement, message) => {
    await expect(harness.raw('ExecuteStatement', statement)).rejects.toThrow(message);
  });

  test.each([
    ['SELECT', `SELECT * FROM "${TABLE}"`],
    ['UPDATE', `UPDATE "${TABLE}" SET a = 1 WHERE pk = 'x' AND sk = 'y'`],
    ['DELETE', `DELETE FROM "${TABLE}" WHERE pk = 'a' AND sk = 'INTENT'`],
    ['EXISTS', `EXISTS(SELECT * FROM "${TABLE}" WHERE pk = 'a')`],
  ])('%s is refused by its name, alone and in a batch', async (verb, Statement) => {
    const message = `PartiQL ${verb} is not emulated locally.`;
    await expect(execute({ Statement })).rejects.toThrow(message);
    const batch = new BatchExecuteStatementCommand({ Statements: [insert(`beside-${verb}`), { Statement }] });
    await expect(harness.client.send(batch)).rejects.toThrow(message);
    expect(await get(`beside-${verb}`)).toBeUndefined();
  });

  test('in a batch statements fail one by one', async () => {
    await execute(insert('d1'));
    const Statements = [
      insert('d0'),
      insert('d1'),
      { Statement: 'INSERT nonsense' },
      { Statement: `INSERT INTO "No-Such" VALUE {'pk': 'x'}` },
      insert('d2'),
      insert('d2'),
    ];
    const { Responses } = await harness.client.send(new BatchExecuteStatementCommand({ Statements }));
    expect(Responses?.map(({ Error: error }) => error?.Code)).toEqual([
      undefined,
      'DuplicateItem',
      'ValidationError',
      'ResourceNotFound',
      undefined,
      'DuplicateItem',
    ]);
    expect(Responses?.map(({ TableName }) => TableName)).toEqual([TABLE, TABLE, undefined, 'No-Such', TABLE, TABLE]);
    expect(Responses?.[1]?.Error?.Message).toBe('Duplicate primary key exists in table');
    expect(await get('d0')).toBeDefined();
    expect(await get('d2')).toBeDefined();
  });

  test('a batch holds 25 statements, not 26 nor none', async () => {
    const send = (count: number) =>
      harness.client.send(
        new BatchExecuteStatementCommand({ Statements: Array.from({ length: count }, (_, index) => insert(`n${count}-${index}`)) }),
      );
    expect((await send(25)).Responses).toHaveLength(25);
    await expect(send(26)).rejects.toThrow('Statements: Too big');
    expect(await get('n26-0')).toBeUndefined();
    await expect(send(0)).rejects.toThrow('Statements: Too small');
  });

  test('consumed capacity is told where it is asked for', async () => {
    const one = await harness.client.send(new ExecuteStatementCommand({ ...insert('cc1'), ReturnConsumedCapacity: 'TOTAL' }));
    expect(one.ConsumedCapacity).toMatchObject({ TableName: TABLE, CapacityUnits: 1 });
    const batch = await harness.client.send(
      new BatchExecuteStatementCommand({ Statements: [insert('cc2'), insert('cc3')], ReturnConsumedCapacity: 'TOTAL' }),
    );
    expect(batch.ConsumedCapacity).toHaveLength(2);
  });
});
