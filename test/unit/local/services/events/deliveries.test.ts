import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { functionWith, LOGS } from '../../small-assembly';
import { arnOf, keyFor, queue, SmallWorld, type SmallWorldOptions } from '../../small-world';
import { BUS_ARN, bus, deliveries, jobs, lets, rule } from './harness';

/** What targets get, and what becomes of what they do not take. */

let world: SmallWorld;
afterEach(() => world.stop());

/** Puts one event and waits for its deliveries. */
async function deliver(resources: SmallWorldOptions['resources'], options: Partial<SmallWorldOptions> = {}): Promise<void> {
  world = await SmallWorld.start({ resources: { ...bus(), ...resources }, ...options });
  const Detail = JSON.stringify({ customer: { name: 'Ann "A" Bo' }, items: [{ sku: 'x' }, { sku: 'y' }], total: 3 });
  await world
    .client(EventBridgeClient)
    .send(new PutEventsCommand({ Entries: [{ EventBusName: 'orders', Source: 'shop', DetailType: 'order.placed', Detail }] }));
  await world.emulator.world.background.settle();
}

const PATTERN = { source: ['shop'] };
const RULE_ARN = BUS_ARN.replace('event-bus/orders', 'rule/orders/Small-Rule');

describe('what a target gets in the place of the event', () => {
  const bodyFor = async (target: object) => {
    await deliver({ ...jobs(), ...rule(PATTERN, { target }) });
    return world.bodies('jobs')[0];
  };

  test('a constant', async () => {
    expect(await bodyFor({ Input: '{"do":"it"}' })).toBe('{"do":"it"}');
  });

  test.each([
    ['$.detail.total', '3'],
    ['$.detail.items[1].sku', '"y"'],
    ['$.detail.customer', '{"name":"Ann \\"A\\" Bo"}'],
    ['$.detail.absent', 'null'],
  ])('the part at %s', async (path, expected) => {
    expect(await bodyFor({ InputPath: path })).toBe(expected);
  });

  test.each([
    ['a text in quotes', '"<name> pays <total>"', '"Ann \\"A\\" Bo pays 3"'],
    [
      'JSON elsewhere',
      '{"who":<name>,"total":<total>,"items":<items>}',
      '{"who":"Ann \\"A\\" Bo","total":3,"items":[{"sku":"x"},{"sku":"y"}]}',
    ],
    ['what is not there', '{"a":<absent>,"b":"<absent>"}', '{"a":null,"b":""}'],
    ['what is no variable', '{"a":"<other>"}', '{"a":"<other>"}'],
    ['names of the rule', '{"rule":"<aws.events.rule-name>","arn":"<aws.events.rule-arn>"}', `{"rule":"Small-Rule","arn":"${RULE_ARN}"}`],
  ])('a template: %s', async (_what, InputTemplate, expected) => {
    const InputPathsMap = { name: '$.detail.customer.name', total: '$.detail.total', items: '$.detail.items', absent: '$.detail.absent' };
    expect(await bodyFor({ InputTransformer: { InputPathsMap, InputTemplate } })).toBe(expected);
  });
});

describe('what could not be delivered', () => {
  const deadLetter = { target: { DeadLetterConfig: { Arn: arnOf('dead') } } };
  const dead = { Dead: queue('dead'), DeadPolicy: lets('Dead') };
  const closed = { Jobs: queue('jobs') };
  const withDead = (pattern: object) => {
    const made = rule(pattern, deadLetter);
    return { Rule: { ...made.Rule, DependsOn: ['Bus', 'Jobs', 'Dead'] } } as typeof made;
  };

  test('lies in the dead-letter queue of the target, with the reason', async () => {
    await deliver({ ...closed, ...dead, ...withDead(PATTERN) });
    const [message] = world.emulator.world.sqs.queues.get(arnOf('dead'))?.messages ?? [];
    expect(JSON.parse(message?.body ?? '')).toMatchObject({ source: 'shop', detail: { total: 3 } });
    expect(message?.attributes).toEqual({
      RULE_ARN: { DataType: 'String', StringValue: RULE_ARN },
      TARGET_ARN: { DataType: 'String', StringValue: arnOf('jobs') },
      ERROR_CODE: { DataType: 'String', StringValue: 'NO_PERMISSIONS' },
      ERROR_MESSAGE: { DataType: 'String', StringValue: expect.stringContaining('sqs:SendMessage') },
    });
    expect(world.ofKind('undelivered')).toEqual([expect.objectContaining({ from: RULE_ARN, deadLetterArn: arnOf('dead') })]);
  });

  test.each([
    ['there is none', { ...closed, ...rule(PATTERN) }, 'the target has no dead-letter queue'],
    ['its policy does not let EventBridge in', { ...closed, Dead: queue('dead'), ...withDead(PATTERN) }, 'the dead-letter queue: '],
  ])('is lost when %s, and the emulator says so', async (_what, resources, lost) => {
    await deliver(resources);
    expect(world.ofKind('undelivered')).toEqual([expect.objectContaining({ code: 'NO_PERMISSIONS', lost: expect.stringContaining(lost) })]);
  });

  test.each([
    ['of this rule', { ArnEquals: { 'aws:SourceArn': RULE_ARN } }, 1],
    ['of the rules of its bus', { ArnLike: { 'aws:SourceArn': BUS_ARN.replace('event-bus/orders', 'rule/orders/*') } }, 1],
    ['of another rule', { ArnEquals: { 'aws:SourceArn': `${RULE_ARN}2` } }, 0],
    ['of this account', { StringEquals: { 'aws:SourceAccount': '111122223333' } }, 1],
    ['of another account', { StringEquals: { 'aws:SourceAccount': '999999999999' } }, 0],
  ])('a queue that lets events %s in', async (_what, condition, expected) => {
    await deliver({ Jobs: queue('jobs'), JobsPolicy: lets('Jobs', condition), ...rule(PATTERN) });
    expect(deliveries(world)).toHaveLength(expected);
  });

  test.each([
    ['lets EventBridge use it', ['events.amazonaws.com'], 1],
    ['does not', [], 0],
  ])('an encrypted queue whose key %s', async (_what, services, expected) => {
    const Key = keyFor(...services);
    await deliver({ Key, ...jobs({ KmsMasterKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } }), ...rule(PATTERN) });
    expect(deliveries(world)).toHaveLength(expected);
    const reasons = world.ofKind('undelivered').map(({ reason }) => reason);
    expect(reasons).toEqual(expected === 1 ? [] : [expect.stringContaining('kms:GenerateDataKey')]);
  });

  test("AWS's own key for SQS lets no service in", async () => {
    await deliver({ ...jobs({ KmsMasterKeyId: 'alias/aws/sqs' }), ...rule(PATTERN) });
    expect(world.ofKind('undelivered')).toEqual([expect.objectContaining({ code: 'NO_PERMISSIONS' })]);
  });

  test('a message that is too long for the queue', async () => {
    await deliver({ ...jobs({ MaximumMessageSize: 1024 }), ...rule(PATTERN, { target: { Input: JSON.stringify('x'.repeat(1024)) } }) });
    expect(world.ofKind('undelivered')).toEqual([expect.objectContaining({ code: 'TARGET_LIMIT' })]);
  });
});

describe('a function as a target', () => {
  const CODE = `exports.handler = async (event) => {
    console.log(JSON.stringify({ got: event.detail ?? event }));
    if (process.env.FAIL) throw new TypeError('broken');
  };`;
  const permission = (sourceArn: string) => ({
    Permission: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        FunctionName: { Ref: 'worker' },
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
        SourceArn: sourceArn,
      },
    },
  });
  const target = { Arn: { 'Fn::GetAtt': ['worker', 'Arn'] } };
  const withFunction = (more: object, properties: object = {}) =>
    deliver(
      { ...functionWith('worker', 'code', [LOGS], properties), ...jobs(), ...rule(PATTERN, { target }), ...more },
      { code: { code: CODE } },
    );
  const got = async () => {
    const lines = () => world.ofKind('log').filter(({ line }) => line.includes('"got"'));
    for (let look = 0; look < 500 && lines().length === 0; look++) await new Promise((resolve) => setTimeout(resolve, 5));
    return lines().map(({ line }) => JSON.parse(line) as unknown);
  };

  test('is called with the event, when its permission names the rule', async () => {
    await withFunction(permission(RULE_ARN));
    expect(await got()).toEqual([{ got: expect.objectContaining({ total: 3 }) }]);
    expect(world.ofKind('undelivered')).toEqual([]);
  });

  test('is not called by another rule', async () => {
    await withFunction(permission(`${RULE_ARN}2`));
    expect(world.ofKind('undelivered')).toEqual([expect.objectContaining({ code: 'NO_PERMISSIONS', lost: expect.any(String) })]);
  });

  test('that fails has had its event all the same: that is the function’s to tell', async () => {
    await withFunction(permission(RULE_ARN), { Environment: { Variables: { FAIL: 'yes' } } });
    expect(world.ofKind('undelivered')).toEqual([]);
    expect(world.ofKind('crash')).toEqual([expect.objectContaining({ reason: expect.stringContaining('TypeError: broken') })]);
  });
});

test('a rule on a schedule sends to a queue', async () => {
  world = await SmallWorld.start({
    resources: {
      ...jobs(),
      Daily: {
        Type: 'AWS::Events::Rule',
        DependsOn: 'Jobs',
        Properties: { ScheduleExpression: 'rate(1 day)', Targets: [{ Id: 'jobs', Arn: arnOf('jobs') }] },
      },
    },
  });
  await world.emulator.world.schedules.fire('Daily');
  expect(deliveries(world)).toEqual([expect.objectContaining({ source: 'aws.events', 'detail-type': 'Scheduled Event' })]);
});

describe('what a deployment would refuse', () => {
  const refusal = async (resources: SmallWorldOptions['resources']) => {
    const error = await deliver({ ...jobs(), ...resources }).then(
      () => undefined,
      (reason: Error) => reason,
    );
    // For what follows each test.
    await deliver({ ...jobs() });
    return error?.message;
  };

  test.each([
    ['a bus that is not there', rule(PATTERN, { bus: 'other' }), 'its bus other is not in the templates.'],
    ['a pattern that is none', rule({ source: 'shop' }), 'source'],
    [
      'a dead-letter queue that is not there',
      rule(PATTERN, { target: { DeadLetterConfig: { Arn: arnOf('none') } } }),
      'is no queue of the templates',
    ],
    ['a retry policy', rule(PATTERN, { target: { RetryPolicy: { MaximumRetryAttempts: 186 } } }), 'it takes 0 to 185'],
    ['a path that is not emulated', rule(PATTERN, { target: { InputPath: '$..total' } }), 'the path $..total is not emulated'],
  ])('%s', async (_what, resources, message) => {
    expect(await refusal(resources)).toContain(message);
  });
});
