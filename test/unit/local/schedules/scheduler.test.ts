import { ACCOUNT, functionWith, LOGS, REGION } from '../small-assembly';
import { arnOf, queue, SmallWorld, type SmallWorldOptions } from '../small-world';

/** `AWS::Scheduler::Schedule`: what it calls, as whom, and when. */

let world: SmallWorld;
afterEach(() => world.stop());

const BUS_ARN = `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/orders`;
const ARN = `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/default/nightly`;
const trustOf = (condition?: object) => ({
  Statement: {
    Effect: 'Allow',
    Principal: { Service: 'scheduler.amazonaws.com' },
    Action: 'sts:AssumeRole',
    ...(condition && { Condition: condition }),
  },
});
const ALLOW_ALL = { Effect: 'Allow', Action: ['sqs:SendMessage', 'lambda:InvokeFunction', 'events:PutEvents'], Resource: '*' };

interface Setup {
  readonly schedule?: object;
  readonly target?: object;
  readonly statements?: readonly object[];
  readonly trust?: object;
  readonly resources?: SmallWorldOptions['resources'];
}

async function start({
  schedule = {},
  target = {},
  statements = [ALLOW_ALL],
  trust = trustOf(),
  resources = {},
}: Setup = {}): Promise<void> {
  world = await SmallWorld.start({
    code: { code: 'exports.handler = async (event) => console.log(JSON.stringify({ got: event }));' },
    resources: {
      Jobs: queue('jobs'),
      Dead: queue('dead'),
      Caller: {
        Type: 'AWS::IAM::Role',
        Properties: { AssumeRolePolicyDocument: trust, Policies: [{ PolicyName: 'own', PolicyDocument: { Statement: statements } }] },
      },
      ...resources,
      Nightly: {
        Type: 'AWS::Scheduler::Schedule',
        DependsOn: ['Jobs', 'Dead', ...Object.keys(resources)],
        Properties: {
          Name: 'nightly',
          ScheduleExpression: 'cron(0 3 * * ? *)',
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: { Arn: arnOf('jobs'), RoleArn: { 'Fn::GetAtt': ['Caller', 'Arn'] }, Input: '{"do":"it"}', ...target },
          ...schedule,
        },
      },
    },
  });
}

const fire = () => world.emulator.world.schedules.fire('nightly');

test('a schedule sends its input to its queue when it is due', async () => {
  await start();
  world.nowMs = Date.UTC(2026, 5, 2, 2, 59);
  await world.emulator.world.schedules.runDue();
  expect(world.bodies('jobs')).toEqual([]);
  world.nowMs = Date.UTC(2026, 5, 2, 3);
  await world.emulator.world.schedules.runDue();
  expect(world.bodies('jobs')).toEqual(['{"do":"it"}']);
});

test('at(…) is due once', async () => {
  await start({ schedule: { ScheduleExpression: 'at(2026-06-01T12:00:30)' } });
  for (const second of [29, 30, 31, 90]) {
    world.nowMs = Date.UTC(2026, 5, 1, 12, 0, second);
    await world.emulator.world.schedules.runDue();
    expect(world.bodies('jobs')).toHaveLength(second < 30 ? 0 : 1);
  }
});

test.each([
  ['names in the input', { Input: '<aws.scheduler.schedule-arn> at <aws.scheduler.scheduled-time>' }, `${ARN} at 2026-06-01T12:00:00Z`],
  ['the scheduled event without one', { Input: undefined }, expect.stringContaining(`"source":"aws.scheduler","account":"${ACCOUNT}"`)],
])('it sends %s', async (_what, target, expected) => {
  await start({ target });
  await fire();
  expect(world.bodies('jobs')).toEqual([expected]);
});

test('a function is called', async () => {
  await start({ target: { Arn: { 'Fn::GetAtt': ['worker', 'Arn'] } }, resources: functionWith('worker', 'code', [LOGS]) });
  await fire();
  const lines = () => world.ofKind('log').filter(({ line }) => line.includes('"got"'));
  for (let look = 0; look < 500 && lines().length === 0; look++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(lines().map(({ line }) => JSON.parse(line) as unknown)).toEqual([{ got: { do: 'it' } }]);
});

test('an event is put on a bus', async () => {
  const names = { DetailType: 'night.begun', Source: 'clock' };
  await start({
    target: { Arn: BUS_ARN, EventBridgeParameters: names },
    resources: {
      Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'orders' } },
      Archive: { Type: 'AWS::Events::Archive', DependsOn: 'Bus', Properties: { ArchiveName: 'all', SourceArn: BUS_ARN } },
    },
  });
  await fire();
  expect(world.emulator.world.eventBridge.archives.eventsOf('all')).toEqual([
    expect.objectContaining({ 'detail-type': 'night.begun', source: 'clock', detail: { do: 'it' } }),
  ]);
});

describe('what could not be delivered', () => {
  const sendsTo = (name: string) => ({ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: arnOf(name) });
  const DEAD = { DeadLetterConfig: { Arn: arnOf('dead') } };

  test('lies in the dead-letter queue, with the reason', async () => {
    await start({ statements: [sendsTo('dead')], target: DEAD });
    const [fired] = await fire();
    expect(fired?.failure).toContain('sqs:SendMessage');
    const [message] = world.emulator.world.sqs.queues.get(arnOf('dead'))?.messages ?? [];
    expect(message?.body).toBe('{"do":"it"}');
    expect(Object.fromEntries(Object.entries(message?.attributes ?? {}).map(([name, { StringValue }]) => [name, StringValue]))).toEqual({
      SCHEDULE_ARN: ARN,
      TARGET_ARN: arnOf('jobs'),
      SCHEDULED_TIME: '2026-06-01T12:00:00Z',
      ERROR_CODE: 'NO_PERMISSIONS',
      ERROR_MESSAGE: expect.stringContaining('sqs:SendMessage'),
    });
  });

  test.each([
    ['no queue is named', { statements: [] }, 'the target has no dead-letter queue'],
    ['the role may not send there either', { statements: [], target: DEAD }, 'the dead-letter queue: '],
    ['nobody may work as the role', { trust: { Statement: [] }, target: DEAD }, 'the dead-letter queue: '],
  ])('is lost when %s', async (_what, setup, lost) => {
    await start(setup);
    await fire();
    expect(world.bodies('jobs')).toEqual([]);
    expect(world.ofKind('undelivered')).toEqual([expect.objectContaining({ from: ARN, lost: expect.stringContaining(lost) })]);
  });
});

test.each([
  ['this account', ACCOUNT, 1],
  ['another account', '999999999999', 0],
])('a role that trusts Scheduler for %s', async (_what, account, expected) => {
  await start({ trust: trustOf({ StringEquals: { 'aws:SourceAccount': account } }) });
  await fire();
  expect(world.bodies('jobs')).toHaveLength(expected);
});

test('a schedule in another time zone is fired by hand alone, and named', async () => {
  await start({ schedule: { ScheduleExpressionTimezone: 'Europe/Berlin' } });
  expect([...world.emulator.world.notEvaluated]).toContainEqual(expect.stringContaining('ScheduleExpressionTimezone Europe/Berlin'));
  await fire();
  expect(world.bodies('jobs')).toHaveLength(1);
});
