import { compileJsonSchema, UnusableSchemaError } from '../../../../../lambdas/gateway/validation/json-schema-check';
import { unicodePattern } from '../../../../../lambdas/gateway/validation/unicode-pattern';

const order = {
  type: 'object',
  properties: {
    items: { type: 'array', items: { $ref: '#/$defs/item' }, minItems: 1 },
    note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    when: { type: 'string', format: 'date' },
  },
  required: ['items'],
  additionalProperties: false,
  $defs: { item: { type: 'object', properties: { price: { type: 'number', minimum: 0 } }, required: ['price'] } },
};

describe('a value that breaks its schema', () => {
  const check = compileJsonSchema(order);

  test.each<[string, unknown, string, string]>([
    ['a missing member', {}, '', 'required'],
    ['a wrong type', { items: 'none' }, 'items', 'type'],
    ['a number below its minimum, behind a reference', { items: [{ price: 1 }, { price: -1 }] }, 'items[1].price', 'minimum'],
    ['a member too many', { items: [{ price: 1 }], extra: 1 }, '', 'additionalProperties'],
    ['neither of two alternatives', { items: [{ price: 1 }], note: 3 }, 'note', 'anyOf'],
    ['a format', { items: [{ price: 1 }], when: 'yesterday' }, 'when', 'format'],
    ['too few', { items: [] }, 'items', 'minItems'],
    ['no object', [], '', 'type'],
  ])('%s is found where it is', (_name, value, path, keyword) => {
    expect(check(value)).toContainEqual({ path, keyword, message: expect.any(String) });
  });

  test('and one that holds breaks nothing', () => {
    expect(check({ items: [{ price: 0.5 }], note: null, when: '2026-11-20' })).toEqual([]);
  });

  test('in many places is told of ten, each once, and in few words', () => {
    const violations = check({ items: Array.from({ length: 50 }, () => ({ price: -1 })), ['x'.repeat(1_000)]: 1 });
    expect(violations).toHaveLength(10);
    expect(new Set(violations.map(({ path }) => path)).size).toBe(10);
    const long = compileJsonSchema({ type: 'object', properties: { a: { enum: ['x'.repeat(5_000)] } } })({ a: 1 });
    expect(long[0]?.message.length).toBe(300);
  });
});

test('drafts before 2020-12 are read as such', () => {
  const tuple = { items: [{ type: 'string' }, { type: 'number' }], additionalItems: false };
  const check = compileJsonSchema({ $schema: 'http://json-schema.org/draft-07/schema#', type: 'object', properties: { pair: tuple } });
  expect(check({ pair: ['a', 1] })).toEqual([]);
  expect(check({ pair: [1, 'a'] }).map(({ path }) => path)).toEqual(['pair[0]', 'pair[1]']);
  const exclusive = { type: 'object', properties: { n: { type: 'number', minimum: 1, exclusiveMinimum: true } } };
  expect(compileJsonSchema({ $schema: 'http://json-schema.org/draft-04/schema#', ...exclusive })({ n: 1 })).toHaveLength(1);
});

test('the schema itself is left as it was', () => {
  const before = JSON.stringify(order);
  compileJsonSchema(order)({ items: [{ price: 1 }] });
  expect(JSON.stringify(order)).toBe(before);
  expect(Object.getOwnPropertyNames(order)).toEqual(Object.keys(order));
});

describe('a schema that cannot be checked by', () => {
  test.each<[string, object, string]>([
    ['a reference to nothing', { $ref: '#/$defs/none' }, '"#/$defs/none" leads nowhere'],
    [
      'a reference to elsewhere',
      { properties: { a: { $ref: 'https://example.com/a.json' } } },
      '"https://example.com/a.json" leads nowhere',
    ],
    ['a pattern that is none', { properties: { a: { pattern: '(' } } }, 'the pattern "("'],
    ['one name twice', { $defs: { a: { $id: 'urn:x:y' }, b: { $id: 'urn:x:y' } } }, 'identifiers cannot be read'],
  ])('by %s is refused', (_name, schema, message) => {
    expect(() => compileJsonSchema(schema)).toThrow(UnusableSchemaError);
    expect(() => compileJsonSchema(schema)).toThrow(message);
  });
});

test('a pattern that would take for ever is no verdict in favour of the value', () => {
  const check = compileJsonSchema({ type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } });
  expect(check({ a: `${'a'.repeat(40)}!` })).toMatchObject([{ keyword: 'timeout' }]);
  expect(check({ a: 'aaa' })).toEqual([]);
});

describe('patterns', () => {
  test.each([
    ['^\\@\\#x$', '^@#x$'],
    ['[\\w\\-.]+\\-x', '[\\w\\-.]+-x'],
    ['\\d{3}\\.\\/', '\\d{3}\\.\\/'],
    ['^\\p{L}+$', '^\\p{L}+$'],
    ['a\\\\b', 'a\\\\b'],
  ])('%s is read as %s', (pattern, read) => {
    expect(unicodePattern(pattern)).toBe(read);
  });

  test('match as they are written, in keys too', () => {
    const check = compileJsonSchema({
      type: 'object',
      patternProperties: { '^\\@': { type: 'string', pattern: '^[a\\-z]+$' } },
      properties: { pattern: true },
    });
    expect(check({ '@x': 'a-z', pattern: 1 })).toEqual([]);
    expect(check({ '@x': 'b' })).toMatchObject([{ path: '@x', keyword: 'pattern' }]);
  });

  test('what is no regular expression at all is undefined', () => {
    expect(unicodePattern('[')).toBeUndefined();
    expect(unicodePattern('a\\')).toBeUndefined();
  });
});
