import * as fc from 'fast-check';
import { type MetricName, metricCatalogue } from '../../../../config/metrics';
import { createMetrics, type MetricSink } from '../../../../lambdas/core/metrics';
import { createLineMetrics } from '../../../../lambdas/gateway/server-metrics';

function linesOf(create: (write: (line: string) => void) => MetricSink) {
  const lines: string[] = [];
  return { metrics: create((line) => lines.push(line)), lines };
}

/** Of the function's lines the order of members is not the format's. */
const ofFunction = () => linesOf((write) => createMetrics('test', write));
const ofServer = () => linesOf((write) => createLineMetrics('test', write, () => 12));

const parsed = (lines: readonly string[]) =>
  lines.map((line) => {
    const { _aws, ...members } = JSON.parse(line);
    return { members, directives: _aws.CloudWatchMetrics };
  });

/** Those of the gateway: agents have functions of their own. */
const NAMES = (Object.keys(metricCatalogue) as MetricName[]).filter((name) => !name.startsWith('Agent'));
const measurements = fc.record({
  values: fc.dictionary(fc.constantFrom(...NAMES), fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }))),
  dimensions: fc.record(
    { Model: fc.constantFrom('m', 'a "b"'), Service: fc.constantFrom('s', 't'), Tenant: fc.constantFrom('a', 'b') },
    { requiredKeys: [] },
  ),
});

test('says what the function’s metrics say', () => {
  fc.assert(
    fc.property(fc.array(measurements, { minLength: 1, maxLength: 6 }), (records) => {
      const [server, reference] = [ofServer(), ofFunction()];
      for (const record of records) for (const { metrics } of [server, reference]) metrics.record(record);
      expect(parsed(server.lines)).toEqual(parsed(reference.lines));
      for (const line of server.lines) expect(line).not.toContain('\n');
    }),
    { numRuns: 200 },
  );
});

test('the same metrics of another model have its dimensions', () => {
  const [server, reference] = [ofServer(), ofFunction()];
  for (const dimensions of [{ Model: 'm' }, { Model: 'n', Service: 's' }, {}, { Service: 't' }]) {
    for (const { metrics } of [server, reference]) metrics.record({ values: { Calls: 1, CostUsd: 2 }, dimensions });
  }
  expect(parsed(server.lines)).toEqual(parsed(reference.lines));
});

test('a tenant is in what was spent, and only where one is given', () => {
  const { metrics, lines } = ofServer();
  for (const dimensions of [{ Tenant: 'acme' }, {}]) metrics.record({ values: { Calls: 1, CostUsd: 2 }, dimensions });
  expect(lines.map((line) => JSON.parse(line)._aws.CloudWatchMetrics.map(({ Dimensions }: { Dimensions: unknown }) => Dimensions))).toEqual(
    [
      [[['Environment']], [['Environment'], ['Environment', 'Tenant']]],
      [[['Environment']], [['Environment']]],
    ],
  );
  expect(JSON.parse(lines[0] ?? '').Tenant).toBe('acme');
  expect(lines[1]).not.toContain('Tenant');
});

test('a line has the time of its record in milliseconds', () => {
  const { metrics, lines } = ofServer();
  metrics.record({ values: { Calls: 1 }, dimensions: {} });
  expect(lines.map((line) => JSON.parse(line)._aws.Timestamp)).toEqual([12]);
});

test('a dimension of no characters, which CloudWatch refuses, is none', () => {
  const { metrics, lines } = ofServer();
  metrics.record({ values: { Calls: 1 }, dimensions: { Model: '' } });
  metrics.record({ values: { Calls: 1 }, dimensions: {} });
  expect(lines[0]).toBe(lines[1]);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])('%d is refused, and nothing written', (value) => {
  const { metrics, lines } = ofServer();
  expect(() => metrics.record({ values: { Errors: 1, Calls: value }, dimensions: {} })).toThrow(
    `Metric Calls is ${value}; it must be a finite number.`,
  );
  expect(lines).toEqual([]);
});
