import * as z from 'zod';

/** The environment variables of the function that seals and checks a day. The construct that provisions it must supply exactly these. */
export const auditManifestEnv = z.object({
  ARCHIVE_BUCKET: z.string().min(1),
  AUDIT_TABLE: z.string().min(1),
  /** ARN of the key that signs manifests. */
  SIGNING_KEY: z.string().min(1),
  /** Name of the platform's environment, as metrics name it. */
  ENVIRONMENT: z.string().min(1),
});
