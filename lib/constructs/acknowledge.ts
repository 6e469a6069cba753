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
 * The same for ARNs with references to other stacks, whose form is known only when the app is synthesized: as cdk-nag writes them.
 */
export function acknowledgeReferredWildcards(scope: IConstruct, resources: readonly string[], reason: string): void {
  scope.node.addValidation({
    validate: () => {
      for (const resource of resources) acknowledge(scope, { [`IAM5[Resource::${flat(Stack.of(scope).resolve(resource))}]`]: reason });
      return [];
    },
  });
}

/** Objects of a bucket, by patterns, in a policy below a scope. */
export function acknowledgeObjects(scope: IConstruct, bucket: IBucket, patterns: readonly string[], reason: string): void {
  if (Stack.of(bucket) !== Stack.of(scope)) {
    return acknowledgeReferredWildcards(
      scope,
      patterns.map((pattern) => bucket.arnForObjects(pattern)),
      reason,
    );
  }
  const id = Stack.of(bucket).getLogicalId(bucket.node.defaultChild as CfnBucket);
  acknowledgeWildcards(
    scope,
    patterns.map((pattern) => `<${id}.Arn>/${pattern}`),
    reason,
  );
}

function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  const { 'Fn::Join': join, Ref: ref } = value as { readonly 'Fn::Join'?: readonly [string, readonly unknown[]]; readonly Ref?: string };
  if (join !== undefined) return join[1].map(flat).join(join[0]);
  return ref === undefined ? JSON.stringify(value) : `<${ref}>`;
}
