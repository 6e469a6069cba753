import { Logger } from '@aws-lambda-powertools/logger';
import { createDynamoDbClient } from '../core/dynamodb-client';
import { createMetrics } from '../core/metrics';
import { addUsage } from '../core/usage-ledger/add-usage';
import { usageRollupEnv } from './env';
import { createRollUp } from './roll-up';

const env = usageRollupEnv.parse(process.env);
const logger = new Logger();
const client = createDynamoDbClient();

export const handler = createRollUp({
  add: (shardId, contributions) => addUsage(client, env.LEDGER_TABLE, shardId, contributions),
  log: {
    info: (message, fields) => logger.info(message, { ...fields }),
    error: (message, fields) => logger.error(message, { ...fields }),
  },
  metrics: createMetrics(env.ENVIRONMENT),
});
