import type { PolicyDocument } from '../iam/types';
import { AWS_MANAGED_KEY } from '../services/sqs/access';
import type { Queue, QueueDefinition } from '../services/sqs/queue';
import { MAX_DELAY_SECONDS, MAX_MESSAGE_BYTES } from '../services/sqs/send';
import { physicalName, type ResourceContext, type ResourceRegistry } from '../world';
import { noteUnevaluated } from './note-unevaluated';

const TYPE = 'AWS::SQS::Queue';
const PROPERTIES = [
  'DelaySeconds',
  // How long SQS keeps a data key: here every call asks.
  'KmsDataKeyReusePeriodSeconds',
  'KmsMasterKeyId',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'QueueName',
  'ReceiveMessageWaitTimeSeconds',
  'RedriveAllowPolicy',
  'RedrivePolicy',
  'SqsManagedSseEnabled',
  'Tags',
  'VisibilityTimeout',
];
const FIFO = ['FifoQueue', 'ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'];
const MIN_MESSAGE_BYTES = 1024;
const DAY_SECONDS = 86_400;
const PERMISSIONS = ['allowAll', 'denyAll', 'byQueue'] as const;
const MAX_SOURCES = 10;

type Properties = Readonly<Record<string, unknown>>;

export const sqsResources: ResourceRegistry = {
  [TYPE]: (properties, context) => {
    const { world } = context;
    const fifo = FIFO.find((name) => properties[name] !== undefined && properties[name] !== false);
    if (fifo !== undefined)
      throw new Error(`it has ${fifo}: FIFO queues are not emulated; use a standard queue, and make its consumer idempotent.`);
    noteUnevaluated(TYPE, properties, [...PROPERTIES, ...FIFO], context);
    const name = typeof properties.QueueName === 'string' ? properties.QueueName : queueName(context);
    if (!/^[\w-]{1,80}$/.test(name)) throw new Error(`its name is ${name}; SQS takes 1 to 80 letters, digits, hyphens and underscores.`);
    const queue = world.sqs.addQueue(definitionOf(name, properties, context));
    const url = world.sqs.urlOf(queue);
    return { ref: url, attributes: { Arn: queue.arn, QueueName: name, QueueUrl: url } };
  },
  'AWS::SQS::QueuePolicy': (properties, context) => {
    const { sqs } = context.world;
    for (const url of properties.Queues as string[]) {
      const queue = [...sqs.queues.values()].find((candidate) => sqs.urlOf(candidate) === url);
      if (!queue) throw new Error(`its queue ${url} is not in the templates.`);
      queue.policy = properties.PolicyDocument as PolicyDocument;
    }
    return { ref: physicalName(context), attributes: {} };
  },
};

function definitionOf(name: string, properties: Properties, context: ResourceContext): QueueDefinition {
  const { world } = context;
  const arn = `arn:aws:sqs:${world.region}:${world.accountId}:${name}`;
  const keyId = keyOf(properties, context);
  const redrive = redriveOf(properties.RedrivePolicy, arn, context);
  const redriveAllow = redriveAllowOf(properties.RedriveAllowPolicy);
  return {
    name,
    arn,
    visibilityTimeoutMs: integer(properties, 'VisibilityTimeout', 0, DAY_SECONDS / 2, 30) * 1000,
    delayMs: integer(properties, 'DelaySeconds', 0, MAX_DELAY_SECONDS, 0) * 1000,
    retentionMs: integer(properties, 'MessageRetentionPeriod', 60, 14 * DAY_SECONDS, 4 * DAY_SECONDS) * 1000,
    maximumMessageBytes: integer(properties, 'MaximumMessageSize', MIN_MESSAGE_BYTES, MAX_MESSAGE_BYTES, MAX_MESSAGE_BYTES),
    receiveWaitMs: integer(properties, 'ReceiveMessageWaitTimeSeconds', 0, 20, 0) * 1000,
    ...(keyId !== undefined && { keyId }),
    ...(redrive && { redrive }),
    ...(redriveAllow && { redriveAllow }),
  };
}

function keyOf({ KmsMasterKeyId: id, SqsManagedSseEnabled: managed }: Properties, { world }: ResourceContext): string | undefined {
  if (id === undefined) return undefined;
  if (managed === true) throw new Error('it has both KmsMasterKeyId and SqsManagedSseEnabled; SQS takes one of them.');
  const keyId = String(id);
  if (!keyId.endsWith(AWS_MANAGED_KEY) && !world.kms.find(keyId)) throw new Error(`its key ${keyId} is not in the templates.`);
  return keyId;
}

function redriveOf(given: unknown, sourceArn: string, { world, stack, logicalId }: ResourceContext): QueueDefinition['redrive'] {
  if (given === undefined) return undefined;
  const { deadLetterTargetArn, maxReceiveCount: count } = document(given);
  const [deadLetterArn, maxReceiveCount] = [String(deadLetterTargetArn), Number(count)];
  if (!Number.isInteger(maxReceiveCount) || maxReceiveCount < 1 || maxReceiveCount > 1000) {
    throw new Error(`its RedrivePolicy has maxReceiveCount ${String(count)}; it takes an integer from 1 to 1000.`);
  }
  const target = world.sqs.queues.get(deadLetterArn);
  if (!target) {
    world.notEvaluated.add(
      `RedrivePolicy of ${stack.name}/${logicalId} (${TYPE}): ${deadLetterArn} is not in the templates, messages stay`,
    );
  } else if (!allowsSource(target, sourceArn)) {
    throw new Error(
      `its dead-letter queue ${deadLetterArn} does not allow it to be one: its RedriveAllowPolicy has ${String(target.definition.redriveAllow?.permission)}.`,
    );
  }
  return { deadLetterArn, maxReceiveCount };
}

function allowsSource({ definition: { redriveAllow } }: Queue, sourceArn: string): boolean {
  if (!redriveAllow || redriveAllow.permission === 'allowAll') return true;
  return redriveAllow.permission === 'byQueue' && redriveAllow.sourceArns.includes(sourceArn);
}

function redriveAllowOf(given: unknown): QueueDefinition['redriveAllow'] {
  if (given === undefined) return undefined;
  const { redrivePermission, sourceQueueArns } = document(given);
  const permission = PERMISSIONS.find((candidate) => candidate === redrivePermission);
  const sourceArns = ((sourceQueueArns ?? []) as readonly unknown[]).map(String);
  const isRight = permission === 'byQueue' ? sourceArns.length >= 1 && sourceArns.length <= MAX_SOURCES : sourceArns.length === 0;
  if (permission === undefined || !isRight) {
    throw new Error(
      `its RedriveAllowPolicy is ${JSON.stringify(given)}; it takes allowAll, denyAll, or byQueue with 1 to ${MAX_SOURCES} sourceQueueArns.`,
    );
  }
  return { permission, sourceArns };
}

/** CloudFormation takes these policies as an object, or as its text. */
function document(given: unknown): Properties {
  return (typeof given === 'string' ? JSON.parse(given) : given) as Properties;
}

function integer(properties: Properties, name: string, min: number, max: number, otherwise: number): number {
  const given = properties[name];
  if (given === undefined) return otherwise;
  const value = Number(given);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`its ${name} is ${String(given)}; it takes an integer from ${min} to ${max}.`);
}

/** Within SQS's length. */
function queueName(context: ResourceContext): string {
  return physicalName(context).slice(-80);
}
