import { authorize } from '../iam/evaluate';
import { physicalName, type ResourceContext, type ResourceRegistry } from '../world';

export const logsResources: ResourceRegistry = {
  'AWS::Logs::LogGroup': (properties, context) => {
    const name = typeof properties.LogGroupName === 'string' ? properties.LogGroupName : physicalName(context);
    const { region, accountId } = context.world;
    const arn = `arn:aws:logs:${region}:${accountId}:log-group:${name}`;
    if (typeof properties.KmsKeyId === 'string') requireUsableKey(properties.KmsKeyId, arn, context);
    return { ref: name, attributes: { Arn: `${arn}:*` } };
  },
};

/** CloudWatch Logs refuses to make a log group with a key that it may not use; a deployment would fail here. */
function requireUsableKey(keyArn: string, logGroupArn: string, { world }: ResourceContext): void {
  const key = world.keys.get(keyArn);
  if (!key) throw new Error(`its key ${keyArn} is not in the templates.`);
  const service = { kind: 'service', name: `logs.${world.region}.amazonaws.com`, accountId: world.accountId } as const;
  for (const action of ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey']) {
    const decision = authorize(service, {
      action,
      resource: keyArn,
      resourcePolicy: key.policy,
      resourcePolicyIsRoot: true,
      context: { 'kms:EncryptionContext:aws:logs:arn': logGroupArn },
    });
    if (!decision.allowed) throw new Error(`its key's policy does not let CloudWatch Logs use it: ${decision.reason}`);
  }
}
