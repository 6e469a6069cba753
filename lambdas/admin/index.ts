import { Logger } from '@aws-lambda-powertools/logger';
import { createAdminAudit } from '../core/administration/admin-audit';
import { systemClock } from '../core/clock';
import { createDynamoDbClient } from '../core/dynamodb-client';
import { createUsageReader } from '../core/usage-ledger/read-usage';
import { createAdminApp } from './app';
import { adminEnv } from './env';
import { createAdminHandler } from './handler';

const env = adminEnv.parse(process.env);
const logger = new Logger();
const client = createDynamoDbClient();

export const handler = createAdminHandler(
  createAdminApp({
    registry: { client, table: env.REGISTRY_TABLE },
    audit: createAdminAudit(client, env.AUDIT_TABLE, env.AUDIT_RETENTION_DAYS),
    usage: createUsageReader(client, env.LEDGER_TABLE),
    clock: systemClock,
    log: {
      info: (message, fields) => logger.info(message, { ...fields }),
      error: (message, fields) => logger.error(message, { ...fields }),
    },
  }),
);
