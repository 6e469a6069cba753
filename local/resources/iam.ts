import { awsManagedPolicy } from '../iam/aws-managed-policies';
import type { PolicyDocument } from '../iam/types';
import { physicalName, type ResourceContext, type ResourceRegistry, type Role } from '../world';

interface InlinePolicy {
  readonly PolicyDocument: PolicyDocument;
}

export const iamResources: ResourceRegistry = {
  'AWS::IAM::Role': (properties, context) => {
    const { world } = context;
    const name = String(properties.RoleName ?? physicalName(context));
    const inline = (properties.Policies ?? []) as InlinePolicy[];
    const role: Role = {
      name,
      arn: `arn:aws:iam::${world.accountId}:role/${name}`,
      accountId: world.accountId,
      policies: inline.map((policy) => policy.PolicyDocument),
      permissionsBoundary: boundaryOf(properties.PermissionsBoundary, context),
      trust: properties.AssumeRolePolicyDocument as PolicyDocument | undefined,
    };
    for (const arn of (properties.ManagedPolicyArns ?? []) as string[]) role.policies.push(managedPolicy(arn, context));
    world.roles.set(name, role);
    return { ref: name, attributes: { Arn: role.arn, RoleId: `AROA${name}` } };
  },
  'AWS::IAM::Policy': (properties, context) => {
    for (const name of (properties.Roles ?? []) as string[]) {
      const role = context.world.roles.get(name);
      if (!role) throw new Error(`it is attached to the role ${name}, which is not in the templates.`);
      role.policies.push(properties.PolicyDocument as PolicyDocument);
    }
    return { ref: physicalName(context), attributes: {} };
  },
  'AWS::IAM::ManagedPolicy': (properties, context) => {
    const { world } = context;
    const arn = `arn:aws:iam::${world.accountId}:policy/${String(properties.ManagedPolicyName ?? physicalName(context))}`;
    world.managedPolicies.set(arn, properties.PolicyDocument as PolicyDocument);
    for (const name of (properties.Roles ?? []) as string[])
      world.roles.get(name)?.policies.push(properties.PolicyDocument as PolicyDocument);
    return { ref: arn, attributes: { PolicyArn: arn } };
  },
};

/** A policy that lives outside the templates cannot be read here: it grants nothing, and that is said. */
function managedPolicy(arn: string, { world, stack, logicalId }: ResourceContext): PolicyDocument {
  const known = world.managedPolicies.get(arn) ?? awsManagedPolicy(arn);
  if (!known) world.notEvaluated.add(`managed policy ${arn} of ${stack.name}/${logicalId}: grants nothing here`);
  return known ?? { Statement: [] };
}

function boundaryOf(arn: unknown, { world, stack, logicalId }: ResourceContext): PolicyDocument | undefined {
  if (typeof arn !== 'string') return undefined;
  const known = world.managedPolicies.get(arn);
  if (!known) world.notEvaluated.add(`permissions boundary ${arn} of ${stack.name}/${logicalId}: does not limit here`);
  return known;
}
