import { inTexts, resolveDynamicReferences, ssmReferencesIn } from '../../../local/dynamic-references';

const values = new Map([
  ['/a/url', 'https://a'],
  ['b', 'B'],
]);
const resolve = (text: string): string => resolveDynamicReferences(text, (name) => values.get(name));

test.each([
  ['nothing to do', 'nothing to do'],
  ['{{resolve:ssm:/a/url}}', 'https://a'],
  ['{{resolve:ssm:/a/url}}/v1?{{resolve:ssm:b}}', 'https://a/v1?B'],
])('%s', (text, resolved) => {
  expect(resolve(text)).toBe(resolved);
});

test.each([
  ['{{resolve:ssm:/c}}', /no stack here has set/],
  ['{{resolve:ssm:/a/url:3}}', /a version/],
  ['{{resolve:secretsmanager:x:SecretString}}', /only ssm is emulated/],
])('%s is refused, not passed over', (text, message) => {
  expect(() => resolve(text)).toThrow(message);
});

test('the parameters that a text reads', () => {
  expect(ssmReferencesIn('{{resolve:ssm:/a}}-{{resolve:ssm:b}}-{{resolve:secretsmanager:c}}')).toEqual(['/a', 'b']);
  expect(ssmReferencesIn('none')).toEqual([]);
});

test('texts are changed at any depth, and nothing else', () => {
  const value = { a: ['x', 1, null, { b: 'y' }], c: true };
  expect(inTexts(value, (text) => text.toUpperCase())).toEqual({ a: ['X', 1, null, { b: 'Y' }], c: true });
});
