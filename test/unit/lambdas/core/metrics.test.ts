import { metricCatalogue, metricNamespace, type MetricName } from '../../../../config/metrics';
import { createMetrics } from '../../../../lambdas/core/metrics';

interface Emf {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
  readonly [member: string]: unknown;
}

function sink() {
  const lines: string[] = [];
  const metrics = createMetrics('test', (line) => lines.push(line));
  return { metrics, lines, parsed: () => lines.map((line) => JSON.parse(line) as Emf) };
}

const everything = Object.fromEntries(Object.keys(metricCatalogue).map((name, index) => [name, index + 0.5])) as Record<MetricName, number>;

describe('createMetrics', () => {
  test('the library has nothing to warn of', () => {
    const warned = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    sink().metrics.record({ values: everything, dimensions: { Model: 'm', Service: 's', Prompt: 'p', Agent: 'a', Tenant: 't' } });
    sink().metrics.record({ values: everything, dimensions: {} });
    expect(warned.mock.calls).toEqual([]);
    warned.mockRestore();
  });

  test('one line, in which each metric has its catalogue’s unit and exactly its sets', () => {
    const { metrics, lines, parsed } = sink();
    metrics.record({ values: everything, dimensions: { Model: 'm', Service: 's', Prompt: 'p', Agent: 'a', Tenant: 't' } });
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('\n');
    const [line] = parsed();
    const published = (line?._aws.CloudWatchMetrics ?? []).flatMap(({ Namespace, Dimensions, Metrics }) =>
      Metrics.map(({ Name, Unit }) => [Name, { Namespace, Unit, Dimensions }] as const),
    );
    expect(published.length).toBe(Object.keys(metricCatalogue).length);
    expect(Object.fromEntries(published)).toEqual(
      Object.fromEntries(
        Object.entries(metricCatalogue).map(([name, { unit, dimensionSets }]) => [
          name,
          { Namespace: metricNamespace, Unit: unit, Dimensions: dimensionSets },
        ]),
      ),
    );
    expect(line).toMatchObject({
      ...everything,
      Environment: 'test',
      Model: 'm',
      Service: 's',
      Prompt: 'p',
      Agent: 'a',
      Tenant: 't',
      _aws: { Timestamp: expect.any(Number) },
    });
    expect(Object.keys(line ?? {}).toSorted()).toEqual(
      [...Object.keys(everything), 'Environment', 'Model', 'Prompt', 'Service', 'Agent', 'Tenant', '_aws'].toSorted(),
    );
  });

  test('a dimension without a value takes the sets that have it away, and no others', () => {
    const { metrics, parsed } = sink();
    metrics.record({ values: { CostUsd: 1, ModelMs: 2 }, dimensions: { Service: 's' } });
    const directives = parsed()[0]?._aws.CloudWatchMetrics ?? [];
    expect(directives.map(({ Dimensions, Metrics }) => [Metrics.map(({ Name }) => Name), Dimensions])).toEqual([
      [['ModelMs'], [['Environment']]],
      [['CostUsd'], [['Environment'], ['Environment', 'Service']]],
    ]);
    expect(parsed()[0]).not.toHaveProperty('Model');
  });

  test('a tenant is in what was spent, and in nothing else', () => {
    const { metrics, parsed } = sink();
    metrics.record({ values: { Calls: 1, CostUsd: 1 }, dimensions: { Tenant: 'acme' } });
    const [line] = parsed();
    expect(line).toMatchObject({ CostUsd: 1, Tenant: 'acme' });
    expect(line?._aws.CloudWatchMetrics.map(({ Dimensions, Metrics }) => [Metrics.map(({ Name }) => Name), Dimensions])).toEqual([
      [['Calls'], [['Environment']]],
      [['CostUsd'], [['Environment'], ['Environment', 'Tenant']]],
    ]);
  });

  test('nothing is left of one record in the next, whatever came between', () => {
    const { metrics, parsed } = sink();
    metrics.record({ values: { Calls: 1 }, dimensions: { Model: 'a', Service: 'one' } });
    expect(() => metrics.record({ values: { Calls: Number.NaN }, dimensions: { Model: 'lost' } })).toThrow(
      'Metric Calls is NaN; it must be a finite number.',
    );
    metrics.record({ values: { Errors: 1 }, dimensions: { Model: 'b' } });
    metrics.record({ values: { Calls: 1, Errors: undefined }, dimensions: {} });
    expect(parsed().map(({ _aws, ...members }) => members)).toEqual([
      { Calls: 1, Environment: 'test', Model: 'a', Service: 'one' },
      { Errors: 1, Environment: 'test', Model: 'b' },
      { Calls: 1, Environment: 'test' },
    ]);
  });

  test('no values, no line', () => {
    const { metrics, lines } = sink();
    metrics.record({ values: {}, dimensions: { Model: 'm' } });
    expect(lines).toEqual([]);
  });
});
