import * as fc from 'fast-check';
import { type MetricName, metricCatalogue } from '../../../../config/metrics';
import { createMetrics } from '../../../../lambdas/core/metrics';
import { createLineMetrics } from '../../../../lambdas/gateway/server-metrics';

/** Of the function's lines the order of members is not the format's. */
function ofFunction() {
  const lines: string[] = [];
  return { metrics: createMetrics('test', (line) => lines.push(line)), lines };
}

function ofServer() {
  const lines: string[] = [];
  const later: { readonly ms: number; readonly work: () => void }[] = [];
  let nowMs = 12;
  const metrics = createLineMetrics(
    'test',
    (line) => lines.push(line),
    () => nowMs++,
    (ms, work) => later.push({ ms, work }),
  );
  return { metrics, lines, later };
}

/** What CloudWatch makes of lines: each value of a list as if it had come alone. In an order of their own. */
function published(lines: readonly string[]) {
  return lines
    .flatMap((line) => {
      const { _aws, ...members } = JSON.parse(line);
      const directives: { Metrics: { Name: string }[] }[] = _aws.CloudWatchMetrics;
      const names = new Set(directives.flatMap(({ Metrics }) => Metrics.map(({ Name }) => Name)));
      const counts = new Set([...names].map((name) => [members[name]].flat().length));
      expect(counts.size).toBe(1);
      return Array.from({ length: [...counts][0] as number }, (_, index) => {
        const one = Object.entries(members).map(([name, value]) => [name, names.has(name) ? [value].flat()[index] : value]);
        return { members: Object.fromEntries(one), directives };
      });
    })
    .toSorted((a, b) => (stable(a) < stable(b) ? -1 : 1));
}

const stable = ({ members, directives }: { members: object; directives: unknown }) =>
  JSON.stringify([directives, Object.entries(members).toSorted(([a], [b]) => (a < b ? -1 : 1))]);

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
      server.metrics.flush();
      expect(published(server.lines)).toEqual(published(reference.lines));
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
  server.metrics.flush();
  expect(server.lines).toHaveLength(4);
  expect(published(server.lines)).toEqual(published(reference.lines));
});

test('a tenant is in what was spent, and only where one is given', () => {
  const { metrics, lines } = ofServer();
  for (const dimensions of [{ Tenant: 'acme' }, {}]) metrics.record({ values: { Calls: 1, CostUsd: 2 }, dimensions });
  metrics.flush();
  expect(lines.map((line) => JSON.parse(line)._aws.CloudWatchMetrics.map(({ Dimensions }: { Dimensions: unknown }) => Dimensions))).toEqual(
    [
      [[['Environment']], [['Environment'], ['Environment', 'Tenant']]],
      [[['Environment']], [['Environment']]],
    ],
  );
  expect(JSON.parse(lines[0] ?? '').Tenant).toBe('acme');
  expect(lines[1]).not.toContain('Tenant');
});

test('what comes within a second is one line, with the time of the first in milliseconds', () => {
  const { metrics, lines, later } = ofServer();
  metrics.record({ values: { Calls: 1, LatencyMs: 20 }, dimensions: { Model: 'm' } });
  metrics.record({ values: { Calls: 1, LatencyMs: 30.5 }, dimensions: { Model: 'm' } });
  metrics.record({ values: { Calls: 1, LatencyMs: 5 }, dimensions: { Model: 'n' } });
  expect(lines).toEqual([]);
  expect(later.map(({ ms }) => ms)).toEqual([1_000]);
  later[0]?.work();
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { _aws: { Timestamp: 12 }, Model: 'm', Calls: [1, 1], LatencyMs: [20, 30.5] },
    { _aws: { Timestamp: 13 }, Model: 'n', Calls: 1, LatencyMs: 5 },
  ]);

  metrics.record({ values: { Calls: 1 }, dimensions: { Model: 'm' } });
  expect(later).toHaveLength(2);
  later[1]?.work();
  expect(lines).toHaveLength(3);
  metrics.flush();
  expect(lines).toHaveLength(3);
});

test('a line holds a hundred values of a metric, as the format allows', () => {
  const { metrics, lines, later } = ofServer();
  for (let call = 0; call < 250; call++) metrics.record({ values: { LatencyMs: call }, dimensions: {} });
  expect(lines.map((line) => JSON.parse(line).LatencyMs)).toEqual([
    Array.from({ length: 100 }, (_, index) => index),
    Array.from({ length: 100 }, (_, index) => 100 + index),
  ]);
  for (const { work } of later) work();
  expect(lines.flatMap((line) => JSON.parse(line).LatencyMs)).toEqual(Array.from({ length: 250 }, (_, index) => index));
});

test('a dimension of no characters, which CloudWatch refuses, is none', () => {
  const { metrics, lines } = ofServer();
  metrics.record({ values: { Calls: 1 }, dimensions: { Model: '' } });
  metrics.record({ values: { Calls: 1 }, dimensions: {} });
  metrics.flush();
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ Calls: [1, 1] }]);
  expect(lines[0]).not.toContain('"Model":""');
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])('%d is refused, and nothing of its record written', (value) => {
  const { metrics, lines } = ofServer();
  metrics.record({ values: { Errors: 0, Calls: 1 }, dimensions: {} });
  expect(() => metrics.record({ values: { Errors: 1, Calls: value }, dimensions: {} })).toThrow(
    `Metric Calls is ${value}; it must be a finite number.`,
  );
  metrics.flush();
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ Errors: 0, Calls: 1 }]);
});
