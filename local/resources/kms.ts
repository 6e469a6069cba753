import { createHash } from 'node:crypto';
import type { PolicyDocument } from '../iam/types';
import { physicalName, type ResourceRegistry } from '../world';

export const kmsResources: ResourceRegistry = {
  'AWS::KMS::Key': (properties, context) => {
    const { world } = context;
    const digest = createHash('sha256').update(physicalName(context)).digest('hex');
    const id = [digest.slice(0, 8), digest.slice(8, 12), digest.slice(12, 16), digest.slice(16, 20), digest.slice(20, 32)].join('-');
    const arn = `arn:aws:kms:${world.region}:${world.accountId}:key/${id}`;
    world.keys.set(arn, { id, arn, policy: properties.KeyPolicy as PolicyDocument });
    return { ref: id, attributes: { Arn: arn, KeyId: id } };
  },
  'AWS::KMS::Alias': (properties) => ({ ref: String(properties.AliasName), attributes: {} }),
};
