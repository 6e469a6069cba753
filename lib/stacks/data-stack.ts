import { ArnFormat, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { EnvironmentConfig } from '../../config/schema';
import { AnswerCache } from '../constructs/answer-cache';
import { AgentRuns } from '../constructs/agent-runs';
import { AuditArchive } from '../constructs/audit-archive';
import { AuditTrail } from '../constructs/audit-trail';
import { CallContent } from '../constructs/call-content';
import { CostLedger } from '../constructs/cost-ledger';
import { UsageRollup } from '../constructs/usage-rollup';
import { PromptRegistry } from '../constructs/prompt-registry';
import { publishParameter } from '../publish-parameter';
import { removalPolicyOf } from '../removal-policy';

export interface DataStackProps extends StackProps {
  readonly config: EnvironmentConfig;
}

/** Everything that must outlive a deployment: the key, the tables and the archive, with the functions that keep it. */
export class DataStack extends Stack {
  /** Encrypts the tables, and the logs of the other stacks. */
  readonly encryptionKey: kms.Key;
  readonly auditTrail: AuditTrail;
  readonly auditArchive: AuditArchive;
  /** Where the environment keeps contents. */
  readonly callContent: CallContent | undefined;
  readonly costLedger: CostLedger;
  readonly usageRollup: UsageRollup;
  readonly registry: PromptRegistry;
  readonly answerCache: AnswerCache;
  readonly agentRuns: AgentRuns;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, props);
    const { config } = props;
    const removalPolicy = removalPolicyOf(config);
    this.encryptionKey = new kms.Key(this, 'Key', {
      description: `Data of ${config.platform} ${config.name}`,
      enableKeyRotation: true,
      removalPolicy,
    });
    allowLogs(this.encryptionKey);
    const stateful = { encryptionKey: this.encryptionKey, removalPolicy, deletionProtection: config.deletionProtection };
    const retention = Duration.days(config.retention.auditDays);
    this.auditTrail = new AuditTrail(this, 'AuditTrail', { ...stateful, retention });
    if (config.auditContent !== 'hash-only') {
      this.callContent = new CallContent(this, 'CallContent', { encryptionKey: this.encryptionKey, removalPolicy, retention });
    }
    const settings = {
      logRetention: config.retention.logDays,
      logRemovalPolicy: removalPolicy,
      logEncryptionKey: this.encryptionKey,
      logLevel: config.logLevel,
      tracing: config.tracing,
    };
    const { objectLock } = config.archive;
    this.auditArchive = new AuditArchive(this, 'AuditArchive', {
      auditTrail: this.auditTrail,
      environment: config.name,
      encryptionKey: this.encryptionKey,
      removalPolicy,
      objectLock: objectLock && { mode: objectLock.mode, retention: Duration.days(objectLock.days) },
      settings,
    });
    this.costLedger = new CostLedger(this, 'CostLedger', stateful);
    this.usageRollup = new UsageRollup(this, 'UsageRollup', {
      auditTrail: this.auditTrail,
      costLedger: this.costLedger,
      environment: config.name,
      settings,
    });
    this.registry = new PromptRegistry(this, 'PromptRegistry', stateful);
    this.agentRuns = new AgentRuns(this, 'AgentRuns', { ...stateful, retention: Duration.days(config.retention.agentDays) });

    this.answerCache = new AnswerCache(this, 'AnswerCache', stateful);

    publishParameter(this, config, 'registry-table', this.registry.table.tableName);
    publishParameter(this, config, 'ledger-table', this.costLedger.table.tableName);
    publishParameter(this, config, 'runs-table', this.agentRuns.table.tableName);
    publishParameter(this, config, 'audit-table', this.auditTrail.table.tableName);
    if (this.callContent !== undefined) publishParameter(this, config, 'call-content-bucket', this.callContent.bucket.bucketName);
    publishParameter(this, config, 'audit-archive-bucket', this.auditArchive.bucket.bucketName);
    publishParameter(this, config, 'audit-signing-key', this.auditArchive.signingKey.keyArn);
  }
}

/**
 * Lets CloudWatch Logs encrypt with the key, for log groups of this account and region alone. CloudFormation refuses a log group whose key does not.
 * Source: "Encrypt log data in CloudWatch Logs using AWS KMS", Amazon CloudWatch Logs user guide.
 */
function allowLogs(key: kms.Key): void {
  const stack = Stack.of(key);
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'CloudWatchLogs',
      principals: [new iam.ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
      resources: ['*'],
      conditions: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': stack.formatArn({
            service: 'logs',
            resource: 'log-group',
            resourceName: '*',
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        },
      },
    }),
  );
}
