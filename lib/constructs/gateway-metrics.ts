import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { type MetricDimension, type MetricEntry, type MetricName, metricCatalogue, metricNamespace } from '../../config/metrics';

/** One value of a dimension beside the environment; at most one, since no metric is published by both. */
export interface GatewayMetricOptions extends cloudwatch.MetricOptions {
  /** @default - all models together */
  readonly model?: string;
  /** What callers named as `metadata.service`. @default - all services together */
  readonly service?: string;
  /** Of the registry. @default - all prompts together */
  readonly prompt?: string;
  /** One of those that the gateway's `platform.json` watches. @default - all tenants together */
  readonly tenant?: string;
}

/** Fewer answers than this in a period tell nothing of a share of them. */
const ENOUGH_ANSWERS = 20;
/** Fewer verified hits than this in a period tell nothing of a share of them. */
const ENOUGH_HITS = 20;
/** Fewer calls than this in a period tell nothing of a share of them … */
const ENOUGH_CALLS = 20;
/** … unless so many of them failed. */
const ENOUGH_ERRORS = 5;

/** The metrics that the gateway of one environment publishes. */
export class GatewayMetrics {
  /** @param environment As in the gateway's `platform.json`. */
  constructor(readonly environment: string) {}

  /**
   * One metric of the catalogue, over five minutes: 99th percentile of times, sum of everything else, unless the options say otherwise.
   *
   * @throws Error when the metric is not published by that dimension.
   */
  metric(name: MetricName, options: GatewayMetricOptions = {}): cloudwatch.Metric {
    const { model, service, prompt, tenant, ...rest } = options;
    const entry: MetricEntry = metricCatalogue[name];
    const dimensions: Partial<Record<MetricDimension, string>> = {
      Environment: this.environment,
      ...(model !== undefined && { Model: model }),
      ...(service !== undefined && { Service: service }),
      ...(prompt !== undefined && { Prompt: prompt }),
      ...(tenant !== undefined && { Tenant: tenant }),
    };
    const asked = Object.keys(dimensions);
    if (!entry.dimensionSets.some((set) => set.length === asked.length && set.every((dimension) => asked.includes(dimension)))) {
      const sets = entry.dimensionSets.map((set) => set.join(' and ')).join('; ');
      throw new Error(`Metric ${name} is not published by ${asked.join(' and ')}; it is by ${sets}.`);
    }
    return new cloudwatch.Metric({
      namespace: metricNamespace,
      metricName: name,
      dimensionsMap: dimensions,
      statistic: entry.unit === 'Milliseconds' ? cloudwatch.Stats.p(99) : cloudwatch.Stats.SUM,
      period: Duration.minutes(5),
      ...rest,
    });
  }

  /** Failed calls in percent of all; 0 while there are too few of either to tell. */
  metricErrorRate(options: cloudwatch.MathExpressionOptions = {}): cloudwatch.MathExpression {
    const period = options.period ?? Duration.minutes(5);
    return new cloudwatch.MathExpression({
      expression: `IF(calls >= ${ENOUGH_CALLS} OR errors >= ${ENOUGH_ERRORS}, 100 * errors / calls, 0)`,
      usingMetrics: { calls: this.metric('Calls', { period }), errors: this.metric('Errors', { period }) },
      label: 'Error rate in %',
      ...options,
      period,
    });
  }

  /** Of the answers that were held to a schema, in percent; 0 while there are too few to tell. */
  metricShareOfAnswers(
    name: 'InvalidAnswers' | 'Escalations',
    options: cloudwatch.MathExpressionOptions & { readonly model?: string; readonly prompt?: string } = {},
  ): cloudwatch.MathExpression {
    const { model, prompt, ...rest } = options;
    const period = options.period ?? Duration.minutes(5);
    // A graph of several models or prompts holds all their metrics, each by an id of its own.
    const suffix = [model, prompt].map((name) => (name === undefined ? '' : `_${name.replace(/\W/g, '_')}`)).join('');
    const [answers, counted] = [`answers${suffix}`, `counted${suffix}`];
    return new cloudwatch.MathExpression({
      expression: `IF(${answers} >= ${ENOUGH_ANSWERS}, 100 * ${counted} / ${answers}, 0)`,
      usingMetrics: {
        [answers]: this.metric('CheckedAnswers', { model, prompt, period }),
        [counted]: this.metric(name, { model, prompt, period }),
      },
      label: name === 'InvalidAnswers' ? 'Invalid answers in %' : 'Escalations in %',
      ...rest,
      period,
    });
  }

  /** Of the answers to questions in other words that were verified, those that were none, in percent; 0 while there are too few to tell. */
  metricShareOfFalseHits(options: cloudwatch.MathExpressionOptions & { readonly prompt?: string } = {}): cloudwatch.MathExpression {
    const { prompt, ...rest } = options;
    const period = options.period ?? Duration.days(1);
    return new cloudwatch.MathExpression({
      expression: `IF(verified >= ${ENOUGH_HITS}, 100 * wrong / verified, 0)`,
      usingMetrics: { verified: this.metric('VerifiedHits', { prompt, period }), wrong: this.metric('FalseHits', { prompt, period }) },
      label: 'False hits in %',
      ...rest,
      period,
    });
  }

  /** A metric for each service that had calls. For dashboards: alarms take no searches. */
  searchByService(name: MetricName, options: { readonly period: Duration; readonly statistic?: string }): cloudwatch.SearchExpression {
    return this.search(name, 'Service', options);
  }

  /** A metric for each agent that was at work. For dashboards: alarms take no searches. */
  searchByAgent(name: MetricName, options: { readonly period: Duration; readonly statistic?: string }): cloudwatch.SearchExpression {
    return this.search(name, 'Agent', options);
  }

  private search(
    name: MetricName,
    dimension: 'Service' | 'Agent',
    options: { readonly period: Duration; readonly statistic?: string },
  ): cloudwatch.SearchExpression {
    const entry: MetricEntry = metricCatalogue[name];
    if (!entry.dimensionSets.some((set) => set.includes(dimension))) throw new Error(`Metric ${name} is not published by ${dimension}.`);
    const schema = `{${metricNamespace},Environment,${dimension}} MetricName="${name}" Environment="${this.environment}"`;
    return new cloudwatch.SearchExpression({
      expression: `SEARCH('${schema}', '${options.statistic ?? 'Sum'}', ${options.period.toSeconds()})`,
      // CloudWatch fills it in for each metric that is found.
      label: `\${PROP('Dim.${dimension}')}`,
      period: options.period,
    });
  }
}
