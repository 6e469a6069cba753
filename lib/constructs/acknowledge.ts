import { Stack, Token, Validations } from 'aws-cdk-lib';
import type { CfnBucket, IBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';

/** Findings of cdk-nag's AWS Solutions pack that hold here on purpose; each with the reason, by rule id without the pack's name. */
export function acknowledge(scope: IConstruct, findings: Readonly<Record<string, string>>): void {
  for (const [rule, reason] of Object.entries(findings)) Validations.of(scope).acknowledge({ id: `AwsSolutions-${rule}`, reason });
}

/** Resources with a wildcard in a policy below a scope, as the rule IAM5 names them. */
export function acknowledgeWildcards(scope: IConstruct, resources: readonly string[], reason: string): void {
  const { partition } = Stack.of(scope);
  const shown = Token.isUnresolved(partition) ? '<AWS::Partition>' : partition;
  acknowledge(scope, Object.fromEntries(resources.map((resource) => [`IAM5[Resource::${resource.replace(partition, shown)}]`, reason])));
}

/**
 * Objects of a bucket, by patterns, in a policy below a scope. What refers to a bucket of another stack has its form only when the whole app is
 * there: it is acknowledged then.
 */
export function acknowledgeObjects(scope: IConstruct, bucket: IBucket, patterns: readonly string[], reason: string): void {
  if (Stack.of(bucket) === Stack.of(scope)) {
    const id = Stack.of(bucket).getLogicalId(bucket.node.defaultChild as CfnBucket);
    acknowledgeWildcards(
      scope,
      patterns.map((pattern) => `<${id}.Arn>/${pattern}`),
      reason,
    );
    return;
  }
  const validate = (): string[] => {
    const arn = JSON.stringify(Stack.of(scope).resolve(bucket.bucketArn));
    acknowledge(scope, Object.fromEntries(patterns.map((pattern) => [`IAM5[Resource::${arn}/${pattern}]`, reason])));
    return [];
  };
  scope.node.addValidation({ validate });
}
