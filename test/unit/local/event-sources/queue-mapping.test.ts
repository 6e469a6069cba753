import { SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { functionWith, LOGS, REGION } from '../small-assembly';
import { arnOf, keyFor, queue, SmallWorld, type SmallWorldOptions } from '../small-world';

/** Fails on messages that say so: the whole batch, or by the message where it is to report them. */
const CODE = `
exports.handler = async (event) => {
  const poisoned = event.Records.filter(({ body }) => body.startsWith('poison'));
  console.log(JSON.stringify({ got: event.Records.map(({ body }) => body) }));
  if (process.env.MODE === 'event') console.log(JSON.stringify({ event }));
  if (process.env.MODE === 'slow') await new Promise((resolve) => setTimeout(resolve, 20));
  if (process.env.MODE === 'garbage') return 'no partial response';
  if (process.env.MODE === 'unknown') return { batchItemFailures: [{ itemIdentifier: 'other' }] };
  if (process.env.MODE === 'dead') process.exit(1);
  if (process.env.MODE === 'partial') return { batchItemFailures: poisoned.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  if (poisoned.length > 0) throw new TypeError('poison');
};`;

const READ_QUEUE = {
  Effect: 'Allow',
  Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
  Resource: '*',
};
const PARTIAL = { FunctionResponseTypes: ['ReportBatchItemFailures'] };
const VISIBILITY_MS = 60_000;
const MAX_RECEIVES = 3;

interface Setup {
  readonly mode?: string;
  readonly mapping?: object;
  readonly queue?: object;
  readonly statements?: readonly object[];
  readonly resources?: SmallWorldOptions['resources'];
  readonly realClock?: boolean;
}

let world: SmallWorld;
afterEach(() => world.stop());

async function start(setup: Setup = {}): Promise<void> {
  const { mode = 'throw', mapping = {}, statements = [LOGS, READ_QUEUE], resources = {}, realClock = false } = setup;
  world = await SmallWorld.start({
    realClock,
    code: { code: CODE },
    resources: {
      ...functionWith('worker', 'code', statements, { Environment: { Variables: { MODE: mode } } }),
      Dead: queue('dead'),
      Jobs: queue('jobs', {
        VisibilityTimeout: VISIBILITY_MS / 1000,
        RedrivePolicy: { deadLetterTargetArn: arnOf('dead'), maxReceiveCount: MAX_RECEIVES },
        ...setup.queue,
      }),
      ...resources,
      Mapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        DependsOn: 'Jobs',
        Properties: { FunctionName: { Ref: 'worker' }, EventSourceArn: arnOf('jobs'), ...mapping },
      },
    },
  });
}

async function send(...bodies: readonly string[]): Promise<void> {
  for (let from = 0; from < bodies.length; from += 10) {
    const Entries = bodies.slice(from, from + 10).map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    await world.sqs.send(new SendMessageBatchCommand({ QueueUrl: world.urlOf('jobs'), Entries }));
  }
}

const poll = () => world.emulator.world.eventSources.poll();

/** Batches as the function said that it got them; its lines come by another way than its answers, and may come a little later. */
async function batches(count: number): Promise<string[][]> {
  const got = () =>
    world.ofKind('log').flatMap(({ line }) => (line.includes('"got"') ? [(JSON.parse(line) as { got: string[] }).got] : []));
  for (let look = 0; look < 500 && got().length < count; look++) await new Promise((resolve) => setTimeout(resolve, 5));
  return got();
}

describe('what becomes of a batch', () => {
  test('done, its messages are deleted', async () => {
    await start();
    await send('a', 'b');
    await poll();
    expect((await batches(1)).flat().sort()).toEqual(['a', 'b']);
    expect(world.bodies('jobs')).toEqual([]);
  });

  test('with partial responses those that are named come back, when their visibility timeout ends', async () => {
    await start({ mode: 'partial', mapping: { ...PARTIAL, BatchSize: 3 } });
    await send('a', 'poison', 'b');
    await poll();
    expect(world.bodies('jobs')).toEqual(['poison']);
    world.nowMs += VISIBILITY_MS - 1;
    await poll();
    const before = (await batches(1)).length;
    world.nowMs += 1;
    await poll();
    expect((await batches(before + 1)).slice(before)).toEqual([['poison']]);
    expect(world.ofKind('batch-failed')).toContainEqual(
      expect.objectContaining({ functionName: 'worker', source: arnOf('jobs'), reason: 'the answer names 1 of 1 messages as failed' }),
    );
  });

  test.each([
    ['throw', {}, 'TypeError: poison'],
    ['garbage', PARTIAL, 'the answer is no partial batch response: "no partial response"'],
    ['unknown', PARTIAL, 'the answer names other, which is no message of the batch'],
    ['dead', {}, expect.stringContaining('exit')],
  ])('one that fails as a whole (%s) comes back as a whole', async (mode, mapping, reason) => {
    await start({ mode, mapping });
    await send('a', 'poison');
    await poll();
    expect(world.bodies('jobs').sort()).toEqual(['a', 'poison']);
    expect(world.ofKind('batch-failed').map((event) => event.reason)).toContainEqual(reason);
  });

  test('without partial responses an answer says nothing', async () => {
    await start({ mode: 'partial' });
    await send('a', 'poison');
    await poll();
    expect(world.bodies('jobs')).toEqual([]);
  });

  test('a poison message is in the dead-letter queue after exactly maxReceiveCount receives, and holds nobody up', async () => {
    await start({ mode: 'partial', mapping: { ...PARTIAL, BatchSize: 1 } });
    await send('poison', 'a', 'b');
    await poll();
    expect(world.bodies('jobs')).toEqual(['poison']);
    for (let receive = 2; receive <= MAX_RECEIVES; receive++) {
      world.nowMs += VISIBILITY_MS;
      await poll();
      expect([receive, world.bodies('dead')]).toEqual([receive, []]);
    }
    world.nowMs += VISIBILITY_MS;
    await poll();
    expect([world.bodies('jobs'), world.bodies('dead')]).toEqual([[], ['poison']]);
    const received = (await batches(MAX_RECEIVES + 2)).flat();
    expect(received.filter((body) => body === 'poison')).toHaveLength(MAX_RECEIVES);
    expect(world.emulator.world.sqs.queues.get(arnOf('dead'))?.messages[0]).toMatchObject({
      receiveCount: MAX_RECEIVES,
      deadLetterSourceArn: arnOf('jobs'),
    });
  });
});

describe('batches and calls at once', () => {
  test('without a window a message does not wait for others', async () => {
    await start({ mapping: { BatchSize: 2 } });
    await send('a', 'b', 'c');
    await poll();
    const got = await batches(2);
    expect(got.flat().sort()).toEqual(['a', 'b', 'c']);
    expect(Math.max(...got.map((batch) => batch.length))).toBe(2);
  });

  test('a window gathers until it is over, or the batch is full', async () => {
    await start({ mapping: { BatchSize: 20, MaximumBatchingWindowInSeconds: 5 } });
    await send('a');
    await poll();
    world.nowMs += 4_999;
    await send('b');
    await poll();
    expect(world.ofKind('log').filter(({ line }) => line.includes('got'))).toEqual([]);
    world.nowMs += 1;
    await poll();
    expect(await batches(1)).toEqual([['a', 'b']]);
    await send(...Array.from({ length: 20 }, (_, index) => `c${index}`));
    await poll();
    expect((await batches(2))[1]).toHaveLength(20);
  });

  /** Most calls of the function that were under way at once. */
  async function callsAtOnce(mapping: object): Promise<number> {
    await start({ mode: 'slow', mapping: { BatchSize: 1, ...mapping } });
    const [lambda] = world.emulator.world.functions.values();
    if (!lambda) throw new Error('There is no function.');
    const invoke = lambda.invoke.bind(lambda);
    let now = 0;
    let most = 0;
    lambda.invoke = async (...call) => {
      most = Math.max(most, ++now);
      await invoke(...call).finally(() => now--);
    };
    await send(...Array.from({ length: 12 }, (_, index) => `m${index}`));
    await poll();
    expect(world.bodies('jobs')).toEqual([]);
    return most;
  }

  test('there are never more calls at once than MaximumConcurrency', async () => {
    expect(await callsAtOnce({ ScalingConfig: { MaximumConcurrency: 2 } })).toBe(2);
  });

  test('without one as many as the emulator has environments for', async () => {
    expect(await callsAtOnce({})).toBe(10);
  });

  test('by the clock of the machine, nobody has to ask', async () => {
    await start({ realClock: true, mapping: { BatchSize: 11, MaximumBatchingWindowInSeconds: 1 } });
    await send('a');
    expect(await batches(1)).toEqual([['a']]);
    // The line comes before the answer, by which the message is deleted.
    for (let look = 0; look < 500 && world.bodies('jobs').length > 0; look++) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(world.bodies('jobs')).toEqual([]);
  });
});

test('the event is the one that Lambda makes', async () => {
  await start({ mode: 'event' });
  const { MessageId } = await world.sqs.send(
    new SendMessageCommand({
      QueueUrl: world.urlOf('jobs'),
      MessageBody: 'hello',
      MessageAttributes: { kind: { DataType: 'String', StringValue: 'greeting' } },
    }),
  );
  await poll();
  await batches(1);
  const line = () => world.ofKind('log').find((event) => event.line.startsWith('{"event"'))?.line;
  for (let look = 0; look < 500 && line() === undefined; look++) await new Promise((resolve) => setTimeout(resolve, 5));
  const sentAt = String(world.nowMs);
  expect(JSON.parse(line() ?? '')).toEqual({
    event: {
      Records: [
        {
          messageId: MessageId,
          receiptHandle: expect.stringMatching(/.{20}/),
          body: 'hello',
          attributes: {
            ApproximateReceiveCount: '1',
            SentTimestamp: sentAt,
            ApproximateFirstReceiveTimestamp: sentAt,
            SenderId: expect.stringContaining('administrator'),
          },
          messageAttributes: {
            kind: { stringValue: 'greeting', stringListValues: [], binaryListValues: [], dataType: 'String' },
          },
          md5OfBody: '5d41402abc4b2a76b9719d911017c592',
          md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
          eventSource: 'aws:sqs',
          eventSourceARN: arnOf('jobs'),
          awsRegion: REGION,
        },
      ],
    },
  });
});

describe('what a deployment would refuse', () => {
  const refusal = async (setup: Setup) => {
    const error = await start(setup).then(
      () => undefined,
      (reason: Error) => reason,
    );
    // For what follows each test.
    await start();
    return error?.message;
  };

  test('a role that may not read the queue', async () => {
    const statements = [LOGS, { Effect: 'Allow', Action: ['sqs:ReceiveMessage', 'sqs:GetQueueAttributes'], Resource: '*' }];
    expect(await refusal({ statements })).toMatch(/its function's role cannot read the queue .*:jobs: .*sqs:DeleteMessage/);
  });

  test.each([
    [{ queue: { VisibilityTimeout: 9 } }, "its queue's VisibilityTimeout is 9 seconds, less than the 10 of its function's Timeout"],
    [{ mapping: { BatchSize: 11 } }, 'its BatchSize is 11; above 10 it needs a MaximumBatchingWindowInSeconds of at least 1.'],
    [{ mapping: { ScalingConfig: { MaximumConcurrency: 1 } } }, 'its MaximumConcurrency is 1; it takes an integer from 2 to 1000.'],
    [{ mapping: { FunctionResponseTypes: ['Other'] } }, 'its FunctionResponseTypes has Other'],
    [{ mapping: { FilterCriteria: { Filters: [] } } }, 'it has FilterCriteria, which is not emulated.'],
    [{ mapping: { EventSourceArn: arnOf('none') } }, 'is no stream and no queue of the templates'],
  ])('%j', async (setup, message) => {
    expect(await refusal(setup)).toContain(message);
  });
});

test('without the key of the queue nothing is received, and it is told once', async () => {
  const encrypted = { KmsMasterKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } };
  await start({ queue: encrypted, resources: { Key: keyFor() } });
  await send('a');
  await poll();
  await poll();
  expect(world.bodies('jobs')).toEqual(['a']);
  expect(world.ofKind('denied')).toEqual([expect.objectContaining({ action: 'kms:Decrypt', principal: 'worker' })]);
});

test('a mapping that is not enabled reads nothing', async () => {
  await start({ mapping: { Enabled: false } });
  await send('a');
  await poll();
  expect(world.bodies('jobs')).toEqual(['a']);
});
