import * as fc from 'fast-check';
import { canonicalJson, sha256Hex } from '../../../../lambdas/core/canonical-json';

test('the order of keys makes no difference, that of elements does', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: true })).toBe('{"a":true,"b":[1,{"c":"x","d":null}]}');
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
});

test('reads back as the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const json = JSON.stringify(value);
      expect(JSON.parse(canonicalJson(JSON.parse(json)))).toEqual(JSON.parse(json));
    }),
  );
});

test('has its keys in the order of their code units, however many', () => {
  const keys = fc.uniqueArray(fc.string({ unit: 'grapheme', maxLength: 4 }), { maxLength: 40 });
  fc.assert(
    fc.property(keys, (names) => {
      const json = `{${names
        .toSorted()
        .map((name) => `${JSON.stringify(name)}:1`)
        .join()}}`;
      expect(canonicalJson(Object.fromEntries(names.map((name) => [name, 1])))).toBe(json);
    }),
  );
});

test('keeps a key named __proto__', () => {
  expect(canonicalJson(JSON.parse('{"__proto__":1}'))).toBe('{"__proto__":1}');
});

test('refuses endless nesting with an error of the catalogue', () => {
  const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
  expect(() => canonicalJson(deep)).toThrow('The body is nested deeper than 128 levels.');
});

test('hashes UTF-8', () => {
  expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
