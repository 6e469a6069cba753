import { parseEmf } from '../../../../local/metrics/emf';

const line = (more: object = {}, directive: object = {}) =>
  JSON.stringify({
    _aws: {
      Timestamp: 1,
      CloudWatchMetrics: [
        { Namespace: 'N', Dimensions: [['A'], ['A', 'B']], Metrics: [{ Name: 'M', Unit: 'Count' }, { Name: 'L' }], ...directive },
      ],
    },
    A: 'a',
    B: 'b',
    M: 1,
    L: [2, 3],
    ...more,
  });

test('each metric by each set of dimensions', () => {
  expect(parseEmf(line())).toEqual([
    { namespace: 'N', name: 'M', unit: 'Count', dimensions: { A: 'a' }, values: [1] },
    { namespace: 'N', name: 'M', unit: 'Count', dimensions: { A: 'a', B: 'b' }, values: [1] },
    { namespace: 'N', name: 'L', unit: 'None', dimensions: { A: 'a' }, values: [2, 3] },
    { namespace: 'N', name: 'L', unit: 'None', dimensions: { A: 'a', B: 'b' }, values: [2, 3] },
  ]);
});

test('a list of a hundred values is read, one of more is not', () => {
  const values = Array.from({ length: 100 }, (_, index) => index);
  expect(parseEmf(line({ L: values })).filter(({ name }) => name === 'L')).toMatchObject([{ values }, { values }]);
  expect(parseEmf(line({ L: [...values, 100] })).filter(({ name }) => name === 'L')).toEqual([]);
});

test('a set with a missing member, and a metric that is no number, are passed over', () => {
  expect(parseEmf(line({ B: undefined, L: 'fast' }))).toEqual([
    { namespace: 'N', name: 'M', unit: 'Count', dimensions: { A: 'a' }, values: [1] },
  ]);
});

test.each([
  '',
  'plain text with "_aws" in it',
  '{"_aws":1}',
  '{"_aws":{"CloudWatchMetrics":"none"}}',
  '{"_aws":{"CloudWatchMetrics":[null,7,{}]}}',
  JSON.stringify({ level: 'INFO', message: 'request' }),
  line({}, { Namespace: 7 }),
  line({}, { Dimensions: 'A' }),
  line({}, { Dimensions: ['A'] }),
  line({}, { Metrics: [null, { Unit: 'Count' }] }),
])('%j holds no metric', (text) => {
  expect(parseEmf(text)).toEqual([]);
});
