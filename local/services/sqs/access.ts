import type { Access, ConditionContext } from '../../iam/types';
import type { Key } from '../../world';
import type { Queue } from './queue';

/** What SQS asks on the queue for each operation. */
export const QUEUE_ACTIONS = {
  SendMessage: 'sqs:SendMessage',
  SendMessageBatch: 'sqs:SendMessage',
  ReceiveMessage: 'sqs:ReceiveMessage',
  DeleteMessage: 'sqs:DeleteMessage',
  DeleteMessageBatch: 'sqs:DeleteMessage',
  ChangeMessageVisibility: 'sqs:ChangeMessageVisibility',
  ChangeMessageVisibilityBatch: 'sqs:ChangeMessageVisibility',
  GetQueueUrl: 'sqs:GetQueueUrl',
  GetQueueAttributes: 'sqs:GetQueueAttributes',
  ListDeadLetterSourceQueues: 'sqs:ListDeadLetterSourceQueues',
  PurgeQueue: 'sqs:PurgeQueue',
  StartMessageMoveTask: 'sqs:StartMessageMoveTask',
  ListMessageMoveTasks: 'sqs:ListMessageMoveTasks',
} as const;

export type SqsOperationName = keyof typeof QUEUE_ACTIONS;

/** What SQS asks of the key of an encrypted queue, by the action on the queue. */
const KEY_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  'sqs:SendMessage': ['kms:GenerateDataKey', 'kms:Decrypt'],
  'sqs:ReceiveMessage': ['kms:Decrypt'],
};

export interface AccessOptions {
  readonly accountId: string;
  readonly region: string;
  /** A key of the templates by id, ARN or alias. */
  readonly keyOf: (id: string) => Key | undefined;
}

/** AWS's own key for SQS: everyone in the account may use it through SQS, and no service of AWS may. */
export const AWS_MANAGED_KEY = 'alias/aws/sqs';

/**
 * Everything that one action on a queue needs: the action itself, and the key of an encrypted queue.
 *
 * @param context further condition keys of the call, such as `aws:SourceArn`
 */
export function accessToQueue(
  action: string,
  arn: string,
  queue: Queue | undefined,
  options: AccessOptions,
  context: ConditionContext = {},
): readonly Access[] {
  const common = { 'aws:SecureTransport': 'true', 'aws:ResourceAccount': options.accountId, ...context };
  return [
    { action, resource: arn, context: common, ...(queue?.policy && { resourcePolicy: queue.policy }) },
    ...(queue ? accessToKey(KEY_ACTIONS[action] ?? [], queue, options, common) : []),
  ];
}

function accessToKey(
  actions: readonly string[],
  queue: Queue,
  { accountId, region, keyOf }: AccessOptions,
  context: ConditionContext,
): readonly Access[] {
  const { keyId } = queue.definition;
  if (keyId === undefined) return [];
  const key = keyId.endsWith(AWS_MANAGED_KEY) ? awsManagedKey(accountId, region) : keyOf(keyId);
  return actions.map((action) => ({
    action,
    resource: key?.arn ?? keyId,
    resourcePolicy: key?.policy,
    resourcePolicyIsRoot: true,
    context: {
      ...context,
      'kms:ViaService': `sqs.${region}.amazonaws.com`,
      'kms:CallerAccount': accountId,
      'kms:EncryptionContext:aws:sqs:arn': queue.arn,
    },
  }));
}

/** By the policy that AWS gives this key. */
function awsManagedKey(accountId: string, region: string): Pick<Key, 'arn' | 'policy'> {
  return {
    arn: `arn:aws:kms:${region}:${accountId}:${AWS_MANAGED_KEY}`,
    policy: {
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:CreateGrant', 'kms:DescribeKey'],
        Resource: '*',
        Condition: { StringEquals: { 'kms:CallerAccount': accountId, 'kms:ViaService': `sqs.${region}.amazonaws.com` } },
      },
    },
  };
}
