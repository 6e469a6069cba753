import {
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { arnOf, queue, SmallWorld, type SmallWorldOptions } from '../../small-world';

const redriveTo = (logicalId: string, maxReceiveCount = 3) => ({
  RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [logicalId, 'Arn'] }, maxReceiveCount },
});
const RESOURCES: SmallWorldOptions['resources'] = { Jobs: queue('jobs', redriveTo('Dead')), Dead: queue('dead') };

let world: SmallWorld | undefined;
const start = async (resources: object = {}) => {
  world = await SmallWorld.start({ resources: { ...RESOURCES, ...resources } });
  return world;
};
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

const receive = async ({ sqs, urlOf }: SmallWorld, name: string) => {
  const command = new ReceiveMessageCommand({
    QueueUrl: urlOf.call(world, name),
    MaxNumberOfMessages: 10,
    MessageSystemAttributeNames: ['All'],
  });
  return (await sqs.send(command)).Messages ?? [];
};
/** Sends one message and receives it until it is in the dead-letter queue. @returns How often it was received, and its id. */
async function exhaust(small: SmallWorld): Promise<readonly [receives: number, id: string | undefined]> {
  const { MessageId } = await small.sqs.send(new SendMessageCommand({ QueueUrl: small.urlOf('jobs'), MessageBody: 'poison' }));
  let receives = 0;
  while (small.bodies('dead').length === 0 && receives < 10) {
    receives += (await receive(small, 'jobs')).length;
    small.nowMs += 30_000;
  }
  return [receives, MessageId];
}

test('a message is in the dead-letter queue after exactly as many receives as the policy has, as the message that it was', async () => {
  const small = await start();
  const sentAtMs = small.nowMs;
  const [receives, id] = await exhaust(small);
  expect([receives, small.bodies('jobs')]).toEqual([3, []]);
  const [dead] = await receive(small, 'dead');
  expect(dead).toMatchObject({
    MessageId: id,
    Body: 'poison',
    Attributes: { DeadLetterQueueSourceArn: arnOf('jobs'), SentTimestamp: String(sentAtMs) },
  });
});

test('in the dead-letter queue it expires as long after it was sent as anywhere, and its age counts from its arrival', async () => {
  const small = await start({ Dead: queue('dead', { MessageRetentionPeriod: 150 }) });
  await exhaust(small);
  const { sqs } = small.emulator.world;
  expect(sqs.queues.get(arnOf('dead'))?.sizes).toMatchObject({ visible: 1, oldestAgeMs: 30_000 });
  small.nowMs += 30_000;
  expect(small.bodies('dead')).toEqual([]);
});

test('a redrive sends dead letters back to where they came from, as new messages', async () => {
  const small = await start();
  const [, id] = await exhaust(small);
  const { TaskHandle } = await small.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arnOf('dead') }));
  expect(TaskHandle).toBeDefined();
  expect([small.bodies('dead'), small.bodies('jobs')]).toEqual([[], ['poison']]);
  const [again] = await receive(small, 'jobs');
  expect(again?.MessageId).not.toBe(id);
  expect(again?.Attributes).toMatchObject({ ApproximateReceiveCount: '1', SentTimestamp: String(small.nowMs) });
  const { Results } = await small.sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arnOf('dead') }));
  expect(Results).toEqual([
    {
      Status: 'COMPLETED',
      SourceArn: arnOf('dead'),
      ApproximateNumberOfMessagesMoved: 1,
      ApproximateNumberOfMessagesToMove: 1,
      StartedTimestamp: small.nowMs,
    },
  ]);
});

test('a redrive may go elsewhere; a message of which the origin is not known goes nowhere else', async () => {
  const small = await start({ Elsewhere: queue('elsewhere') });
  await small.sqs.send(new SendMessageCommand({ QueueUrl: small.urlOf('dead'), MessageBody: 'stray' }));
  await small.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arnOf('dead') }));
  const { Results } = await small.sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arnOf('dead') }));
  expect(Results?.[0]).toMatchObject({
    Status: 'FAILED',
    FailureReason: 'CouldNotDetermineMessageSource',
    ApproximateNumberOfMessagesMoved: 0,
  });
  await small.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arnOf('dead'), DestinationArn: arnOf('elsewhere') }));
  expect([small.bodies('dead'), small.bodies('elsewhere')]).toEqual([[], ['stray']]);
});

test('only a dead-letter queue can be redriven', async () => {
  const small = await start();
  const moving = small.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arnOf('jobs') }));
  await expect(moving).rejects.toThrow('Source queue must be configured as a Dead Letter Queue.');
});

test.each([
  ['denyAll', { redrivePermission: 'denyAll' }, 'does not allow it to be one: its RedriveAllowPolicy has denyAll'],
  ['byQueue, of another', { redrivePermission: 'byQueue', sourceQueueArns: [arnOf('other')] }, 'RedriveAllowPolicy has byQueue'],
  ['byQueue, of none', { redrivePermission: 'byQueue' }, 'it takes allowAll, denyAll, or byQueue with 1 to 10'],
])('a dead-letter queue with %s is not had', async (_, RedriveAllowPolicy, message) => {
  await expect(start({ Dead: queue('dead', { RedriveAllowPolicy }) })).rejects.toThrow(message);
});

test('a dead-letter queue that allows its source by ARN is had, and says so', async () => {
  const RedriveAllowPolicy = { redrivePermission: 'byQueue', sourceQueueArns: [arnOf('jobs')] };
  const small = await start({ Dead: queue('dead', { RedriveAllowPolicy }) });
  const command = new GetQueueAttributesCommand({ QueueUrl: small.urlOf('dead'), AttributeNames: ['RedriveAllowPolicy'] });
  const { Attributes } = await small.sqs.send(command);
  expect(JSON.parse(Attributes?.RedriveAllowPolicy ?? '')).toEqual(RedriveAllowPolicy);
});

test.each([
  [{ FifoQueue: true, QueueName: 'jobs.fifo' }, 'FIFO queues are not emulated'],
  [{ VisibilityTimeout: 43_201 }, 'its VisibilityTimeout is 43201; it takes an integer from 0 to 43200'],
  [{ KmsMasterKeyId: 'absent' }, 'its key absent is not in the templates'],
  [redriveTo('Dead', 0), 'maxReceiveCount 0; it takes an integer from 1 to 1000'],
])('a queue with %j is refused at the start', async (properties, message) => {
  await expect(start({ Jobs: queue('jobs', properties) })).rejects.toThrow(message);
});
