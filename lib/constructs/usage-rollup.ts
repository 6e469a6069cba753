import { Duration } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { usageRollupEnv } from '../../lambdas/usage-rollup/env';
import type { AuditTrail } from './audit-trail';
import type { CostLedger } from './cost-ledger';
import { RuntimeFunction, type RuntimeSettings } from './runtime-function';

export interface UsageRollupProps {
  /** Whose records are counted. It has to be in the same stack: a mapping onto a stream is not updated when a stream of another stack is replaced. */
  readonly auditTrail: AuditTrail;
  /** Where the sums are kept. */
  readonly costLedger: CostLedger;
  /** Name of the platform's environment: stands in the function's metrics. */
  readonly environment: string;
  /** @default - as RuntimeFunction */
  readonly settings?: RuntimeSettings;
}

const BATCH_SIZE = 500;
const BATCHING_WINDOW = Duration.seconds(5);
/** Only that the function is told the shard; nothing is kept between its batches. */
const TUMBLING_WINDOW = Duration.seconds(60);
/** The stream itself forgets a record after a day. */
const MAX_RECORD_AGE = Duration.hours(23);

/** Sums of what every tenant has used, by day and by what its calls are attributed to, counted from the audit trail: each record once. */
export class UsageRollup extends Construct {
  /** Its `IteratorAge` is how far it is behind. */
  readonly function: lambda.Function;

  constructor(scope: Construct, id: string, { auditTrail, costLedger, environment, settings }: UsageRollupProps) {
    super(scope, id);
    const counter = new RuntimeFunction<typeof usageRollupEnv>(this, 'Function', {
      bundle: 'usage-rollup',
      description: 'Counts what tenants use, from the audit trail',
      environment: { LEDGER_TABLE: costLedger.table.tableName, ENVIRONMENT: environment },
      memorySize: 256,
      timeout: Duration.minutes(1),
      settings,
    });
    auditTrail.grantReadStream(counter);
    costLedger.grantReserve(counter);
    const mapping = new lambda.EventSourceMapping(this, 'Stream', {
      target: counter.function,
      eventSourceArn: auditTrail.streamArn,
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      batchSize: BATCH_SIZE,
      maxBatchingWindow: BATCHING_WINDOW,
      tumblingWindow: TUMBLING_WINDOW,
      maxRecordAge: MAX_RECORD_AGE,
    });
    mapping.node.addDependency(counter);
    this.function = counter.function;
  }
}
