import * as z from 'zod';
import { jsonSchemaObject } from '../../../../../lambdas/gateway/openai/json-schema';

const of = (a: unknown) => ({ type: 'object', properties: { a } });

test.each<[string, unknown]>([
  ['an empty one', {}],
  ['booleans', of(true)],
  [
    'what zod makes',
    z.toJSONSchema(z.object({ a: z.array(z.union([z.string().regex(/^a\/b$/), z.null()])).max(3), b: z.record(z.string(), z.int()) })),
  ],
  ['references', { type: 'object', properties: { a: { $ref: '#/$defs/a' } }, $defs: { a: of({ type: ['string', 'null'] }) } }],
  ['keywords that nobody knows', of({ 'x-order': 1 })],
  ['a keyword named as a member of every object', of({ constructor: 1 })],
  ['tuples of both kinds', of({ anyOf: [{ items: [{}, {}] }, { prefixItems: [{}] }] })],
])('takes %s', (_name, schema) => {
  expect(jsonSchemaObject.safeParse(schema)).toMatchObject({ success: true });
});

test.each<[string, unknown, PropertyKey[], string]>([
  ['another type at the root', { type: 'string' }, ['type'], '"object"'],
  ['a schema that is a text', of('string'), ['properties', 'a'], 'a JSON schema: an object or a boolean'],
  ['properties that are a list', { type: 'object', properties: [] }, ['properties'], 'an object of JSON schemas'],
  ['branches that are none', of({ anyOf: [] }), ['properties', 'a', 'anyOf'], 'an array of JSON schemas'],
  ['a branch that is none', of({ oneOf: [{}, 1] }), ['properties', 'a', 'oneOf', 1], 'a JSON schema: an object or a boolean'],
  ['required that is a flag', { type: 'object', required: true }, ['required'], 'an array of strings'],
  ['an empty enumeration', of({ enum: [] }), ['properties', 'a', 'enum'], 'an array of at least 1 elements'],
  ['a length below 0', of({ minLength: -1 }), ['properties', 'a', 'minLength'], 'an integer of at least 0'],
  ['a bound that is a text', of({ items: { maximum: '5' } }), ['properties', 'a', 'items', 'maximum'], 'a number'],
  ['a step of 0', of({ multipleOf: 0 }), ['properties', 'a', 'multipleOf'], 'a number above 0'],
  ['a pattern that is none', of({ pattern: '(' }), ['properties', 'a', 'pattern'], 'a regular expression'],
  ['a definition that is none', { $defs: { a: { not: [] } } }, ['$defs', 'a', 'not'], 'a JSON schema: an object or a boolean'],
])('refuses %s', (_name, schema, path, message) => {
  expect(jsonSchemaObject.safeParse(schema).error?.issues).toMatchObject([{ path, message }]);
});
