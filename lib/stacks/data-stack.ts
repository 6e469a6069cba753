import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { EnvironmentConfig } from '../../config/schema';
import { AuditTrail } from '../constructs/audit-trail';
import { CostLedger } from '../constructs/cost-ledger';
import { PromptRegistry } from '../constructs/prompt-registry';
import { publishParameter } from '../publish-parameter';
import { removalPolicyOf } from '../removal-policy';

export interface DataStackProps extends StackProps {
  readonly config: EnvironmentConfig;
}

/** Everything that must outlive a deployment: the key and the tables. */
export class DataStack extends Stack {
  readonly auditTrail: AuditTrail;
  readonly costLedger: CostLedger;
  readonly registry: PromptRegistry;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, props);
    const { config } = props;
    const removalPolicy = removalPolicyOf(config);
    const encryptionKey = new kms.Key(this, 'Key', {
      description: `Data of ${config.platform} ${config.name}`,
      enableKeyRotation: true,
      removalPolicy,
    });
    const stateful = { encryptionKey, removalPolicy, deletionProtection: config.deletionProtection };
    this.auditTrail = new AuditTrail(this, 'AuditTrail', { ...stateful, retention: Duration.days(config.retention.auditDays) });
    this.costLedger = new CostLedger(this, 'CostLedger', stateful);
    this.registry = new PromptRegistry(this, 'PromptRegistry', stateful);

    publishParameter(this, config, 'registry-table', this.registry.table.tableName);
    publishParameter(this, config, 'audit-table', this.auditTrail.table.tableName);
  }
}
