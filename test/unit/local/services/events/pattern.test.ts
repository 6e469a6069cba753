import { EventPattern, InvalidEventPatternError } from '../../../../../local/services/events/pattern';

/** Of a state change of a machine; the members are those of any event. */
const EVENT = {
  version: '0',
  id: '3e3c153a-8339-4e30-8c35-687ebef853fe',
  'detail-type': 'EC2 Instance Launch Successful',
  source: 'aws.autoscaling',
  account: '123456789012',
  time: '2017-10-02T18:43:48Z',
  region: 'us-east-1',
  resources: ['arn:aws:autoscaling:us-east-1:123456789012:group/g', 'arn:aws:ec2:us-east-1:123456789012:instance/i-b188560f'],
  detail: {
    state: 'running',
    'c-count': 3,
    'x-limit': 301.8,
    'source-ip': '10.0.0.33',
    'source-ip6': '2001:db8::1',
    eventVersion: '',
    responseElements: null,
    isReady: true,
    file: 'dir/sub/image.PNG',
    tags: ['blue', 'green'],
    empty: [],
    nested: { deep: { value: 'x' } },
    employees: [
      { name: 'Anna', team: 'A', tags: ['x'] },
      { name: 'Bo', team: 'B', lead: true },
    ],
  },
};

const inDetail = (pattern: unknown) => ({ detail: pattern });
const matches = (pattern: unknown, event: unknown = EVENT) => EventPattern.parse(pattern).matches(event);

test.each<[what: string, pattern: unknown, expected: boolean]>([
  ['source and detail type', { source: ['aws.autoscaling'], 'detail-type': ['EC2 Instance Launch Successful'] }, true],
  ['one of several values', inDetail({ state: ['stopped', 'running'] }), true],
  ['none of several values', inDetail({ state: ['stopped', 'Running'] }), false],
  ['a part of the text only', inDetail({ state: ['run'] }), false],
  ['all names must match', { source: ['aws.autoscaling'], region: ['eu-west-1'] }, false],
  ['a name that is not there', inDetail({ absent: ['x'] }), false],
  ['a number', inDetail({ 'c-count': [3] }), true],
  ['a number written otherwise', inDetail({ 'x-limit': [3.018e2] }), true],
  ['a number as text', inDetail({ 'c-count': ['3'] }), false],
  ['true', inDetail({ isReady: [true] }), true],
  ['false where it is true', inDetail({ isReady: [false] }), false],
  ['an empty text', inDetail({ eventVersion: [''] }), true],
  ['null', inDetail({ responseElements: [null] }), true],
  ['null where there is an empty text', inDetail({ eventVersion: [null] }), false],
  ['null where there is nothing', inDetail({ absent: [null] }), false],
  ['nested', inDetail({ nested: { deep: { value: ['x'] } } }), true],
  ['nested one level short', inDetail({ nested: { value: ['x'] } }), false],
  ['a list of the event has one of the values', { resources: [EVENT.resources[1], 'other'] }, true],
  ['a list of the event has none of them', { resources: ['other'] }, false],

  ['prefix', { time: [{ prefix: '2017-10-02' }] }, true],
  ['prefix of another', { time: [{ prefix: '2018' }] }, false],
  ['empty prefix: every text', { source: [{ prefix: '' }] }, true],
  ['prefix of a number', inDetail({ 'c-count': [{ prefix: '3' }] }), false],
  ['prefix with its case', { source: [{ prefix: 'AWS.' }] }, false],
  ['prefix, ignoring case', { source: [{ prefix: { 'equals-ignore-case': 'AWS.' } }] }, true],
  ['prefix in a list of the event', { resources: [{ prefix: 'arn:aws:ec2:' }] }, true],
  ['suffix', inDetail({ file: [{ suffix: '.PNG' }] }), true],
  ['suffix with its case', inDetail({ file: [{ suffix: '.png' }] }), false],
  ['suffix, ignoring case', inDetail({ file: [{ suffix: { 'equals-ignore-case': '.png' } }] }), true],
  ['equals-ignore-case', { 'detail-type': [{ 'equals-ignore-case': 'ec2 instance launch successful' }] }, true],
  ['equals-ignore-case of a part', { 'detail-type': [{ 'equals-ignore-case': 'ec2 instance' }] }, false],

  ['anything-but a text', inDetail({ state: [{ 'anything-but': 'initializing' }] }), true],
  ['anything-but the text that it is', inDetail({ state: [{ 'anything-but': 'running' }] }), false],
  ['anything-but a list of texts', inDetail({ state: [{ 'anything-but': ['stopped', 'running'] }] }), false],
  ['anything-but a number', inDetail({ 'x-limit': [{ 'anything-but': 123 }] }), true],
  ['anything-but a list of numbers', inDetail({ 'c-count': [{ 'anything-but': [1, 2, 3] }] }), false],
  ['anything-but numbers, of a text', inDetail({ state: [{ 'anything-but': [1, 2, 3] }] }), true],
  ['anything-but, of nothing', inDetail({ absent: [{ 'anything-but': 'x' }] }), false],
  ['anything-but a prefix', inDetail({ state: [{ 'anything-but': { prefix: 'init' } }] }), true],
  ['anything-but its prefix', inDetail({ state: [{ 'anything-but': { prefix: 'run' } }] }), false],
  ['anything-but prefixes', inDetail({ state: [{ 'anything-but': { prefix: ['init', 'run'] } }] }), false],
  ['anything-but a suffix', inDetail({ file: [{ 'anything-but': { suffix: '.txt' } }] }), true],
  ['anything-but its suffix', inDetail({ file: [{ 'anything-but': { suffix: ['.txt', '.PNG'] } }] }), false],
  ['anything-but ignoring case', inDetail({ state: [{ 'anything-but': { 'equals-ignore-case': 'RUNNING' } }] }), false],
  ['anything-but a list ignoring case', inDetail({ state: [{ 'anything-but': { 'equals-ignore-case': ['INIT', 'STOP'] } }] }), true],
  ['anything-but a wildcard', inDetail({ file: [{ 'anything-but': { wildcard: '*/lib/*' } }] }), true],
  ['anything-but its wildcard', inDetail({ file: [{ 'anything-but': { wildcard: ['*/lib/*', '*/sub/*'] } }] }), false],
  ['anything-but one of a list of the event: another passes', inDetail({ tags: [{ 'anything-but': 'blue' }] }), true],
  ['anything-but all of a list of the event', inDetail({ tags: [{ 'anything-but': ['blue', 'green'] }] }), false],

  ['numeric equality', inDetail({ 'x-limit': [{ numeric: ['=', 3.018e2] }] }), true],
  ['numeric range', inDetail({ 'c-count': [{ numeric: ['>', 0, '<=', 5] }] }), true],
  ['numeric range, bounds left out', inDetail({ 'c-count': [{ numeric: ['>', 3, '<', 5] }] }), false],
  ['numeric range, bounds included', inDetail({ 'c-count': [{ numeric: ['>=', 3, '<=', 3.5] }] }), true],
  ['numeric below', inDetail({ 'c-count': [{ numeric: ['<', 10] }] }), true],
  ['numeric below or equal', inDetail({ 'c-count': [{ numeric: ['<=', 2] }] }), false],
  ['numeric of a text', inDetail({ state: [{ numeric: ['>', 0] }] }), false],

  ['cidr', inDetail({ 'source-ip': [{ cidr: '10.0.0.0/24' }] }), true],
  ['cidr of another network', inDetail({ 'source-ip': [{ cidr: '10.0.1.0/24' }] }), false],
  ['cidr of IPv6', inDetail({ 'source-ip6': [{ cidr: '2001:db8::/32' }] }), true],
  ['cidr of a text that is no address', inDetail({ state: [{ cidr: '0.0.0.0/0' }] }), false],

  ['exists', inDetail({ state: [{ exists: true }] }), true],
  ['exists, of null', inDetail({ responseElements: [{ exists: true }] }), true],
  ['exists, of nothing', inDetail({ absent: [{ exists: true }] }), false],
  ['exists, of an object: leaves alone exist', inDetail({ nested: [{ exists: true }] }), false],
  ['does not exist', inDetail({ absent: [{ exists: false }] }), true],
  ['does not exist, though it does', inDetail({ state: [{ exists: false }] }), false],
  ['does not exist, of an empty list', inDetail({ empty: [{ exists: false }] }), true],
  ['does not exist, of an object', inDetail({ nested: [{ exists: false }] }), true],
  ['absent, or one value', inDetail({ absent: [{ exists: false }, 'x'] }), true],

  ['wildcard at the end', inDetail({ file: [{ wildcard: 'dir/*' }] }), true],
  ['wildcards around', inDetail({ file: [{ wildcard: '*/sub/*' }] }), true],
  ['wildcard that matches nothing', inDetail({ state: [{ wildcard: 'run*ning' }] }), true],
  ['wildcard, of a text that is too short for both ends', inDetail({ state: [{ wildcard: 'running*ning' }] }), false],
  ['wildcard, parts in another order', inDetail({ file: [{ wildcard: '*image*sub*' }] }), false],
  ['an escaped star is a star', inDetail({ state: [{ wildcard: 'run\\*' }] }), false],
  ['no star: the text itself', inDetail({ state: [{ wildcard: 'running' }] }), true],

  ['$or, by its first part', inDetail({ $or: [{ state: ['running'] }, { 'c-count': [9] }] }), true],
  ['$or, by its second part', inDetail({ $or: [{ state: ['stopped'] }, { 'c-count': [{ numeric: ['>', 2] }] }] }), true],
  ['$or, by neither', inDetail({ $or: [{ state: ['stopped'] }, { 'c-count': [9] }] }), false],
  ['$or and another name', { source: ['other'], detail: { $or: [{ state: ['running'] }, { 'c-count': [9] }] } }, false],
  ['$or whose part has two names', inDetail({ $or: [{ state: ['running'], 'c-count': [9] }, { absent: ['x'] }] }), false],
  [
    '$or in $or',
    { $or: [{ region: ['x'] }, { source: ['aws.autoscaling'], $or: [{ account: ['x'] }, { time: [{ prefix: '2017' }] }] }] },
    true,
  ],
  [
    'two $or, on two levels',
    { $or: [{ region: ['us-east-1'] }, { region: ['x'] }], detail: { $or: [{ state: ['x'] }, { state: ['y'] }] } },
    false,
  ],

  ['values of one element of a list', inDetail({ employees: { name: ['Anna'], team: ['A'] } }), true],
  ['values of two elements do not match together', inDetail({ employees: { name: ['Anna'], team: ['B'] } }), false],
  ['a list in an element of a list', inDetail({ employees: { name: ['Anna'], tags: ['x'] } }), true],
  ['missing in the element that matched', inDetail({ employees: { name: ['Bo'], tags: [{ exists: false }] } }), true],
  ['there in the element that matched', inDetail({ employees: { name: ['Anna'], tags: [{ exists: false }] } }), false],
])('%s', (_, pattern, expected) => {
  expect(matches(pattern)).toBe(expected);
});

test('"$or" with one part is a name like others', () => {
  expect(matches({ $or: { state: ['x'] } }, { $or: { state: 'x' } })).toBe(true);
});

test.each<[what: string, pattern: unknown, reason: string]>([
  ['a text', 'source', 'filter is not an object'],
  ['nothing', {}, 'empty objects are not allowed'],
  ['an empty object', { detail: {} }, 'empty objects are not allowed at "detail"'],
  ['an empty list', { source: [] }, 'empty arrays are not allowed at "source"'],
  ['a bare value', { source: 'x' }, '"source" must be an object or an array'],
  ['a list in a list', { source: [['x']] }, 'match value must be String, number, true, false, or null at "source"'],
  ['an unknown operator', { source: [{ contains: 'x' }] }, 'unrecognized match type contains at "source"'],
  ['two operators', { source: [{ prefix: 'x', suffix: 'y' }] }, 'only one key allowed in match expression'],
  ['exists of no boolean', { source: [{ exists: 'true' }] }, '"exists" match pattern must be either true or false'],
  ['prefix of a number', { source: [{ prefix: 1 }] }, 'prefix match pattern must be a string'],
  ['prefix with another operator', { source: [{ prefix: { wildcard: 'x' } }] }, '"prefix" takes a text or one "equals-ignore-case"'],
  ['anything-but mixed kinds', { source: [{ 'anything-but': ['x', 1] }] }, 'mixed type is not supported'],
  ['anything-but an empty list', { source: [{ 'anything-but': [] }] }, 'empty arrays are not allowed'],
  ['anything-but an empty prefix', { source: [{ 'anything-but': { prefix: '' } }] }, 'null prefix not allowed'],
  ['anything-but numeric', { source: [{ 'anything-but': { numeric: '1' } }] }, 'unsupported anything-but pattern: numeric'],
  ['numeric without numbers', { n: [{ numeric: ['>', 'x'] }] }, 'value of ">" must be numeric'],
  ['numeric with no such operator', { n: [{ numeric: ['!=', 1] }] }, 'unrecognized numeric range operator: "!="'],
  ['numeric range upside down', { n: [{ numeric: ['>', 5, '<', 1] }] }, 'bottom must be less than top'],
  ['numeric of three bounds', { n: [{ numeric: ['>', 1, '<', 5, '<', 7] }] }, 'too many terms in numeric range expression'],
  ['numeric past the limit', { n: [{ numeric: ['<', 5_000_000_001] }] }, 'value must be between -5000000000 and 5000000000'],
  ['a malformed range of addresses', { ip: [{ cidr: '10.0.0.0/33' }] }, 'malformed CIDR: "10.0.0.0/33"'],
  ['two stars in a row', { file: [{ wildcard: 'a**b' }] }, 'consecutive wildcard characters at position 1'],
  ['an escape of nothing', { file: [{ wildcard: 'a\\b' }] }, 'invalid escape character at position 1'],
  ['$or of one part', { $or: [{ source: ['x'] }] }, 'unrecognized match type source at "$or"'],
  ['a pattern that is too long', { source: ['x'.repeat(4096)] }, 'EventBridge takes 4096'],
])('%s is refused', (_, pattern, reason) => {
  expect(() => EventPattern.parse(pattern)).toThrow(InvalidEventPatternError);
  expect(() => EventPattern.parse(pattern)).toThrow(reason);
});
