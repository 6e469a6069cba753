import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { auditCopyEnv } from '../../lambdas/audit-copy/env';
import type { auditManifestEnv } from '../../lambdas/audit-manifest/env';
import { acknowledge, acknowledgeObjects } from './acknowledge';
import type { AuditTrail } from './audit-trail';
import { grantKeyToService } from './grant-key-to-service';
import { RuntimeFunction, type RuntimeSettings } from './runtime-function';

export interface AuditArchiveProps {
  /** Whose records are copied. It has to be in the same stack: a mapping onto a stream is not updated when a stream of another stack is replaced. */
  readonly auditTrail: AuditTrail;
  /** Name of the platform's environment: stands in the functions' metrics. */
  readonly environment: string;
  /**
   * Encrypts the archive.
   *
   * @default - S3's own key
   */
  readonly encryptionKey?: kms.IKey;
  /**
   * What becomes of the archive and of the key that signs it when their stack is deleted. With `DESTROY` the archive is emptied first.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * How long nobody may delete a version of what was archived. `governance` leaves a way to those with `s3:BypassGovernanceRetention`; `compliance`
   * leaves none, to the account's root neither. Cannot be taken back.
   *
   * @default - no lock
   */
  readonly objectLock?: { readonly mode: 'governance' | 'compliance'; readonly retention: Duration };
  /** @default - as RuntimeFunction */
  readonly settings?: RuntimeSettings;
}

/** Records that one call of the copier gets at most, and how long the stream waits for more of them. */
const BATCH_SIZE = 500;
const BATCHING_WINDOW = Duration.seconds(10);
/** The stream itself forgets a record after a day. */
const MAX_RECORD_AGE = Duration.hours(23);
/** A day is sealed at this hour of the next, UTC. */
const SEAL_HOUR = '2';

/**
 * A second copy of the audit trail that its writers cannot reach: every record, as the table's stream has it, in a versioned bucket, and for every
 * day a signed manifest that names the one before. A function copies, another one seals and checks the day that is over.
 */
export class AuditArchive extends Construct {
  readonly bucket: s3.Bucket;
  /** Signs manifests. ECC P-256: its private half never leaves KMS. */
  readonly signingKey: kms.Key;
  /** Copies the stream. Its `IteratorAge` is how far it is behind. */
  readonly copier: lambda.Function;
  /** Seals and checks. */
  readonly sealer: lambda.Function;

  constructor(scope: Construct, id: string, props: AuditArchiveProps) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    this.bucket = this.createBucket(props, removalPolicy);
    this.signingKey = new kms.Key(this, 'SigningKey', {
      description: 'Signs the manifests of the audit archive',
      keySpec: kms.KeySpec.ECC_NIST_P256,
      keyUsage: kms.KeyUsage.SIGN_VERIFY,
      removalPolicy,
    });
    this.copier = this.createCopier(props);
    this.sealer = this.createSealer(props);
  }

  /** May verify days: read everything in the archive, and have signatures verified. */
  grantVerify(grantee: iam.IGrantable): iam.Grant {
    const read = this.grantObjects(grantee, ['s3:GetObject', 's3:GetObjectVersion'], ['*'], ['kms:Decrypt']);
    const list = iam.Grant.addToPrincipal({ grantee, actions: ['s3:ListBucket'], resourceArns: [this.bucket.bucketArn] });
    const verify = iam.Grant.addToPrincipal({ grantee, actions: ['kms:Verify'], resourceArns: [this.signingKey.keyArn] });
    return read.combine(list).combine(verify);
  }

  private createBucket({ encryptionKey, objectLock }: AuditArchiveProps, removalPolicy: RemovalPolicy): s3.Bucket {
    const bucket = new s3.Bucket(this, 'Bucket', {
      versioned: true,
      encryption: encryptionKey === undefined ? s3.BucketEncryption.S3_MANAGED : s3.BucketEncryption.KMS,
      encryptionKey,
      // One call of KMS for many objects.
      bucketKeyEnabled: encryptionKey !== undefined,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      objectLockEnabled: objectLock !== undefined ? true : undefined,
      objectLockDefaultRetention: objectLock && lockOf(objectLock),
      removalPolicy,
      autoDeleteObjects: removalPolicy === RemovalPolicy.DESTROY,
    });
    acknowledge(bucket, {
      S1: 'Who read what is in CloudTrail, where the account keeps data events. A bucket of access logs would need one itself.',
    });
    return bucket;
  }

  private createCopier({ auditTrail, environment, settings }: AuditArchiveProps): lambda.Function {
    const copier = new RuntimeFunction<typeof auditCopyEnv>(this, 'Copier', {
      bundle: 'audit-copy',
      description: 'Copies the audit trail into its archive',
      environment: { ARCHIVE_BUCKET: this.bucket.bucketName, ENVIRONMENT: environment },
      memorySize: 256,
      timeout: Duration.minutes(1),
      settings,
    });
    auditTrail.grantReadStream(copier);
    this.grantObjects(copier, ['s3:PutObject'], ['records/*', 'changes/*', 'aws/lambda/*'], ['kms:GenerateDataKey']);
    // Lambda looks whether the bucket is there before it puts a batch that failed.
    iam.Grant.addToPrincipal({ grantee: copier, actions: ['s3:ListBucket'], resourceArns: [this.bucket.bucketArn] });
    const mapping = new lambda.EventSourceMapping(this, 'Stream', {
      target: copier.function,
      eventSourceArn: auditTrail.streamArn,
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      batchSize: BATCH_SIZE,
      maxBatchingWindow: BATCHING_WINDOW,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      maxRecordAge: MAX_RECORD_AGE,
      // Where a batch that was given up can be found again, with its place in the stream. CDK's own class would let the copier delete what is archived.
      onFailure: { bind: () => ({ destination: this.bucket.bucketArn }) },
    });
    mapping.node.addDependency(copier);
    return copier.function;
  }

  private createSealer({ auditTrail, environment, settings }: AuditArchiveProps): lambda.Function {
    const sealer = new RuntimeFunction<typeof auditManifestEnv>(this, 'Sealer', {
      bundle: 'audit-manifest',
      description: 'Signs what was archived of a day, and checks it against the audit trail',
      environment: {
        ARCHIVE_BUCKET: this.bucket.bucketName,
        AUDIT_TABLE: auditTrail.table.tableName,
        SIGNING_KEY: this.signingKey.keyArn,
        ENVIRONMENT: environment,
      },
      memorySize: 1_024,
      timeout: Duration.minutes(15),
      settings,
    });
    this.grantVerify(sealer);
    this.grantObjects(sealer, ['s3:PutObject'], ['manifests/*', 'verdicts/*'], ['kms:GenerateDataKey']);
    iam.Grant.addToPrincipal({ grantee: sealer, actions: ['kms:Sign'], resourceArns: [this.signingKey.keyArn] });
    auditTrail.grantReadAll(sealer);
    new events.Rule(this, 'Daily', {
      description: 'Seals the day that is over',
      schedule: events.Schedule.cron({ minute: '0', hour: SEAL_HOUR }),
      targets: [new targets.LambdaFunction(sealer.function)],
    });
    return sealer.function;
  }

  private grantObjects(grantee: iam.IGrantable, actions: string[], patterns: readonly string[], keyActions: string[]): iam.Grant {
    const resourceArns = patterns.map((pattern) => this.bucket.arnForObjects(pattern));
    const grant = iam.Grant.addToPrincipal({ grantee, actions, resourceArns });
    const { grantPrincipal } = grantee;
    if (grantPrincipal instanceof iam.Role) {
      acknowledgeObjects(grantPrincipal, this.bucket, patterns, 'Objects are named by the day and their place in the stream.');
    }
    if (this.bucket.encryptionKey === undefined) return grant;
    return grant.combine(grantKeyToService(this.bucket.encryptionKey, grantee, 's3', keyActions));
  }
}

function lockOf({ mode, retention }: NonNullable<AuditArchiveProps['objectLock']>): s3.ObjectLockRetention {
  return mode === 'compliance' ? s3.ObjectLockRetention.compliance(retention) : s3.ObjectLockRetention.governance(retention);
}
