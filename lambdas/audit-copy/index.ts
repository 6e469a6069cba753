import { Logger } from '@aws-lambda-powertools/logger';
import { createArchiveStore } from '../core/audit-archive/archive-store';
import { createMetrics } from '../core/metrics';
import { createCopyRecords } from './copy-records';
import { auditCopyEnv } from './env';

const env = auditCopyEnv.parse(process.env);
const logger = new Logger();

export const handler = createCopyRecords({
  archive: createArchiveStore(env.ARCHIVE_BUCKET),
  log: {
    info: (message, fields) => logger.info(message, { ...fields }),
    error: (message, fields) => logger.error(message, { ...fields }),
  },
  metrics: createMetrics(env.ENVIRONMENT),
  nowMs: Date.now,
});
