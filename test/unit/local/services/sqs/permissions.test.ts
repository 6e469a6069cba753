import {
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { ACCOUNT, functionWith } from '../../small-assembly';
import { arnOf, keyFor, queue, SmallWorld, type SmallWorldOptions } from '../../small-world';

const CODE = { code: 'exports.handler = async () => {};' };
const KEY_ARN = { 'Fn::GetAtt': ['Key', 'Arn'] };
const allow = (Action: string | string[], Resource: unknown = '*') => ({ Effect: 'Allow', Action, Resource });
const ALL_SQS = allow('sqs:*');

let world: SmallWorld;
const start = async (statements: readonly object[], resources: SmallWorldOptions['resources'] = { Jobs: queue('jobs') }) => {
  world = await SmallWorld.start({ code: CODE, resources: { ...functionWith('worker', 'code', statements), ...resources } });
  return world.client(SQSClient, 'worker');
};
afterEach(() => world.stop());

const sendTo = (sqs: SQSClient, name = 'jobs') => sqs.send(new SendMessageCommand({ QueueUrl: world.urlOf(name), MessageBody: 'x' }));
const receiveFrom = (sqs: SQSClient, name = 'jobs') => sqs.send(new ReceiveMessageCommand({ QueueUrl: world.urlOf(name) }));
const outcomeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'allowed',
    (error: Error) => `${error.name}: ${error.message}`,
  );

test('each operation needs its action on the queue; a batch is the single one', async () => {
  const sqs = await start([allow('sqs:SendMessage', arnOf('jobs'))]);
  await sendTo(sqs);
  await sqs.send(new SendMessageBatchCommand({ QueueUrl: world.urlOf('jobs'), Entries: [{ Id: 'a', MessageBody: 'y' }] }));
  expect(await outcomeOf(receiveFrom(sqs))).toMatch(
    new RegExp(`^AccessDenied.*: .* sqs:ReceiveMessage on resource: ${arnOf('jobs')} because`),
  );
  expect(await outcomeOf(sendTo(sqs, 'other'))).toMatch(/sqs:SendMessage on resource: .*:other/);
  expect(world.ofKind('denied').map(({ action }) => action)).toEqual(['sqs:ReceiveMessage', 'sqs:SendMessage']);
});

test("the queue's policy grants and denies", async () => {
  const policy = (statement: object) => ({
    Type: 'AWS::SQS::QueuePolicy',
    Properties: { Queues: [{ Ref: 'Jobs' }], PolicyDocument: { Statement: [statement] } },
  });
  const worker = { AWS: `arn:aws:iam::${ACCOUNT}:role/Small-workerRole` };
  const granted = await start([], {
    Jobs: queue('jobs'),
    Policy: policy({ Effect: 'Allow', Principal: worker, Action: 'sqs:SendMessage', Resource: arnOf('jobs') }),
  });
  expect(await outcomeOf(sendTo(granted))).toBe('allowed');
  await world.stop();
  const denied = await start([ALL_SQS], {
    Jobs: queue('jobs'),
    Policy: policy({
      Effect: 'Deny',
      Principal: '*',
      Action: 'sqs:*',
      Resource: arnOf('jobs'),
      Condition: { Bool: { 'aws:SecureTransport': 'true' } },
    }),
  });
  expect(await outcomeOf(sendTo(denied))).toContain('with an explicit deny in a resource-based policy');
});

test('an encrypted queue needs its key: two actions to send, one to receive', async () => {
  const resources = { Key: keyFor(), Jobs: queue('jobs', { KmsMasterKeyId: KEY_ARN }) };
  const receiver = await start([ALL_SQS, allow('kms:Decrypt', KEY_ARN)], resources);
  expect(await outcomeOf(receiveFrom(receiver))).toBe('allowed');
  expect(await outcomeOf(sendTo(receiver))).toContain('kms:GenerateDataKey on resource: arn:aws:kms:');
  await world.stop();
  const sender = await start([ALL_SQS, allow(['kms:Decrypt', 'kms:GenerateDataKey'], KEY_ARN)], resources);
  expect(await outcomeOf(sendTo(sender))).toBe('allowed');
  await world.stop();
  expect(await outcomeOf(receiveFrom(await start([ALL_SQS], resources)))).toContain('kms:Decrypt on resource: arn:aws:kms:');
});

test("AWS's own key for SQS asks nothing of a role", async () => {
  const sqs = await start([ALL_SQS], { Jobs: queue('jobs', { KmsMasterKeyId: 'alias/aws/sqs' }) });
  expect(await outcomeOf(sendTo(sqs))).toBe('allowed');
});

test('a redrive needs to receive and delete there, and to send here', async () => {
  const resources = {
    Jobs: queue('jobs', { RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 1 } }),
    Dead: queue('dead'),
  };
  const onDead = allow(['sqs:StartMessageMoveTask', 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], arnOf('dead'));
  const move = (sqs: SQSClient) => outcomeOf(sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arnOf('dead') })));
  expect(await move(await start([onDead], resources))).toContain(`sqs:SendMessage on resource: ${arnOf('jobs')}`);
  await world.stop();
  expect(await move(await start([onDead, allow('sqs:SendMessage', arnOf('jobs'))], resources))).toBe('allowed');
});
