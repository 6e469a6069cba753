import { type EmulatorEvent, EventSink } from '../../../../local/events';
import { authorize } from '../../../../local/iam/evaluate';
import type { PolicyDocument } from '../../../../local/iam/types';
import { alarmDefinitionOf, type AlarmState, UnsupportedAlarmError } from '../../../../local/metrics/alarm-definition';
import { Monitoring } from '../../../../local/metrics/monitoring';
import { MINUTE_MS } from '../../../../local/metrics/store';

const ACCOUNT = '111122223333';
const TOPIC = `arn:aws:sns:us-east-1:${ACCOUNT}:topic`;
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`;
const START_MS = 1_000 * MINUTE_MS;

type AlarmEvent = Extract<EmulatorEvent, { kind: 'alarm' }>;

const simple = {
  AlarmDescription: 'Something is wrong.',
  AlarmActions: [TOPIC],
  ComparisonOperator: 'GreaterThanThreshold',
  Threshold: 10,
  EvaluationPeriods: 3,
  DatapointsToAlarm: 2,
  Namespace: 'N',
  MetricName: 'M',
  Dimensions: [{ Name: 'A', Value: 'a' }],
  Period: 60,
  Statistic: 'Sum',
};

/** One alarm and its clock. */
function watched(properties: Record<string, unknown> = simple) {
  let nowMs = START_MS;
  const raised: AlarmEvent[] = [];
  const events = new EventSink();
  events.listen((event) => event.kind === 'alarm' && raised.push(event));
  const keys = new Map<string, { id: string; arn: string; policy: PolicyDocument }>();
  const monitoring = new Monitoring({ accountId: ACCOUNT, events, keys, authorize, now: () => nowMs });
  monitoring.addAlarm(alarmDefinitionOf(properties, 'alarm', `arn:aws:cloudwatch:us-east-1:${ACCOUNT}:alarm:alarm`));
  return {
    monitoring,
    keys,
    raised,
    /** The values of one minute, at whose end the alarm is evaluated. */
    minute(...values: number[]): AlarmState | undefined {
      const datum = { namespace: 'N', name: 'M', unit: 'Count', dimensions: { A: 'a' } };
      if (values.length > 0) monitoring.store.put({ ...datum, values }, nowMs);
      nowMs += MINUTE_MS;
      monitoring.evaluate();
      return monitoring.alarmStates[0]?.state;
    },
  };
}

describe('M out of N', () => {
  test('raised by the second of three, lowered when only one is left', () => {
    const { minute } = watched();
    expect([minute(11), minute(1), minute(11), minute(1), minute(1)]).toEqual(['OK', 'OK', 'ALARM', 'OK', 'OK']);
  });

  test('the threshold itself is not above it', () => {
    const { minute } = watched({ ...simple, DatapointsToAlarm: undefined, EvaluationPeriods: 1 });
    expect([minute(10), minute(10.001)]).toEqual(['OK', 'ALARM']);
  });

  test('without a number of data points, all of them', () => {
    const { minute } = watched({ ...simple, DatapointsToAlarm: undefined });
    expect([minute(11), minute(11), minute(11)]).toEqual(['OK', 'OK', 'ALARM']);
  });

  test('only whole minutes count', () => {
    const { monitoring, minute } = watched({ ...simple, EvaluationPeriods: 1, DatapointsToAlarm: 1 });
    minute(1);
    const datum = { namespace: 'N', name: 'M', unit: 'Count', dimensions: { A: 'a' }, values: [99] };
    monitoring.store.put(datum, START_MS + MINUTE_MS);
    monitoring.evaluate();
    expect(monitoring.alarmStates[0]?.state).toBe('OK');
    expect(minute()).toBe('ALARM');
  });

  test.each([
    ['GreaterThanOrEqualToThreshold', [9, 10]],
    ['LessThanThreshold', [10, 9]],
    ['LessThanOrEqualToThreshold', [11, 10]],
  ] as const)('%s: %j is within and beyond', (ComparisonOperator, [within, beyond]) => {
    const { minute } = watched({ ...simple, ComparisonOperator, EvaluationPeriods: 1, DatapointsToAlarm: 1 });
    expect([minute(within), minute(beyond)]).toEqual(['OK', 'ALARM']);
  });
});

describe('missing data', () => {
  test.each([
    ['notBreaching', ['OK', 'ALARM', 'OK', 'OK']],
    ['breaching', ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
    ['ignore', ['INSUFFICIENT_DATA', 'ALARM', 'ALARM', 'ALARM']],
    ['missing', ['INSUFFICIENT_DATA', 'ALARM', 'INSUFFICIENT_DATA', 'INSUFFICIENT_DATA']],
    [undefined, ['INSUFFICIENT_DATA', 'ALARM', 'INSUFFICIENT_DATA', 'INSUFFICIENT_DATA']],
  ])('%s: none, too much, none, none → %j', (TreatMissingData, expected) => {
    const { minute } = watched({ ...simple, TreatMissingData, EvaluationPeriods: 1, DatapointsToAlarm: 1 });
    expect([minute(), minute(99), minute(), minute()]).toEqual(expected);
  });

  test('does not hide what is there', () => {
    const { minute } = watched({ ...simple, TreatMissingData: 'missing' });
    expect([minute(11), minute(), minute(11), minute()]).toEqual(['OK', 'OK', 'ALARM', 'OK']);
  });
});

describe('a percentile of few samples', () => {
  const p99 = {
    ...simple,
    Statistic: undefined,
    ExtendedStatistic: 'p99',
    EvaluationPeriods: 1,
    DatapointsToAlarm: 1,
    TreatMissingData: 'notBreaching',
    EvaluateLowSampleCountPercentile: 'ignore',
  };
  const samples = (count: number, value = 99) => Array.from({ length: count }, () => value);

  test('leaves the state as it is: 999 slow ones raise no alarm, a thousand do, 999 fast ones do not lower it', () => {
    const { minute } = watched(p99);
    expect([minute(), minute(...samples(999)), minute(...samples(1000)), minute(...samples(999, 1)), minute(...samples(1000, 1))]).toEqual([
      'OK',
      'OK',
      'ALARM',
      'ALARM',
      'OK',
    ]);
  });

  test('is evaluated where the alarm says so', () => {
    const { minute } = watched({ ...p99, EvaluateLowSampleCountPercentile: 'evaluate' });
    expect([minute(), minute(99)]).toEqual(['OK', 'ALARM']);
  });
});

test('an expression of several metrics', () => {
  const stat = (Id: string, MetricName: string) => ({
    Id,
    ReturnData: false,
    MetricStat: { Metric: { Namespace: 'N', MetricName, Dimensions: simple.Dimensions }, Period: 60, Stat: 'Sum' },
  });
  const { minute } = watched({
    ...simple,
    Namespace: undefined,
    MetricName: undefined,
    Dimensions: undefined,
    EvaluationPeriods: 1,
    DatapointsToAlarm: 1,
    TreatMissingData: 'notBreaching',
    Metrics: [{ Id: 'x', Expression: 'IF(m > 5, 2 * m, 0)', ReturnData: true }, stat('m', 'M')],
  });
  expect([minute(5), minute(6), minute()]).toEqual(['OK', 'ALARM', 'OK']);
});

describe('whoever is told', () => {
  const allow = (action: string | string[], more: object = {}): PolicyDocument => ({
    Statement: { Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' }, Action: action, Resource: '*', ...more },
  });
  const publish = allow('sns:Publish', {
    Condition: {
      StringEquals: { 'aws:SourceAccount': ACCOUNT },
      ArnLike: { 'aws:SourceArn': `arn:aws:cloudwatch:us-east-1:${ACCOUNT}:alarm:*` },
    },
  });
  const useKey = allow(['kms:Decrypt', 'kms:GenerateDataKey*']);
  const rootOnly: PolicyDocument = {
    Statement: { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
  };

  function raise({ keyId, policy, keyPolicy }: { keyId?: string; policy?: PolicyDocument; keyPolicy?: PolicyDocument }) {
    const { monitoring, keys, raised, minute } = watched({ ...simple, EvaluationPeriods: 1, DatapointsToAlarm: 1 });
    monitoring.topics.set(TOPIC, { arn: TOPIC, keyId, policy, subscriptions: [{ protocol: 'email', endpoint: 'a@example.com' }] });
    if (keyPolicy) keys.set(KEY, { id: 'k', arn: KEY, policy: keyPolicy });
    minute(99);
    expect(raised).toHaveLength(1);
    expect(raised[0]).toMatchObject({
      name: 'alarm',
      to: 'ALARM',
      description: 'Something is wrong.',
      reason: expect.stringContaining('99 > 10'),
    });
    return raised[0]?.deliveries[0];
  }

  test.each([
    ['plain, with the default policy', {}],
    ['with a policy', { policy: publish }],
    ['encrypted with a key that CloudWatch may use', { policy: publish, keyId: KEY, keyPolicy: useKey }],
    ['the key given by its id', { keyId: 'k', keyPolicy: useKey }],
  ])('a topic %s', (_name, topic) => {
    expect(raise(topic)).toEqual({ target: TOPIC, told: ['email a@example.com'] });
  });

  test.each([
    ['whose policy lacks CloudWatch', { policy: { Statement: [] } }, /sns:Publish/],
    [
      'for alarms of another account',
      { policy: allow('sns:Publish', { Condition: { StringEquals: { 'aws:SourceAccount': '1' } } }) },
      /sns:Publish/,
    ],
    ['whose key lacks CloudWatch', { policy: publish, keyId: KEY, keyPolicy: rootOnly }, /kms:Decrypt/],
    ['whose key may only be decrypted with', { keyId: KEY, keyPolicy: allow('kms:Decrypt') }, /kms:GenerateDataKey/],
    ['with the key that AWS manages', { keyId: 'alias/aws/sns' }, /alias\/aws\/sns/],
  ])('nobody, by a topic %s', (_name, topic, reason) => {
    const delivery = raise(topic);
    expect(delivery).toMatchObject({ target: TOPIC, told: [] });
    expect(delivery?.failure).toMatch(reason);
  });

  test('an action that is no topic is named', () => {
    const { raised, minute } = watched({ ...simple, EvaluationPeriods: 1, DatapointsToAlarm: 1 });
    minute(99);
    expect(raised[0]?.deliveries).toEqual([{ target: TOPIC, told: [], failure: 'it is no topic of the templates' }]);
  });

  test('nobody where actions are off; the alarm is raised', () => {
    const { raised, minute } = watched({ ...simple, ActionsEnabled: false, EvaluationPeriods: 1, DatapointsToAlarm: 1 });
    minute(99);
    expect(raised).toMatchObject([{ to: 'ALARM', deliveries: [] }]);
  });

  test('once, while the state stays', () => {
    const { raised, minute } = watched({ ...simple, EvaluationPeriods: 1, DatapointsToAlarm: 1 });
    for (const value of [99, 99, 99]) minute(value);
    expect(raised).toHaveLength(1);
  });
});

test.each([
  [{ ComparisonOperator: 'GreaterThanUpperThreshold' }, 'the comparison GreaterThanUpperThreshold'],
  [{ Threshold: undefined }, 'a threshold that is no number'],
  [{ Statistic: 'tm90' }, 'the statistic tm90'],
  [{ Unit: 'Count' }, 'a metric by its unit (Count)'],
  [{ Namespace: 'AWS/ApiGateway', MetricName: '5XXError' }, 'the metric AWS/ApiGateway 5XXError, which nothing here publishes'],
  [{ Namespace: 'AWS/Lambda', MetricName: 'Duration' }, 'the metric AWS/Lambda Duration, which nothing here publishes'],
  [{ Metrics: [{ Id: 'a', Expression: 'b' }] }, 'metrics of different periods'],
])('%j is not evaluated, and named', (change, message) => {
  expect(() => alarmDefinitionOf({ ...simple, ...change }, 'alarm', 'arn')).toThrow(UnsupportedAlarmError);
  expect(() => alarmDefinitionOf({ ...simple, ...change }, 'alarm', 'arn')).toThrow(message);
});

test('Lambda’s own metrics are published for each invocation', () => {
  const { monitoring } = watched();
  monitoring.countInvocation('f', false);
  monitoring.countInvocation('f', true);
  const sum = (name: string) =>
    monitoring.store.read({ namespace: 'AWS/Lambda', name, dimensions: { FunctionName: 'f' } }, START_MS, START_MS + MINUTE_MS)?.sum;
  expect([sum('Invocations'), sum('Errors'), sum('Throttles')]).toEqual([2, 1, 0]);
});
