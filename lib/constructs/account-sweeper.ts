import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { sweeperEnv } from '../../lambdas/sweeper/env';
import type { AuditTrail } from './audit-trail';
import type { CostLedger } from './cost-ledger';
import type { PromptRegistry } from './prompt-registry';
import { RuntimeFunction, type RuntimeSettings } from './runtime-function';

export interface AccountSweeperProps {
  /** Whose holds are swept. */
  readonly costLedger: CostLedger;
  /** Says what a call has cost whose hold was left over, and which calls are open; told where nobody knows. */
  readonly auditTrail: AuditTrail;
  /** Says whose calls there may be. */
  readonly registry: PromptRegistry;
  /** Name of the platform's environment: stands in the function's metrics. */
  readonly environment: string;
  /** @default - as RuntimeFunction */
  readonly settings?: RuntimeSettings;
}

const EVERY = Duration.minutes(5);

/**
 * Settles what calls have left held in the accounts whose process died, and ends on record those that nothing was held for: every five minutes, once they are older
 * than any call can be.
 */
export class AccountSweeper extends Construct {
  readonly function: RuntimeFunction<typeof sweeperEnv>;

  constructor(scope: Construct, id: string, { auditTrail, costLedger, registry, environment, settings }: AccountSweeperProps) {
    super(scope, id);
    this.function = new RuntimeFunction<typeof sweeperEnv>(this, 'Function', {
      bundle: 'sweeper',
      description: 'Settles what is left held in the accounts of calls whose process died, and ends these',
      environment: {
        LEDGER_TABLE: costLedger.table.tableName,
        AUDIT_TABLE: auditTrail.table.tableName,
        REGISTRY_TABLE: registry.table.tableName,
        AUDIT_RETENTION_DAYS: String(auditTrail.retention.toDays()),
        ENVIRONMENT: environment,
      },
      memorySize: 256,
      timeout: Duration.minutes(5),
      settings,
    });
    costLedger.grantSweep(this.function);
    auditTrail.grantInsert(this.function);
    auditTrail.grantRead(this.function);
    auditTrail.grantFindCalls(this.function);
    registry.grantList(this.function);
    new events.Rule(this, 'Schedule', {
      description: 'Sweeps the accounts',
      schedule: events.Schedule.rate(EVERY),
      targets: [new targets.LambdaFunction(this.function.function)],
    });
  }
}
