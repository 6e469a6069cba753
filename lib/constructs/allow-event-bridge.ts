import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { IConstruct } from 'constructs';

/**
 * Lets the rules of this account put messages into queues that a key encrypts: without it EventBridge drops them, and says so nowhere but in a metric.
 * By account and not by rule: the key may be of another stack, which the rule's then need not exist before.
 * Source: "Configure KMS permissions for AWS services", Amazon SQS developer guide.
 *
 * @param scope in whose account the rules are
 */
export function allowEventBridge(key: kms.IKey, scope: IConstruct): void {
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'EventBridge',
      principals: [new iam.ServicePrincipal('events.amazonaws.com')],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  );
}
