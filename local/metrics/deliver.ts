import type { Access, Decision, PolicyDocument, Principal } from '../iam/types';
import type { AlarmDefinition } from './alarm-definition';

/** A topic of a template. */
export interface Topic {
  readonly arn: string;
  /** Key, alias or ARN, as the template has it. */
  readonly keyId?: string;
  /** Replaces the default policy, by which alarms of the topic's own account may publish. */
  policy?: PolicyDocument;
  readonly subscriptions: { readonly protocol: string; readonly endpoint: string }[];
}

/** What became of one action of an alarm. */
export interface Delivery {
  /** ARN of the action. */
  readonly target: string;
  /** `email someone@example.com`, one for each subscription. */
  readonly told: readonly string[];
  /** Why nobody was told. */
  readonly failure?: string;
}

export interface DeliveryContext {
  readonly accountId: string;
  readonly topics: ReadonlyMap<string, Topic>;
  /** Key policies by key ARN. */
  readonly keys: ReadonlyMap<string, { readonly id: string; readonly arn: string; readonly policy: PolicyDocument }>;
  readonly authorize: (principal: Principal, access: Access) => Decision;
}

const CLOUDWATCH = 'cloudwatch.amazonaws.com';

/**
 * Sends an alarm to one of its actions, as far as that can be done here: whether CloudWatch may publish to the topic and use the topic's key is
 * decided as in AWS, where an alarm that may not is raised all the same, and nobody hears of it.
 */
export function deliver(target: string, alarm: AlarmDefinition, context: DeliveryContext): Delivery {
  const topic = context.topics.get(target);
  if (!topic) return { target, told: [], failure: 'it is no topic of the templates' };
  const failure = mayPublish(topic, alarm, context) ?? mayUseKey(topic, context);
  if (failure !== undefined) return { target, told: [], failure };
  return { target, told: topic.subscriptions.map(({ protocol, endpoint }) => `${protocol} ${endpoint}`) };
}

function mayPublish(topic: Topic, alarm: AlarmDefinition, { accountId, authorize }: DeliveryContext): string | undefined {
  if (topic.policy === undefined) return undefined;
  const decision = authorize(serviceIn(accountId), {
    action: 'sns:Publish',
    resource: topic.arn,
    resourcePolicy: topic.policy,
    context: { 'aws:SourceArn': alarm.arn, 'aws:SourceAccount': accountId, 'aws:SecureTransport': 'true' },
  });
  return decision.allowed ? undefined : decision.reason;
}

function mayUseKey({ keyId }: Topic, { accountId, keys, authorize }: DeliveryContext): string | undefined {
  if (keyId === undefined) return undefined;
  const key = [...keys.values()].find(({ id, arn }) => keyId === id || keyId === arn);
  if (!key) return `its key ${keyId} is no key of the templates; if AWS manages it, CloudWatch may not use it`;
  for (const action of ['kms:Decrypt', 'kms:GenerateDataKey']) {
    const decision = authorize(serviceIn(accountId), {
      action,
      resource: key.arn,
      resourcePolicy: key.policy,
      resourcePolicyIsRoot: true,
    });
    if (!decision.allowed) return decision.reason;
  }
  return undefined;
}

function serviceIn(accountId: string): Principal {
  return { kind: 'service', name: CLOUDWATCH, accountId };
}
