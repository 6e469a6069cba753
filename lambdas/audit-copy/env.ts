import * as z from 'zod';

/** The environment variables of the function that copies the audit table's stream. The construct that provisions it must supply exactly these. */
export const auditCopyEnv = z.object({
  ARCHIVE_BUCKET: z.string().min(1),
  /** Name of the platform's environment, as metrics name it. */
  ENVIRONMENT: z.string().min(1),
});
