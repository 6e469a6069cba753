import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { MINUTE_MS } from '../../../../local/metrics/store';
import { LOGS } from '../small-assembly';
import { DESTINATION, LIST_BUCKET, PUT_OBJECT, READ_STREAM, type Setup, StreamWorld } from './harness';

let world: StreamWorld | undefined;
const start = async (setup: Setup = {}) => {
  world = await StreamWorld.start(setup);
  return world;
};
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

/** All that is written before the mapping begins, in one batch as far as the batch goes. */
async function startWith(items: readonly string[], setup: Setup = {}): Promise<StreamWorld> {
  const started = await start({ ...setup, mapping: { MaximumBatchingWindowInSeconds: 300, ...setup.mapping } });
  for (const pk of items) await started.put(pk.replace('!', ''), pk.endsWith('!'));
  return started;
}

test('writes arrive by themselves, in order', async () => {
  const { put, batches } = bound(await start());
  for (const pk of ['a', 'b', 'c']) {
    await put(pk);
    await batches(['a', 'b', 'c'].indexOf(pk) + 1);
  }
  expect(await batches(3)).toEqual([['a'], ['b'], ['c']]);
});

test('in batches of the size that the mapping says', async () => {
  const it = await startWith(['a', 'b', 'c', 'd', 'e'], { mapping: { BatchSize: 2 } });
  expect(await it.settle()).toBe(0);
  expect(await it.batches(3)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
});

test('the batching window holds back what is not full, by the clock', async () => {
  const it = await startWith(['a', 'b'], { mapping: { MaximumBatchingWindowInSeconds: 20, BatchSize: 3 } });
  it.nowMs += 19_999;
  await it.emulator.world.eventSources.poll();
  expect(it.got()).toEqual([]);
  it.nowMs += 1;
  await it.emulator.world.eventSources.poll();
  expect(await it.batches(1)).toEqual([['a', 'b']]);
  // A full batch does not wait.
  for (const pk of ['c', 'd', 'e']) await it.put(pk);
  expect(await it.batches(2)).toEqual([
    ['a', 'b'],
    ['c', 'd', 'e'],
  ]);
});

test('with the real clock a window ends by itself', async () => {
  const it = await start({ realClock: true, mapping: { MaximumBatchingWindowInSeconds: 1 } });
  await it.put('a');
  await it.put('b');
  expect(await it.batches(1)).toEqual([['a', 'b']]);
});

describe('a batch that fails', () => {
  test('is tried as often as the mapping says, then discarded to the bucket, and what follows goes on', async () => {
    const it = await startWith(['a', 'bad!', 'c'], { mapping: { MaximumRetryAttempts: 2, BatchSize: 2, ...DESTINATION } });
    expect(await it.settle()).toBe(0);
    expect(await it.batches(4)).toEqual([['a', 'bad'], ['a', 'bad'], ['a', 'bad'], ['c']]);
    const [failure, ...more] = await it.failures();
    expect(more).toEqual([]);
    expect(failure?.key).toMatch(/^aws\/lambda\/[0-9a-f-]{36}\/shardId-[^/]+\/2026\/06\/01\/2026-06-01T12\.00\.00-[0-9a-f-]{36}$/);
    const sequence = expect.stringMatching(/^\d{21}$/);
    expect(failure?.record).toEqual({
      requestContext: {
        requestId: expect.any(String),
        functionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:reader',
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 3,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: '2026-06-01T12:00:00.000Z',
      DDBStreamBatchInfo: {
        shardId: expect.stringMatching(/^shardId-/),
        startSequenceNumber: sequence,
        endSequenceNumber: sequence,
        approximateArrivalOfFirstRecord: '2026-06-01T12:00:00Z',
        approximateArrivalOfLastRecord: '2026-06-01T12:00:00Z',
        batchSize: 2,
        streamArn: expect.stringMatching(/^arn:aws:dynamodb:eu-west-1:111122223333:table\/Small-Table\/stream\//),
      },
      payload: expect.any(String),
    });
    const { Records } = JSON.parse(String(failure?.record.payload)) as { Records: { dynamodb: { Keys: { pk: { S: string } } } }[] };
    expect(Records.map(({ dynamodb }) => dynamodb.Keys.pk.S)).toEqual(['a', 'bad']);
    expect(it.discarded()).toEqual([
      expect.objectContaining({ functionName: 'reader', count: 2, condition: 'RetryAttemptsExhausted', reason: 'TypeError: poison' }),
    ]);
    expect(it.discarded()[0]).not.toHaveProperty('lost');
  });

  test('is kept in a bucket with object lock too', async () => {
    const retention = { ObjectLockEnabled: true, ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 1 } } } };
    const bucket = { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'failures', ...retention } };
    const it = await startWith(['bad!'], { mapping: { MaximumRetryAttempts: 0, ...DESTINATION }, resources: { Failures: bucket } });
    await it.settle();
    expect(await it.failures()).toHaveLength(1);
  });

  test('without a destination is lost, and that is told', async () => {
    const it = await startWith(['bad!'], { mapping: { MaximumRetryAttempts: 0 } });
    await it.settle();
    expect(it.discarded()).toEqual([expect.objectContaining({ count: 1, lost: 'the mapping has no destination' })]);
  });

  test('holds up all that follows when it may be tried for ever', async () => {
    const it = await startWith(['bad!', 'b'], { mapping: { BatchSize: 1 } });
    expect([await it.settle(), await it.settle()]).toEqual([1, 1]);
    // Once by itself, since it is full, and once each time.
    expect(await it.batches(3)).toEqual([['bad'], ['bad'], ['bad']]);
    expect(it.discarded()).toEqual([]);
  });

  test('is given up when its records expire, even if it may be tried for ever', async () => {
    const it = await startWith(['bad!'], { mapping: { BatchSize: 1 } });
    await it.batches(1);
    expect(await it.settle()).toBe(1);
    it.nowMs += 24 * 60 * MINUTE_MS + 1;
    await it.put('b');
    expect(await it.settle()).toBe(0);
    expect(it.discarded()).toEqual([expect.objectContaining({ count: 1, condition: 'RecordAgeExceeded', reason: 'TypeError: poison' })]);
    expect((await it.batches(3)).at(-1)).toEqual(['b']);
  });

  test('is tried again after a second, then two, by the clock', async () => {
    const it = await startWith(['bad!'], { mapping: { BatchSize: 1, MaximumRetryAttempts: 5, MaximumBatchingWindowInSeconds: 0 } });
    const poll = async (ms: number) => {
      it.nowMs += ms;
      await it.emulator.world.eventSources.poll();
    };
    await poll(0);
    expect(await it.batches(1)).toHaveLength(1);
    await poll(999);
    await poll(1);
    expect(await it.batches(2)).toHaveLength(2);
    await poll(1_999);
    await poll(1);
    expect(await it.batches(3)).toHaveLength(3);
  });

  test('is halved until the poison is alone, which uses up no attempt', async () => {
    const it = await startWith(['a', 'b', 'bad!', 'd'], {
      mapping: { BisectBatchOnFunctionError: true, MaximumRetryAttempts: 1, ...DESTINATION },
    });
    await it.settle();
    expect(await it.batches(6)).toEqual([['a', 'b', 'bad', 'd'], ['a', 'b'], ['bad', 'd'], ['bad'], ['bad'], ['d']]);
    expect((await it.failures()).map(({ record }) => (record.DDBStreamBatchInfo as { batchSize: number }).batchSize)).toEqual([1]);
  });
});

describe('partial batch responses', () => {
  const FunctionResponseTypes = ['ReportBatchItemFailures'];

  test('go on at the first record that failed', async () => {
    const it = await startWith(['a', 'b', 'bad!', 'd'], {
      mode: 'partial',
      mapping: { FunctionResponseTypes, MaximumRetryAttempts: 1, ...DESTINATION },
    });
    await it.settle();
    expect(await it.batches(2)).toEqual([
      ['a', 'b', 'bad', 'd'],
      ['bad', 'd'],
    ]);
    expect(it.discarded()).toEqual([expect.objectContaining({ count: 2 })]);
  });

  test('with halving, only the record itself is given up', async () => {
    const mapping = { FunctionResponseTypes, MaximumRetryAttempts: 1, BisectBatchOnFunctionError: true, ...DESTINATION };
    const it = await startWith(['a', 'bad!', 'c'], { mode: 'partial', mapping });
    await it.settle();
    expect(it.discarded()).toEqual([expect.objectContaining({ count: 1 })]);
    expect((await it.batches(5)).at(-1)).toEqual(['c']);
  });

  test('of nothing are success', async () => {
    const it = await startWith(['a'], { mode: 'partial', mapping: { FunctionResponseTypes } });
    expect(await it.settle()).toBe(0);
    expect(it.discarded()).toEqual([]);
  });

  test.each(['garbage', 'unknown'] as const)('that cannot be understood (%s) fail the whole batch', async (mode) => {
    const it = await startWith(['a', 'b'], { mode, mapping: { FunctionResponseTypes, MaximumRetryAttempts: 0 } });
    await it.settle();
    expect(it.discarded()).toEqual([expect.objectContaining({ count: 2, reason: expect.stringContaining('the answer') })]);
  });

  test('are not read when the mapping does not say so', async () => {
    const it = await startWith(['bad!'], { mode: 'partial' });
    expect(await it.settle()).toBe(0);
  });
});

test('records that are too old are given up without a call', async () => {
  const it = await startWith(['old'], { mapping: { MaximumRecordAgeInSeconds: 60, ...DESTINATION } });
  it.nowMs += 60_001;
  await it.put('new');
  await it.settle();
  expect(await it.batches(1)).toEqual([['new']]);
  const [failure] = await it.failures();
  expect(failure?.record).toMatchObject({ requestContext: { condition: 'RecordAgeExceeded', approximateInvokeCount: 0 } });
  expect(failure?.record).not.toHaveProperty('responseContext');
});

test('the age of the newest record is measured, and an alarm of the template is raised by it', async () => {
  const alarm = {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 60_000,
      EvaluationPeriods: 1,
      Namespace: 'AWS/Lambda',
      MetricName: 'IteratorAge',
      Dimensions: [{ Name: 'FunctionName', Value: { Ref: 'reader' } }],
      Period: 60,
      Statistic: 'Maximum',
    },
  };
  const it = await startWith(['late'], { resources: { Alarm: alarm } });
  const { monitoring, notEvaluated } = it.emulator.world;
  expect([...notEvaluated].filter((note) => note.includes('alarm'))).toEqual([]);
  it.nowMs += 90_000;
  await it.settle();
  it.nowMs += MINUTE_MS;
  monitoring.evaluate();
  expect(monitoring.alarmStates[0]?.state).toBe('ALARM');
  const id = { namespace: 'AWS/Lambda', name: 'IteratorAge', dimensions: { FunctionName: 'reader' } };
  expect(monitoring.store.read(id, 0, it.nowMs)?.count).toBe(1);
});

describe('across restarts', () => {
  let stateFolder: string;
  beforeEach(() => {
    stateFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'mapping-'));
  });
  afterEach(() => fs.rmSync(stateFolder, { recursive: true }));
  const restart = async (setup: Setup) => {
    await world?.stop();
    return start(setup);
  };

  test('what is done is not handed over again, and what is not, is', async () => {
    const setup = { stateFolder, mapping: { BatchSize: 1 } };
    const it = await startWith(['a', 'bad!', 'c'], setup);
    expect(await it.settle()).toBe(1);
    const again = await restart(setup);
    await again.batches(1);
    expect(await again.settle()).toBe(1);
    expect(new Set((await again.batches(2)).flat())).toEqual(new Set(['bad']));
  });

  test('LATEST is what comes after the mapping was made, also while the emulator is down', async () => {
    const before = { stateFolder, resources: { Mapping: { Type: 'AWS::CDK::Metadata' } } };
    await (await start(before)).put('before');
    const setup = { stateFolder, mapping: { StartingPosition: 'LATEST' } };
    const it = await restart(setup);
    await it.put('a');
    expect(await it.batches(1)).toEqual([['a']]);
    // Until the answer is in, too: what is not known to be done is handed over again.
    await it.settle();
    await (await restart(before)).put('meanwhile');
    expect(await (await restart(setup)).batches(1)).toEqual([['meanwhile']]);
  });

  test('checkpoints that cannot be read are an error of one sentence', async () => {
    fs.mkdirSync(path.join(stateFolder, 'event-sources'));
    fs.writeFileSync(path.join(stateFolder, 'event-sources', 'checkpoints.json'), '[1]');
    await expect(start({ stateFolder })).rejects.toThrow('start with "npm start -- --fresh"');
  });
});

describe('permissions', () => {
  const READ_ACTIONS = READ_STREAM.Action;
  test.each(READ_ACTIONS)('without %s the mapping is not made, and the start says why', async (action) => {
    const reading = { ...READ_STREAM, Action: READ_ACTIONS.filter((other) => other !== action) };
    await expect(start({ statements: [LOGS, reading] })).rejects.toThrow(
      new RegExp(
        `Small/Mapping .* did not start: its function's role cannot read the stream .* not authorized to perform: ${action} on resource`,
      ),
    );
  });

  test.each([
    ['s3:ListBucket', [PUT_OBJECT]],
    ['s3:PutObject', [LIST_BUCKET]],
  ])('without %s a destination is refused', async (action, statements) => {
    await expect(start({ statements: [LOGS, READ_STREAM, ...statements], mapping: DESTINATION })).rejects.toThrow(
      new RegExp(`cannot write to arn:aws:s3:::failures: .*${action}`),
    );
  });

  test('a destination whose key the role may not use loses the batch, and says so', async () => {
    const key = {
      Type: 'AWS::KMS::Key',
      Properties: {
        KeyPolicy: { Statement: { Effect: 'Allow', Action: 'kms:*', Resource: '*', Principal: { AWS: 'arn:aws:iam::111122223333:root' } } },
      },
    };
    const encryption = {
      ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: { Ref: 'Key' } } }],
    };
    const bucket = { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'failures', BucketEncryption: encryption } };
    const it = await startWith(['bad!'], {
      mapping: { MaximumRetryAttempts: 0, ...DESTINATION },
      resources: { Key: key, Failures: bucket },
    });
    await it.settle();
    expect(it.discarded()).toEqual([expect.objectContaining({ lost: expect.stringContaining('kms:GenerateDataKey') })]);
    expect(it.events.filter((event) => event.kind === 'denied')).toEqual([
      expect.objectContaining({ principal: 'reader', action: 'kms:GenerateDataKey' }),
    ]);
  });

  test('a denial that attaches itself later stops the reading', async () => {
    const late = {
      Type: 'AWS::IAM::Policy',
      DependsOn: 'Mapping',
      Properties: {
        Roles: [{ Ref: 'readerRole' }],
        PolicyDocument: { Statement: { Effect: 'Deny', Action: 'dynamodb:GetRecords', Resource: '*' } },
      },
    };
    const it = await startWith(['a'], { resources: { Late: late } });
    expect(await it.settle()).toBe(1);
    expect(it.got()).toEqual([]);
    expect(it.events.filter((event) => event.kind === 'denied')).toEqual([expect.objectContaining({ action: 'dynamodb:GetRecords' })]);
  });
});

test.each([
  ['FilterCriteria', { FilterCriteria: { Filters: [] } }, 'it has FilterCriteria, which is not emulated'],
  ['no starting position', { StartingPosition: undefined }, 'its StartingPosition is undefined'],
  ['too large a batch', { BatchSize: 10_001 }, 'its BatchSize is 10001; it takes an integer from 1 to 10000'],
  ['too few seconds', { MaximumRecordAgeInSeconds: 59 }, 'its MaximumRecordAgeInSeconds is 59'],
  ['retries that are no number', { MaximumRetryAttempts: 'many' }, 'its MaximumRetryAttempts is many'],
  ['another response type', { FunctionResponseTypes: ['Other'] }, 'its FunctionResponseTypes has Other'],
  ['another source', { EventSourceArn: 'arn:aws:kinesis:eu-west-1:111122223333:stream/x' }, 'is no stream and no queue of the templates'],
  ['another function', { FunctionName: 'absent' }, 'its function absent is not in the templates'],
  [
    'a queue as destination',
    { DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:eu-west-1:111122223333:q' } } },
    'only S3 is emulated as a destination',
  ],
  [
    'a foreign bucket',
    { DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::other' } } },
    'its destination arn:aws:s3:::other is not in the templates',
  ],
])('a mapping with %s does not start', async (_, mapping, message) => {
  await expect(start({ mapping })).rejects.toThrow(message);
});

test('what is not evaluated is named, and a mapping that is off does nothing', async () => {
  const it = await start({
    mapping: { ParallelizationFactor: 4, Enabled: false },
    resources: { Later: { Type: 'AWS::Lambda::EventInvokeConfig', Properties: { FunctionName: { Ref: 'reader' }, Qualifier: '$LATEST' } } },
  });
  expect([...it.emulator.world.notEvaluated]).toEqual(
    expect.arrayContaining([
      'ParallelizationFactor of Small/Mapping (AWS::Lambda::EventSourceMapping)',
      'Small/Later (AWS::Lambda::EventInvokeConfig): an asynchronous call that fails is not repeated here',
    ]),
  );
  await it.put('a');
  expect(it.emulator.world.eventSources.mappings).toEqual([]);
  expect(await it.settle()).toBe(0);
});

function bound(it: StreamWorld) {
  return { put: it.put.bind(it), batches: it.batches.bind(it) };
}
