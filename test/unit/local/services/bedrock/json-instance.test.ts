import * as z from 'zod';
import { instanceOf } from '../../../../../local/services/bedrock/json-instance';
import type { JsonObject } from '../../../../../local/services/bedrock/model';

const of = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({ type: 'object', properties, ...more });
const node = of(
  { value: { type: 'integer' }, next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
  { required: ['value', 'next'] },
);

it.each<[string, JsonObject, unknown]>([
  ['any type', of({ a: {}, b: true }), { a: 'simulated', b: 'simulated' }],
  [
    'each type',
    of({ s: { type: 'string' }, i: { type: 'integer' }, n: { type: 'number' }, b: { type: 'boolean' }, x: { type: 'null' } }),
    { s: 'simulated', i: 0, n: 0, b: true, x: null },
  ],
  ['several types', of({ a: { type: ['null', 'integer'] } }), { a: 0 }],
  ['an inferred type', of({ a: { properties: { b: { enum: ['x', 'y'] } } }, c: { items: { const: 5 } } }), { a: { b: 'x' }, c: [5] }],
  ['a required member without a schema', { type: 'object', required: ['a'] }, { a: 'simulated' }],
  [
    'a number of members',
    { type: 'object', minProperties: 2, additionalProperties: { type: 'integer' } },
    { simulated0: 0, simulated1: 0 },
  ],
  ['items', of({ a: { type: 'array', minItems: 2, items: { type: 'integer' } }, b: { type: 'array', maxItems: 0 } }), { a: [0, 0], b: [] }],
  ['a tuple', of({ a: { type: 'array', prefixItems: [{ const: 1 }, { const: 'x' }], minItems: 2 } }), { a: [1, 'x'] }],
  [
    'items that differ',
    of({ a: { type: 'array', uniqueItems: true, minItems: 3, items: { enum: ['x', 'y', 'z'] } } }),
    { a: ['x', 'y', 'z'] },
  ],
  ['a branch', of({ a: { anyOf: [{ type: 'integer' }, { type: 'string' }] }, b: { oneOf: [false, { const: 2 }] } }), { a: 0, b: 2 }],
  [
    'all of several',
    of({ a: { allOf: [of({ b: { const: 1 } }, { required: ['b'] }), of({ c: { const: 2 } }, { required: ['c'] })] } }),
    { a: { b: 1, c: 2 } },
  ],
  ['a reference', { ...of({ a: { $ref: '#/$defs/x~1y' } }), $defs: { 'x/y': { type: 'integer', minimum: 3 } } }, { a: 3 }],
  ['a list that refers to itself', { ...of({ a: { $ref: '#/$defs/node' } }), $defs: { node } }, { a: { value: 0, next: null } }],
  ['a tree that refers to the root', of({ a: { type: 'array', items: { $ref: '#' } } }), { a: [{ a: [] }] }],
  [
    'bounds',
    of({
      a: { type: 'integer', minimum: 5 },
      b: { type: 'number', maximum: -2.5 },
      c: { type: 'integer', exclusiveMinimum: 5 },
      d: { type: 'integer', minimum: 3, multipleOf: 5 },
    }),
    { a: 5, b: -2.5, c: 6, d: 5 },
  ],
  ['lengths', of({ a: { type: 'string', maxLength: 3 }, b: { type: 'string', minLength: 12 } }), { a: 'sim', b: 'simulated si' }],
  ['a pattern', of({ a: { type: 'string', pattern: '^[A-Z]{3}-\\d{4}$' } }), { a: 'ABC-1234' }],
])('%s', (_name, schema, expected) => {
  expect(instanceOf(schema)).toEqual(expected);
});

it.each<[string, JsonObject]>([
  ['nothing', of({ a: false }, { required: ['a'] })],
  [
    'a number between two that follow each other',
    of({ a: { type: 'integer', exclusiveMinimum: 1, exclusiveMaximum: 2 } }, { required: ['a'] }),
  ],
  ['a member that is not allowed', of({}, { required: ['a'], additionalProperties: false })],
  [
    'more differing items than there are',
    of({ a: { type: 'array', uniqueItems: true, minItems: 3, items: { type: 'boolean' } } }, { required: ['a'] }),
  ],
  [
    'no end',
    { ...of({ a: { $ref: '#/$defs/a' } }, { required: ['a'] }), $defs: { a: of({ a: { $ref: '#/$defs/a' } }, { required: ['a'] }) } },
  ],
  ['a pattern of no text known here', of({ a: { type: 'string', pattern: '^xyzzy{9}$' } })],
  ['something outside it', of({ a: { $ref: 'https://example.com/schema' } })],
  ['something that is not there', of({ a: { $ref: '#/$defs/a' } })],
  ['more text than is sensible', of({ a: { type: 'string', minLength: 10_000_000 } })],
])('refuses a schema that asks for %s', (_name, schema) => {
  expect(() => instanceOf(schema)).toThrow(expect.objectContaining({ code: 'ValidationException' }));
});

it('ends where definitions refer to each other in every way', () => {
  const names = Array.from({ length: 12 }, (_, index) => `d${index}`);
  const all = Object.fromEntries(names.map((name) => [name, { $ref: `#/$defs/${name}` }]));
  const $defs = Object.fromEntries(names.map((name) => [name, of(all)]));
  expect(instanceOf({ ...of(all), $defs })).toBeDefined();
});

const schemas: Record<string, z.ZodType> = {
  formats: z.object({
    a: z.iso.datetime(),
    b: z.iso.date(),
    c: z.email(),
    d: z.url(),
    e: z.uuid(),
    f: z.ipv4(),
    g: z.iso.time(),
    h: z.ipv6(),
  }),
  numbers: z.object({
    a: z.int().min(-10).max(-5),
    b: z.number().gt(0).lt(1),
    c: z.number().multipleOf(0.25).gt(1),
    d: z.int().multipleOf(7).max(-1),
    e: z.number().positive(),
    f: z.number().negative(),
    g: z.number().min(3).max(3),
  }),
  structures: z.object({
    kind: z.discriminatedUnion('type', [z.object({ type: z.literal('a'), n: z.number() }), z.object({ type: z.literal('b') })]),
    list: z
      .array(
        z.object({
          name: z.string().min(20).max(25),
          tags: z
            .array(z.enum(['x', 'y']))
            .min(2)
            .max(4),
        }),
      )
      .min(3),
    map: z.record(z.string(), z.number()),
    maybe: z.string().nullable(),
    other: z.number().optional(),
    pair: z.tuple([z.string(), z.boolean()]),
  }),
};

it.each(Object.entries(schemas))('what it makes is what the schema allows: %s', (_name, schema) => {
  const instance = instanceOf(z.toJSONSchema(schema));
  expect(schema.safeParse(instance)).toMatchObject({ success: true });
});
