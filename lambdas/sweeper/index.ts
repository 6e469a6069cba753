import { Logger } from '@aws-lambda-powertools/logger';
import { sweep, type Swept } from '../core/accounts/sweep';
import { createAuditStore } from '../core/audit';
import { systemClock } from '../core/clock';
import { createDynamoDbClient } from '../core/dynamodb-client';
import { createMetrics } from '../core/metrics';
import { sweeperEnv } from './env';

const env = sweeperEnv.parse(process.env);
const logger = new Logger();
const client = createDynamoDbClient();
const metrics = createMetrics(env.ENVIRONMENT);
const ports = {
  client,
  table: env.LEDGER_TABLE,
  audit: createAuditStore(client, env.AUDIT_TABLE, env.AUDIT_RETENTION_DAYS),
  clock: systemClock,
};

/** On a schedule: settles what processes that died have left held, and says what it found. */
export async function handler(): Promise<Swept> {
  const swept = await sweep(ports);
  logger.info('accounts swept', { ...swept });
  metrics.record({
    values: { OpenHolds: swept.open, SweptHolds: swept.settled + swept.unknown, UnknownCalls: swept.unknown },
    dimensions: {},
  });
  return swept;
}
