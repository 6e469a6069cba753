import type { AlarmDefinition, AlarmMetric, AlarmState } from './alarm-definition';
import { enoughSamples, percentOf, statisticOf } from './statistics';
import { MINUTE_MS, type MetricStore } from './store';

export interface Evaluation {
  readonly state: AlarmState;
  readonly reason: string;
}

interface Period {
  /** Undefined without data. */
  readonly value: number | undefined;
  readonly hasTooFewSamples: boolean;
}

/**
 * The state of an alarm, from the periods that end with the last whole minute: as CloudWatch evaluates M out of N data points and treats missing
 * ones, except that it looks at exactly N periods, where CloudWatch looks for older data to fill gaps.
 */
export function evaluateAlarm(definition: AlarmDefinition, store: MetricStore, nowMs: number, state: AlarmState): Evaluation {
  const { periodMs, evaluationPeriods, datapointsToAlarm, missingData, comparison, threshold } = definition;
  const endMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  const periods = Array.from({ length: evaluationPeriods }, (_, index) =>
    readPeriod(definition, store, endMs - (index + 1) * periodMs, endMs - index * periodMs),
  );
  if (definition.keepsStateOnLowSamples && periods.some(({ hasTooFewSamples }) => hasTooFewSamples)) {
    return { state, reason: 'too few samples for a percentile' };
  }
  const values = periods.flatMap(({ value }) => (value === undefined ? [] : [value]));
  if (values.length === 0 && missingData === 'missing') return { state: 'INSUFFICIENT_DATA', reason: 'no data' };
  if (values.length === 0 && missingData === 'ignore') return { state, reason: 'no data' };

  const breaching = values.filter((value) => comparison.breaches(value, threshold));
  const missing = missingData === 'breaching' ? evaluationPeriods - values.length : 0;
  const seconds = periodMs / 1000;
  if (breaching.length + missing >= datapointsToAlarm) {
    const shown = [...breaching.map(readable), ...Array.from({ length: missing }, () => 'no data')].join(', ');
    return {
      state: 'ALARM',
      reason: `${shown} ${comparison.symbol} ${threshold} in ${breaching.length + missing} of ${evaluationPeriods} periods of ${seconds} s`,
    };
  }
  return {
    state: 'OK',
    reason: `${breaching.length + missing} of ${evaluationPeriods} periods of ${seconds} s ${comparison.symbol} ${threshold}`,
  };
}

function readPeriod({ watched }: AlarmDefinition, store: MetricStore, fromMs: number, toMs: number): Period {
  if ('metric' in watched) return readMetric(watched.metric, store, fromMs, toMs);
  const points = new Map([...watched.metrics].map(([id, metric]) => [id, readMetric(metric, store, fromMs, toMs)]));
  return {
    value: watched.expression.evaluate((id) => points.get(id)?.value),
    hasTooFewSamples: [...points.values()].some(({ hasTooFewSamples }) => hasTooFewSamples),
  };
}

function readMetric({ id, statistic }: AlarmMetric, store: MetricStore, fromMs: number, toMs: number): Period {
  const data = store.read(id, fromMs, toMs);
  if (data === undefined) return { value: undefined, hasTooFewSamples: false };
  const percent = percentOf(statistic);
  return { value: statisticOf(data, statistic), hasTooFewSamples: percent !== undefined && data.count < enoughSamples(percent) };
}

function readable(value: number): string {
  return String(Number(value.toPrecision(6)));
}
