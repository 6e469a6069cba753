import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeObjects } from './acknowledge';
import { grantKeyToService } from './grant-key-to-service';

export interface CallContentProps {
  /** How long contents are kept: as long as the audit records that they belong to. @default Duration.days(365) */
  readonly retention?: Duration;
  /**
   * Encrypts the contents.
   *
   * @default - S3's own key
   */
  readonly encryptionKey?: kms.IKey;
  /** What becomes of the contents when their stack is deleted. With `DESTROY` the bucket is emptied first. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy;
}

const OBJECTS = 'calls/*';

/**
 * What calls consist of that is too large for the audit table: a bucket in which nothing can be replaced. S3 refuses every write that does not say
 * `If-None-Match`, whoever it comes from.
 */
export class CallContent extends Construct {
  readonly bucket: s3.Bucket;

  constructor(scope: Construct, id: string, props: CallContentProps = {}) {
    super(scope, id);
    const { encryptionKey, removalPolicy = RemovalPolicy.RETAIN, retention = Duration.days(365) } = props;
    this.bucket = new s3.Bucket(this, 'Bucket', {
      encryption: encryptionKey === undefined ? s3.BucketEncryption.S3_MANAGED : s3.BucketEncryption.KMS,
      encryptionKey,
      bucketKeyEnabled: encryptionKey !== undefined,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      lifecycleRules: [{ expiration: retention }],
      removalPolicy,
      autoDeleteObjects: removalPolicy === RemovalPolicy.DESTROY,
    });
    acknowledge(this.bucket, {
      S1: 'Who read what is in CloudTrail, where the account keeps data events. A bucket of access logs would need one itself.',
    });
    // Source: "Enforce conditional writes on Amazon S3 buckets", Amazon S3 user guide.
    this.bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'NothingIsReplaced',
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: ['s3:PutObject'],
        resources: [this.bucket.arnForObjects('*')],
        conditions: { Null: { 's3:if-none-match': 'true' } },
      }),
    );
  }

  /** May add contents of calls, and read those of a call whose id it knows. */
  grantKeep(grantee: iam.IGrantable): iam.Grant {
    const grant = iam.Grant.addToPrincipal({
      grantee,
      actions: ['s3:GetObject', 's3:PutObject'],
      resourceArns: [this.bucket.arnForObjects(OBJECTS)],
    });
    // Without it S3 says of what has expired that it is forbidden.
    const list = iam.Grant.addToPrincipal({ grantee, actions: ['s3:ListBucket'], resourceArns: [this.bucket.bucketArn] });
    const { grantPrincipal } = grantee;
    if (grantPrincipal instanceof iam.Role) {
      acknowledgeObjects(grantPrincipal, this.bucket, [OBJECTS], 'Objects are named by the day and the id of their call.');
    }
    if (this.bucket.encryptionKey === undefined) return grant.combine(list);
    return grant.combine(list).combine(grantKeyToService(this.bucket.encryptionKey, grantee, 's3', ['kms:Decrypt', 'kms:GenerateDataKey']));
  }
}
