import { Stack, Token, Validations } from 'aws-cdk-lib';
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
