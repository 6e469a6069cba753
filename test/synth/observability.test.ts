import * as fs from 'node:fs';
import * as path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { loadEnvironment } from '../../config/load';
import type { RequestLine } from '../../lambdas/gateway/call';
import { AlarmTopic, GatewayMetrics, PlatformAlarms, type PlatformAlarmSelection, PlatformDashboard } from '../../lib';
import { synthEnvironment, type TemplateJson } from '../helpers/synth';

const ROOT = path.resolve(__dirname, '..', '..');
const ENVIRONMENTS = ['dev', 'staging', 'prod'];

interface Alarm {
  readonly AlarmDescription: string;
  readonly AlarmActions: readonly unknown[];
  readonly Threshold: number;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly Period?: number;
  readonly TreatMissingData?: string;
  readonly EvaluateLowSampleCountPercentile?: string;
  readonly ExtendedStatistic?: string;
  readonly Metrics?: readonly { readonly Expression?: string; readonly MetricStat?: { readonly Period: number; readonly Stat: string } }[];
}

function ofType(template: TemplateJson, type: string): [string, Record<string, unknown>][] {
  return Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === type)
    .map(([id, { Properties = {} }]) => [id, Properties]);
}

const periodOf = (alarm: Alarm): number =>
  alarm.Period ?? alarm.Metrics?.find(({ MetricStat }) => MetricStat)?.MetricStat?.Period ?? Number.NaN;
const statisticsOf = (alarm: Alarm): string[] => [
  ...(alarm.ExtendedStatistic ? [alarm.ExtendedStatistic] : []),
  ...(alarm.Metrics ?? []).flatMap(({ MetricStat }) => MetricStat?.Stat ?? []),
];

describe.each(ENVIRONMENTS)('alarms of %s', (name) => {
  const template = synthEnvironment(name).templates.observability as TemplateJson;
  const config = loadEnvironment(name);
  const alarms = ofType(template, 'AWS::CloudWatch::Alarm').map(([id, properties]) => [id, properties as unknown as Alarm] as const);
  const alarm = (id: string) => alarms.find(([logicalId]) => logicalId.startsWith(`Alarms${id}`))?.[1];
  const topics = ofType(template, 'AWS::SNS::Topic');

  test('there are twenty, one of the semantic cache, two for each model, three for each agent, and one topic', () => {
    const agents = Object.keys(config.agents ?? {}).length;
    expect(agents).toBe(4);
    expect(alarms).toHaveLength(20 + Number(config.answerCache?.semantic !== undefined) + 2 * config.models.length + 3 * agents);
    expect(topics).toHaveLength(1);
  });

  test.each(alarms)('%s has the topic as its action, an owner, and a runbook that exists', (_id, { AlarmActions, AlarmDescription }) => {
    expect(AlarmActions).toEqual([{ Ref: topics[0]?.[0] }]);
    const [, owner, runbook] = /^\S.*\. Owner: (\S.*)\. Runbook: (\S+)$/.exec(AlarmDescription) ?? [];
    expect(owner).toBe('ai-platform');
    expect(fs.readFileSync(path.join(ROOT, runbook ?? '?'), 'utf8')).toMatch(/^# \w/);
  });

  test.each(alarms)('%s is one that CloudWatch takes', (_id, properties) => {
    expect(JSON.stringify(properties)).not.toContain('SEARCH(');
    expect(properties.Metrics?.length ?? 1).toBeLessThanOrEqual(10);
    const periodSeconds = periodOf(properties);
    expect(periodSeconds % 60).toBe(0);
    expect(periodSeconds * properties.EvaluationPeriods).toBeLessThanOrEqual(86_400);
    expect(properties.DatapointsToAlarm ?? 1).toBeLessThanOrEqual(properties.EvaluationPeriods);
    expect(properties.TreatMissingData).toBe('notBreaching');
  });

  test('every alarm on a percentile, and no other, says what few samples mean', () => {
    const onPercentiles = alarms.filter(([, properties]) => statisticsOf(properties).some((statistic) => statistic.startsWith('p')));
    expect(onPercentiles).toHaveLength(1);
    for (const [, properties] of alarms) {
      const isOnPercentile = onPercentiles.some(([, other]) => other === properties);
      expect(properties.EvaluateLowSampleCountPercentile).toBe(isOnPercentile ? 'ignore' : undefined);
      // CloudWatch knows of few samples only where the alarm is on the percentile itself.
      if (isOnPercentile) expect(properties.Metrics).toBeUndefined();
    }
  });

  test('thresholds are those of the config', () => {
    expect(alarm('ErrorRate')?.Threshold).toBe(config.alarms.errorRatePercent);
    expect(alarm('LatencyP99')?.Threshold).toBe(config.alarms.latencyP99Ms);
    expect(alarm('HourlySpend')).toMatchObject({ Threshold: config.alarms.spendUsdPerHour, Period: 3600, Statistic: 'Sum' });
    expect(alarm('DailySpend')?.Threshold).toBeCloseTo(config.alarms.monthlyBudgetUsd / 30, 2);
    expect(alarm('DailySpend')).toMatchObject({ Period: 86_400, Statistic: 'Sum' });
    expect(alarm('SettlementFailures')?.Threshold).toBe(0);
    expect(alarm('InvalidAnswers')?.Threshold).toBe(config.alarms.invalidAnswersPercent);
    expect(alarm('Escalations')?.Threshold).toBe(config.alarms.escalationsPercent);
  });

  test('the error rate counts only where there are enough calls', () => {
    expect(alarm('ErrorRate')?.Metrics?.find(({ Expression }) => Expression)?.Expression).toBe(
      'IF(calls >= 20 OR errors >= 5, 100 * errors / calls, 0)',
    );
  });

  test('the topic is encrypted with a key that CloudWatch may use, and lets alarms of this account alone publish', () => {
    const [topicId, topic] = topics[0] ?? [];
    const [[keyId, key] = []] = ofType(template, 'AWS::KMS::Key');
    expect(topic?.KmsMasterKeyId).toEqual({ 'Fn::GetAtt': [keyId, 'Arn'] });
    expect(key).toMatchObject({
      EnableKeyRotation: true,
      KeyPolicy: {
        Statement: expect.arrayContaining([
          expect.objectContaining({
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
            Resource: '*',
          }),
        ]),
      },
    });
    const [[, policy] = []] = ofType(template, 'AWS::SNS::TopicPolicy');
    expect(policy?.Topics).toEqual([{ Ref: topicId }]);
    const { Statement = [] } = (policy?.PolicyDocument ?? {}) as { Statement?: Record<string, unknown>[] };
    expect(Statement).toHaveLength(2);
    expect(Statement).toContainEqual(
      expect.objectContaining({ Effect: 'Deny', Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    );
    expect(Statement).toContainEqual({
      Sid: 'CloudWatchAlarms',
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: 'sns:Publish',
      Resource: { Ref: topicId },
      Condition: {
        StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
        ArnLike: { 'aws:SourceArn': { 'Fn::Join': ['', [`arn:aws:cloudwatch:${config.region}:`, { Ref: 'AWS::AccountId' }, ':alarm:*']] } },
      },
    });
  });

  test('each address of the config is subscribed', () => {
    const subscribed = ofType(template, 'AWS::SNS::Subscription').map(([, { Protocol, Endpoint }]) => [Protocol, Endpoint]);
    expect(subscribed).toEqual(config.notifications.emails.map((email) => ['email', email]));
  });

  test('other apps find the topic', () => {
    const parameters = ofType(template, 'AWS::SSM::Parameter').map(([, properties]) => properties);
    expect(parameters).toEqual([{ Name: `/ai-native-blueprint/${name}/alarm-topic`, Type: 'String', Value: { Ref: topics[0]?.[0] } }]);
  });
});

describe('constructs by themselves', () => {
  function stackWith(alarms: PlatformAlarmSelection, more: { runbooks?: string } = {}) {
    const stack = new Stack(new App(), 'Team');
    const metrics = new GatewayMetrics('prod');
    const handler = lambda.Function.fromFunctionName(stack, 'Gateway', 'gateway');
    const { topic } = new AlarmTopic(stack, 'Topic');
    new PlatformAlarms(stack, 'Alarms', { metrics, handler, topic, owner: 'team', alarms, ...more });
    return { stack, metrics };
  }

  test('an alarm for each entry, none for what is absent', () => {
    const template = Template.fromStack(stackWith({ hourlySpend: { usd: 7 } }, { runbooks: 'https://runbooks.example.com' }).stack);
    template.resourceCountIs('AWS::CloudWatch::Alarm', 1);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Threshold: 7,
      AlarmDescription: 'Models cost more than $7 in an hour. Owner: team. Runbook: https://runbooks.example.com/spend.md',
    });
    Template.fromStack(stackWith({}).stack).resourceCountIs('AWS::CloudWatch::Alarm', 0);
  });

  test('alarms of prompts stand beside those of models', () => {
    const alarms = { invalidAnswers: { percent: 5, models: ['m'], prompts: ['support-triage'] } };
    const template = Template.fromStack(stackWith(alarms).stack);
    template.resourceCountIs('AWS::CloudWatch::Alarm', 2);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: Match.stringLikeRegexp('^More than 5 % of the answers of prompt support-triage do not hold'),
      Metrics: Match.arrayWith([
        Match.objectLike({
          MetricStat: Match.objectLike({
            Metric: Match.objectLike({
              MetricName: 'InvalidAnswers',
              Dimensions: Match.arrayWith([{ Name: 'Prompt', Value: 'support-triage' }]),
            }),
          }),
        }),
      ]),
    });
  });

  test('an alarm for each tenant that is named, whose id is the same whoever stands beside it', () => {
    const template = Template.fromStack(stackWith({ tenantSpend: { acme: { usd: 50 } } }).stack);
    template.resourceCountIs('AWS::CloudWatch::Alarm', 1);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: 'Models cost more than $50 in a day for tenant acme. Owner: team. Runbook: docs/runbooks/spend.md',
      Namespace: 'AiNativeBlueprint',
      MetricName: 'CostUsd',
      Dimensions: [
        { Name: 'Environment', Value: 'prod' },
        { Name: 'Tenant', Value: 'acme' },
      ],
      Statistic: 'Sum',
      Period: 86_400,
      EvaluationPeriods: 1,
      Threshold: 50,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
    });
    const [id] = Object.keys(template.findResources('AWS::CloudWatch::Alarm'));
    expect(id).toMatch(/^AlarmsTenantSpendacme/);
    const tenantSpend = { 'ac.me': { usd: 1 }, acme: { usd: 2 }, 'ac-me': { usd: 3 } };
    const ids = Object.keys(Template.fromStack(stackWith({ tenantSpend }).stack).findResources('AWS::CloudWatch::Alarm'));
    expect(ids).toHaveLength(3);
    expect(ids).toContain(id);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1])('a threshold of %d is refused', (usd) => {
    expect(() => stackWith({ hourlySpend: { usd } })).toThrow(
      `The threshold of alarm hourlySpend is ${usd}; it must be a finite number of at least 0.`,
    );
  });

  test('a metric that nobody publishes is refused, and it is said which are', () => {
    const metrics = new GatewayMetrics('prod');
    expect(() => metrics.metric('LatencyMs', { model: 'm' })).toThrow(
      'Metric LatencyMs is not published by Environment and Model; it is by Environment.',
    );
    expect(() => metrics.metric('CostUsd', { model: 'm', service: 's' })).toThrow(
      /it is by Environment; Environment and Model; Environment and Service/,
    );
    expect(() => metrics.metric('Calls', { tenant: 'acme' })).toThrow('Metric Calls is not published by Environment and Tenant;');
    expect(() => metrics.searchByService('Errors', { period: metrics.metric('Calls').period })).toThrow('not published by Service');
  });

  test('a dashboard without alarms', () => {
    const { stack, metrics } = stackWith({});
    new PlatformDashboard(stack, 'Dashboard', { metrics, models: ['a'] });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
    const text = JSON.stringify(template.toJSON());
    expect(text).toContain('\\"type\\":\\"metric\\"');
    expect(text).not.toContain('\\"type\\":\\"alarm\\"');
    expect(text).not.toContain('\\"type\\":\\"log\\"');
  });

  test('what tenants and services cost is asked of the lines that the gateway writes', () => {
    const { stack, metrics } = stackWith({});
    const logGroup = logs.LogGroup.fromLogGroupName(stack, 'Logs', 'gateway-lines');
    new PlatformDashboard(stack, 'Dashboard', { metrics, models: ['a'], logGroup });
    const text = JSON.stringify(Template.fromStack(stack).toJSON()).replaceAll('\\', '');
    const queries = [...text.matchAll(/"query":"(SOURCE 'gateway-lines'.*?limit \d+)"/g)].map(([, query]) => query ?? '');
    expect(queries).toHaveLength(2);
    for (const query of queries) expect(query).toContain('sum(cost_micro_usd) / 1000000 as cost_usd');
    const line: Partial<RequestLine> = { tenant: 'acme', for_service: 'billing', cost_micro_usd: 1 };
    expect(Object.keys(line).every((field) => queries.join(' ').includes(field))).toBe(true);
  });
});
