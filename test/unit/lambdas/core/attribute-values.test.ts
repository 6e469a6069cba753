import * as fc from 'fast-check';
import { marshalItem, unmarshalItem } from '../../../../lambdas/core/attribute-values';

test('leaves undefined members out and keeps null', () => {
  expect(marshalItem({ a: 'x', b: undefined, c: null, d: { e: undefined, f: [1, true] } })).toEqual({
    a: { S: 'x' },
    c: { NULL: true },
    d: { M: { f: { L: [{ N: '1' }, { BOOL: true }] } } },
  });
});

test('reads back what it wrote', () => {
  const value = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }));
  fc.assert(
    fc.property(value, (record) => {
      const plain = JSON.parse(JSON.stringify(record));
      expect(unmarshalItem(marshalItem(plain))).toEqual(plain);
    }),
  );
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, 1n, () => 1])('refuses %p', (value) => {
  expect(() => marshalItem({ value })).toThrow(/cannot store/);
});

test('refuses an attribute type that is not in use', () => {
  expect(() => unmarshalItem({ a: { SS: ['x'] } })).toThrow(/not in use here: SS/);
});
