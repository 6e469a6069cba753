import { createHash } from 'node:crypto';
import type { PolicyDocument } from '../iam/types';
import type { BucketDefinition, Encryption } from '../services/s3/bucket';
import { isMode } from '../services/s3/retention';
import { physicalName, type ResourceContext, type ResourceRegistry } from '../world';
import { noteUnevaluated } from './note-unevaluated';

const MAX_NAME_LENGTH = 63;
const DAYS_PER_YEAR = 365;

const BUCKET_PROPERTIES = [
  'BucketEncryption',
  'BucketName',
  'ObjectLockConfiguration',
  'ObjectLockEnabled',
  // ACLs are refused on every call.
  'OwnershipControls',
  // Nobody is anonymous here: there is no public access to block.
  'PublicAccessBlockConfiguration',
  'Tags',
  'VersioningConfiguration',
];

interface EncryptionRule {
  readonly BucketKeyEnabled?: boolean;
  readonly ServerSideEncryptionByDefault?: { readonly SSEAlgorithm: string; readonly KMSMasterKeyID?: string };
}

interface LockConfiguration {
  readonly Rule?: { readonly DefaultRetention?: { readonly Mode?: string; readonly Days?: number; readonly Years?: number } };
}

export const s3Resources: ResourceRegistry = {
  'AWS::S3::Bucket': (properties, context) => {
    const { world } = context;
    noteUnevaluated('AWS::S3::Bucket', properties, BUCKET_PROPERTIES, context);
    const name = typeof properties.BucketName === 'string' ? properties.BucketName : bucketName(context);
    const objectLock = properties.ObjectLockEnabled === true;
    const versioning = (properties.VersioningConfiguration as { Status?: string } | undefined)?.Status;
    if (objectLock && versioning === 'Suspended') throw new Error('it has object lock, and its versioning is suspended.');
    const arn = world.s3.createBucket({
      name,
      objectLock,
      versioning: versioning === 'Enabled' || versioning === 'Suspended' ? versioning : objectLock ? 'Enabled' : 'off',
      defaultRetention: defaultRetentionOf(properties.ObjectLockConfiguration as LockConfiguration | undefined, objectLock),
      encryption: encryptionOf(properties.BucketEncryption, context),
    });
    const domain = `${name}.s3.amazonaws.com`;
    return {
      ref: name,
      attributes: {
        Arn: arn,
        DomainName: domain,
        RegionalDomainName: `${name}.s3.${world.region}.amazonaws.com`,
        DualStackDomainName: `${name}.s3.dualstack.${world.region}.amazonaws.com`,
      },
    };
  },
  'AWS::S3::BucketPolicy': (properties, context) => {
    context.world.s3.putBucketPolicy(String(properties.Bucket), properties.PolicyDocument as PolicyDocument);
    return { ref: physicalName(context), attributes: {} };
  },
};

function encryptionOf(raw: unknown, { world }: ResourceContext): Encryption {
  const [rule] = ((raw as { ServerSideEncryptionConfiguration?: EncryptionRule[] } | undefined)?.ServerSideEncryptionConfiguration ??
    []) as readonly EncryptionRule[];
  const { SSEAlgorithm: algorithm = 'AES256', KMSMasterKeyID: keyId } = rule?.ServerSideEncryptionByDefault ?? {};
  if (algorithm === 'AES256') return { algorithm };
  if (algorithm !== 'aws:kms') throw new Error(`its objects are encrypted by ${algorithm}, which is not emulated; AES256 and aws:kms are.`);
  // AWS's own key for S3: everyone in the account may use it through S3.
  if (keyId === undefined || keyId === 'alias/aws/s3') return { algorithm };
  const key = [...world.keys.values()].find(({ id, arn }) => keyId === id || keyId === arn);
  if (!key) throw new Error(`its key ${keyId} is not in the templates.`);
  return { algorithm, keyArn: key.arn, ...(rule?.BucketKeyEnabled && { bucketKeyEnabled: true }) };
}

function defaultRetentionOf(configuration: LockConfiguration | undefined, objectLock: boolean): BucketDefinition['defaultRetention'] {
  const retention = configuration?.Rule?.DefaultRetention;
  if (!retention) return undefined;
  if (!objectLock) throw new Error('it has a default retention, and object lock is not enabled.');
  const { Mode: mode, Days: days, Years: years } = retention;
  const isOneOf = (days === undefined) !== (years === undefined);
  const total = days ?? (years ?? Number.NaN) * DAYS_PER_YEAR;
  if (!isMode(mode) || !isOneOf || !Number.isInteger(total) || total < 1) {
    throw new Error(`its default retention is ${JSON.stringify(retention)}; it takes Mode GOVERNANCE or COMPLIANCE, and Days or Years.`);
  }
  return { mode, days: total };
}

/** Lower case and within S3's length, and the same at every start. */
function bucketName(context: ResourceContext): string {
  const name = physicalName(context);
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 12);
  const readable = name.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-');
  return `${readable.slice(0, MAX_NAME_LENGTH - hash.length - 1)}-${hash}`;
}
