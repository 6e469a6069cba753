import { createHash } from 'node:crypto';
import type { PolicyDocument } from '../iam/types';
import { isKeySpec, KEY_SPECS } from '../services/kms/key-material';
import { physicalName, type ResourceContext, type ResourceRegistry } from '../world';

const SYMMETRIC = 'SYMMETRIC_DEFAULT';

export const kmsResources: ResourceRegistry = {
  'AWS::KMS::Key': (properties, context) => {
    const { world } = context;
    const digest = createHash('sha256').update(physicalName(context)).digest('hex');
    const id = [digest.slice(0, 8), digest.slice(8, 12), digest.slice(12, 16), digest.slice(16, 20), digest.slice(20, 32)].join('-');
    const arn = `arn:aws:kms:${world.region}:${world.accountId}:key/${id}`;
    world.keys.set(arn, { id, arn, policy: properties.KeyPolicy as PolicyDocument });
    addSigningKey(arn, properties, context);
    return { ref: id, attributes: { Arn: arn, KeyId: id } };
  },
  'AWS::KMS::Alias': (properties, { world }) => {
    const name = String(properties.AliasName);
    world.kms.addAlias(name, String(properties.TargetKeyId));
    return { ref: name, attributes: {} };
  },
};

/** Nothing for a symmetric key: what S3 and DynamoDB do with it is a matter of permissions alone. */
function addSigningKey(arn: string, properties: Record<string, unknown>, { world, stack, logicalId }: ResourceContext): void {
  const { KeySpec: spec = SYMMETRIC, KeyUsage: usage } = properties;
  if (spec === SYMMETRIC) return;
  if (typeof spec !== 'string' || !isKeySpec(spec)) {
    world.notEvaluated.add(`KeySpec ${String(spec)} of ${stack.name}/${logicalId} (AWS::KMS::Key): calls on the key are refused`);
    return;
  }
  const { usage: expected } = KEY_SPECS[spec];
  if (usage !== expected)
    throw new Error(`its KeyUsage is ${String(usage ?? 'not given')}; with KeySpec ${spec} only ${expected} is emulated.`);
  world.kms.addSigningKey(arn, spec);
}
