import { Logger } from '@aws-lambda-powertools/logger';
import { sweep, type Swept } from '../core/accounts/sweep';
import { createAuditStore } from '../core/audit';
import { systemClock } from '../core/clock';
import { createDynamoDbClient } from '../core/dynamodb-client';
import { createMetrics } from '../core/metrics';
import { createCursors } from '../core/open-intents/cursors';
import { createIntentIndex } from '../core/open-intents/intent-index';
import { registeredTenants } from '../core/open-intents/registered-tenants';
import { sweepIntents, type SweptIntents } from '../core/open-intents/sweep-intents';
import { sweeperEnv } from './env';

/** Of 100 intents. What they take is far below the function's timeout, and they are half a million calls in five minutes. */
const MAX_PAGES = 5_000;

const env = sweeperEnv.parse(process.env);
const logger = new Logger();
const client = createDynamoDbClient();
const metrics = createMetrics(env.ENVIRONMENT);
const audit = createAuditStore(client, env.AUDIT_TABLE, env.AUDIT_RETENTION_DAYS);

/** On a schedule: settles what processes that died have left held, ends the calls that they have left open, and says what it found. */
export async function handler(): Promise<{ readonly holds: Swept; readonly intents: SweptIntents }> {
  const nowMs = systemClock.nowMs();
  const holds = await sweep({ client, table: env.LEDGER_TABLE, audit, clock: { nowMs: () => nowMs } });
  logger.info('accounts swept', { ...holds });
  const values = { OpenHolds: holds.open, SweptHolds: holds.settled + holds.unknown, UnknownCalls: holds.unknown };
  metrics.record({ values, dimensions: {} });
  const intents = await sweepIntents({
    tenants: () => registeredTenants(client, env.REGISTRY_TABLE),
    cursors: createCursors(client, env.LEDGER_TABLE),
    index: createIntentIndex(client, env.AUDIT_TABLE),
    audit,
    nowMs,
    maxPages: MAX_PAGES,
  });
  logger.info('intents swept', { ...intents });
  metrics.record({ values: { UnknownCalls: intents.unknown }, dimensions: {} });
  return { holds, intents };
}
