import { Logger } from '@aws-lambda-powertools/logger';
import { createArchiveStore } from '../core/audit-archive/archive-store';
import { createAuditTable } from '../core/audit-archive/audit-table';
import { createManifestSigner } from '../core/audit-archive/manifest-signer';
import { createDynamoDbClient } from '../core/dynamodb-client';
import { createMetrics } from '../core/metrics';
import { auditManifestEnv } from './env';
import { createSealDay } from './seal-day';

const env = auditManifestEnv.parse(process.env);
const logger = new Logger();

export const handler = createSealDay({
  archive: createArchiveStore(env.ARCHIVE_BUCKET),
  signer: createManifestSigner(env.SIGNING_KEY),
  table: createAuditTable(createDynamoDbClient(), env.AUDIT_TABLE),
  log: {
    info: (message, fields) => logger.info(message, { ...fields }),
    error: (message, fields) => logger.error(message, { ...fields }),
  },
  metrics: createMetrics(env.ENVIRONMENT),
  nowMs: Date.now,
});
