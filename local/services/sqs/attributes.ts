import { ServiceError } from '../../service';
import type { Queue } from './queue';

const SECOND_MS = 1000;

/**
 * Attributes of a queue as `GetQueueAttributes` answers them, all as text.
 *
 * @throws ServiceError for a name that no queue has
 */
export function queueAttributes(queue: Queue, names: readonly string[], createdAtMs: number): Readonly<Record<string, string>> {
  const { definition, sizes, policy } = queue;
  const { redrive, redriveAllow, keyId } = definition;
  const seconds = (ms: number): string => String(Math.floor(ms / SECOND_MS));
  const values: Readonly<Record<string, string | undefined>> = {
    QueueArn: definition.arn,
    ApproximateNumberOfMessages: String(sizes.visible),
    ApproximateNumberOfMessagesNotVisible: String(sizes.inFlight),
    ApproximateNumberOfMessagesDelayed: String(sizes.delayed),
    CreatedTimestamp: seconds(createdAtMs),
    LastModifiedTimestamp: seconds(createdAtMs),
    VisibilityTimeout: seconds(definition.visibilityTimeoutMs),
    MaximumMessageSize: String(definition.maximumMessageBytes),
    MessageRetentionPeriod: seconds(definition.retentionMs),
    DelaySeconds: seconds(definition.delayMs),
    ReceiveMessageWaitTimeSeconds: seconds(definition.receiveWaitMs),
    SqsManagedSseEnabled: String(keyId === undefined),
    KmsMasterKeyId: keyId,
    Policy: policy && JSON.stringify(policy),
    RedrivePolicy: redrive && JSON.stringify({ deadLetterTargetArn: redrive.deadLetterArn, maxReceiveCount: redrive.maxReceiveCount }),
    RedriveAllowPolicy: redriveAllow && redriveAllowText(redriveAllow),
  };
  const unknown = names.find((name) => name !== 'All' && !Object.hasOwn(values, name));
  if (unknown !== undefined) throw new ServiceError('InvalidAttributeName', `Unknown Attribute ${unknown}.`);
  const wanted = Object.entries(values).filter(([name]) => names.includes('All') || names.includes(name));
  return Object.fromEntries(wanted.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}

function redriveAllowText({ permission, sourceArns }: NonNullable<Queue['definition']['redriveAllow']>): string {
  return JSON.stringify({ redrivePermission: permission, ...(permission === 'byQueue' && { sourceQueueArns: sourceArns }) });
}
