import * as fc from 'fast-check';
import { attributeJson, marshalItem, unmarshalItem } from '../../../../lambdas/core/attribute-values';

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

test('as JSON it is the same', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), (record) => {
      const plain = JSON.parse(JSON.stringify({ ...record, absent: undefined }));
      expect(JSON.parse(attributeJson(plain))).toEqual(JSON.parse(JSON.stringify({ M: marshalItem(plain) })));
    }),
  );
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, 1n, () => 1, undefined])('as JSON it refuses %p', (value) => {
  expect(() => attributeJson(value)).toThrow(/cannot store/);
});

test('as JSON it leaves undefined members out', () => {
  expect(attributeJson({ a: undefined, b: { c: undefined, d: 1 } })).toBe('{"M":{"b":{"M":{"d":{"N":"1"}}}}}');
});

test('refuses an attribute type that is not in use', () => {
  expect(() => unmarshalItem({ a: { SS: ['x'] } })).toThrow(/not in use here: SS/);
});
