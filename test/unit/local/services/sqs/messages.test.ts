import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
} from '@aws-sdk/client-sqs';
import { arnOf, queue, SmallWorld, type SmallWorldOptions } from '../../small-world';

let world: SmallWorld;
const start = async (resources: SmallWorldOptions['resources'] = { Jobs: queue('jobs') }, more: Partial<SmallWorldOptions> = {}) => {
  world = await SmallWorld.start({ resources, ...more });
};
afterEach(() => world.stop());

const send = (MessageBody: string, more: Partial<SendMessageCommandInput> = {}) =>
  world.sqs.send(new SendMessageCommand({ QueueUrl: world.urlOf('jobs'), MessageBody, ...more }));
const receive = async (more: Partial<ReceiveMessageCommandInput> = {}) => {
  const input = { QueueUrl: world.urlOf('jobs'), MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'] as const, ...more };
  const { Messages = [] } = await world.sqs.send(new ReceiveMessageCommand({ ...input, MessageSystemAttributeNames: ['All'] }));
  return Messages;
};
const bodiesReceived = async () => (await receive()).map(({ Body }) => Body);
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: Error) => error.name,
  );

test('a message is hidden from its receipt on, until its visibility timeout is over or it is deleted', async () => {
  await start();
  const { MessageId } = await send('one');
  const [first] = await receive();
  expect(first).toMatchObject({ MessageId, Body: 'one', Attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(world.nowMs) } });
  world.nowMs += 29_999;
  expect(await receive()).toEqual([]);
  world.nowMs += 1;
  const [second] = await receive();
  expect(second?.Attributes).toMatchObject({
    ApproximateReceiveCount: '2',
    SentTimestamp: String(world.nowMs - 30_000),
    ApproximateFirstReceiveTimestamp: String(world.nowMs - 30_000),
    SenderId: expect.stringMatching(/^ARO.*:local$/),
  });
  // The handle of an earlier receive is taken, and deletes nothing.
  await world.sqs.send(new DeleteMessageCommand({ QueueUrl: world.urlOf('jobs'), ReceiptHandle: first?.ReceiptHandle }));
  expect(world.bodies('jobs')).toEqual(['one']);
  await world.sqs.send(new DeleteMessageCommand({ QueueUrl: world.urlOf('jobs'), ReceiptHandle: second?.ReceiptHandle }));
  expect(world.bodies('jobs')).toEqual([]);
});

test('visibility can be changed while a message is in flight, and not afterwards', async () => {
  await start();
  await send('one');
  const [message] = await receive();
  const change = (VisibilityTimeout: number, ReceiptHandle = message?.ReceiptHandle) =>
    world.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: world.urlOf('jobs'), ReceiptHandle, VisibilityTimeout }));
  await change(600);
  world.nowMs += 599_000;
  expect(await receive()).toEqual([]);
  await change(0);
  expect(await codeOf(change(10))).toBe('MessageNotInflight');
  expect(await codeOf(change(10, 'nonsense'))).toBe('ReceiptHandleIsInvalid');
  expect(await bodiesReceived()).toEqual(['one']);
});

test('delays: of the queue, and of a message in its place', async () => {
  await start({ Jobs: queue('jobs', { DelaySeconds: 60 }) });
  await send('of the queue');
  await send('at once', { DelaySeconds: 0 });
  expect(await bodiesReceived()).toEqual(['at once']);
  const { Attributes } = await world.sqs.send(new GetQueueAttributesCommand({ QueueUrl: world.urlOf('jobs'), AttributeNames: ['All'] }));
  expect(Attributes).toMatchObject({
    QueueArn: arnOf('jobs'),
    ApproximateNumberOfMessages: '0',
    ApproximateNumberOfMessagesNotVisible: '1',
    ApproximateNumberOfMessagesDelayed: '1',
    MaximumMessageSize: '1048576',
    VisibilityTimeout: '30',
    SqsManagedSseEnabled: 'true',
  });
  world.nowMs += 60_000;
  expect((await bodiesReceived()).toSorted()).toEqual(['at once', 'of the queue']);
});

test('attributes arrive with their digest, as far as they are asked for', async () => {
  await start();
  const attributes = {
    'trace.id': { DataType: 'String', StringValue: 'é' },
    'trace.attempt': { DataType: 'Number.int', StringValue: '3' },
    raw: { DataType: 'Binary', BinaryValue: Buffer.from([0, 255]) },
  };
  const { MD5OfMessageAttributes } = await send('one', { MessageAttributes: attributes });
  // By the rule of SQS's developer guide, computed apart from the emulator.
  expect(MD5OfMessageAttributes).toBe('0e67ad7006b6e1a1553f6736a4bfdf34');
  const [all] = await receive({ MessageAttributeNames: ['All'], VisibilityTimeout: 0 });
  expect(all?.MD5OfMessageAttributes).toBe(MD5OfMessageAttributes);
  expect(all?.MessageAttributes).toEqual({ ...attributes, raw: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) } });
  const [some] = await receive({ MessageAttributeNames: ['trace.*'], VisibilityTimeout: 0 });
  expect(Object.keys(some?.MessageAttributes ?? {}).toSorted()).toEqual(['trace.attempt', 'trace.id']);
  const [none] = await receive();
  expect(none?.MessageAttributes).toBeUndefined();
});

test('batches: what one entry is refused for does not touch the others', async () => {
  await start();
  const url = world.urlOf('jobs');
  const Entries = [
    { Id: 'a', MessageBody: 'A' },
    { Id: 'b', MessageBody: 'B', DelaySeconds: 901 },
    { Id: 'c', MessageBody: 'C' },
  ];
  const sent = await world.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
  expect(sent.Successful?.map(({ Id }) => Id)).toEqual(['a', 'c']);
  expect(sent.Failed).toEqual([expect.objectContaining({ Id: 'b', SenderFault: true, Code: 'InvalidParameterValue' })]);
  const [a, c] = await receive();
  const changed = await world.sqs.send(
    new ChangeMessageVisibilityBatchCommand({
      QueueUrl: url,
      Entries: [
        { Id: 'a', ReceiptHandle: a?.ReceiptHandle, VisibilityTimeout: 0 },
        { Id: 'x', ReceiptHandle: 'nonsense', VisibilityTimeout: 0 },
      ],
    }),
  );
  expect([changed.Successful?.map(({ Id }) => Id), changed.Failed?.map(({ Code }) => Code)]).toEqual([['a'], ['ReceiptHandleIsInvalid']]);
  expect(await bodiesReceived()).toEqual(['A']);
  await world.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries: [{ Id: 'c', ReceiptHandle: c?.ReceiptHandle }] }));
  expect(world.bodies('jobs')).toEqual(['A']);
  const batchOf = (entries: typeof Entries) => codeOf(world.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: entries })));
  expect(await batchOf([])).toBe('EmptyBatchRequest');
  expect(await batchOf(Array.from({ length: 11 }, (_, id) => ({ Id: String(id), MessageBody: 'x' })))).toBe('TooManyEntriesInBatchRequest');
  expect(await batchOf([...Entries.slice(0, 1), ...Entries.slice(0, 1)])).toBe('BatchEntryIdsNotDistinct');
});

test('a mebibyte is taken, with its attributes, and a byte more is not', async () => {
  await start();
  const attribute = { MessageAttributes: { n: { DataType: 'String', StringValue: 'v' } } };
  const attributeBytes = 'n'.length + 'String'.length + 'v'.length;
  await send('x'.repeat(1_048_576 - attributeBytes), attribute);
  expect(await codeOf(send('x'.repeat(1_048_577 - attributeBytes), attribute))).toBe('InvalidParameterValue');
  const half = { MessageBody: 'x'.repeat(524_289) };
  const both = new SendMessageBatchCommand({
    QueueUrl: world.urlOf('jobs'),
    Entries: [
      { Id: 'a', ...half },
      { Id: 'b', ...half },
    ],
  });
  expect(await codeOf(world.sqs.send(both))).toBe('BatchRequestTooLong');
  expect(await codeOf(send('\u0000'))).toBe('InvalidMessageContents');
  expect(await codeOf(send('x', { MessageGroupId: 'g' }))).toBe('InvalidParameterValue');
  expect(world.bodies('jobs')).toHaveLength(1);
});

test('what is older than the retention is gone', async () => {
  await start({ Jobs: queue('jobs', { MessageRetentionPeriod: 60 }) });
  await send('old');
  world.nowMs += 30_000;
  await send('new');
  world.nowMs += 30_000;
  expect(await bodiesReceived()).toEqual(['new']);
});

test('a queue is emptied once in a minute', async () => {
  await start();
  const purge = () => codeOf(world.sqs.send(new PurgeQueueCommand({ QueueUrl: world.urlOf('jobs') })));
  await send('one');
  expect([await purge(), world.bodies('jobs'), await purge()]).toEqual(['no error', [], 'PurgeQueueInProgress']);
  world.nowMs += 60_000;
  expect(await purge()).toBe('no error');
});

test('a URL is found by name; one of no queue is refused as SQS refuses it', async () => {
  await start();
  const { QueueUrl } = await world.sqs.send(new GetQueueUrlCommand({ QueueName: 'jobs' }));
  expect(QueueUrl).toBe(world.urlOf('jobs'));
  const absent = world.sqs.send(new GetQueueUrlCommand({ QueueName: 'absent' }));
  await expect(absent).rejects.toThrow(QueueDoesNotExist);
});

test('a long poll ends with the message that it waited for', async () => {
  await start(undefined, { realClock: true });
  const waiting = receive({ WaitTimeSeconds: 20 });
  // Only once the poll is there is there somebody to tell.
  while (!world.emulator.world.sqs.queues.get(arnOf('jobs'))?.isWaitedFor) await new Promise((resolve) => setTimeout(resolve, 5));
  await send('late');
  expect((await waiting).map(({ Body }) => Body)).toEqual(['late']);
});

test('messages, their receive counts and their visibility survive a restart', async () => {
  const stateFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'sqs-'));
  await start(undefined, { stateFolder });
  await send('kept', { MessageAttributes: { n: { DataType: 'String', StringValue: 'v' } } });
  await send('deleted');
  const [kept, deleted] = await receive();
  await world.sqs.send(new DeleteMessageCommand({ QueueUrl: world.urlOf('jobs'), ReceiptHandle: deleted?.ReceiptHandle }));
  const { nowMs } = world;
  await world.stop();
  await start(undefined, { stateFolder, nowMs: nowMs + 29_999 });
  expect(await receive()).toEqual([]);
  world.nowMs += 1;
  const [again, ...others] = await receive({ MessageAttributeNames: ['All'] });
  expect(others).toEqual([]);
  expect(again).toMatchObject({ MessageId: kept?.MessageId, Body: 'kept', Attributes: { ApproximateReceiveCount: '2' } });
  expect(again?.MessageAttributes).toEqual({ n: { DataType: 'String', StringValue: 'v' } });
  fs.rmSync(stateFolder, { recursive: true });
});
