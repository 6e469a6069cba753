import { attributedTags, parseTags } from '../../../../lambdas/gateway/tags';

test('tags of the header, with spaces around them', () => {
  expect(parseTags('service=checkout, feature = x'.replace(' = ', '=')).header).toEqual({ service: 'checkout', feature: 'x' });
  expect(parseTags(undefined).header).toBeUndefined();
  expect(parseTags('  ').header).toBeUndefined();
});

test.each([
  ['service', 'its tag number 1'],
  ['service=a,=b', 'its tag number 2'],
  ['Service=a', 'its tag number 1'],
  [`${'n'.repeat(33)}=a`, 'at most 32'],
  ['service=', 'a value of `service` with 0 characters'],
  [`service=${'v'.repeat(65)}`, 'with 65 characters'],
  ['service=a\u0007b', 'with 3 characters'],
  ['service=a,service=b', 'names `service` twice'],
  [Array.from({ length: 17 }, (_, index) => `t${index}=a`).join(','), '17 tags; at most 16'],
])('%j is refused, and never repeated in full', (header, says) => {
  const parse = () => parseTags(header);
  expect(parse).toThrow(says);
  expect(parse).toThrow(expect.objectContaining({ code: 'invalid_request', param: 'x-blueprint-tags' }));
});

test('metadata goes before the header, and names that are none are refused', () => {
  const tags = parseTags('service=proxy,feature=search');
  expect(attributedTags(tags, { service: 'checkout', colour: '\n' })).toEqual({ service: 'checkout', feature: 'search' });
  expect(attributedTags(parseTags(undefined), undefined)).toEqual({});
  expect(() => attributedTags(tags, { feature: 'a\nb' })).toThrow(expect.objectContaining({ param: 'metadata.feature' }));
});
