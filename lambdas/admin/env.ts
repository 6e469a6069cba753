import * as z from 'zod';

/** The environment variables of the function that administers. The construct that provisions it must supply exactly these. */
export const adminEnv = z.object({
  REGISTRY_TABLE: z.string().min(1),
  AUDIT_TABLE: z.string().min(1),
  LEDGER_TABLE: z.string().min(1),
  /** Days after which an audit record expires. */
  AUDIT_RETENTION_DAYS: z.coerce.number().int().positive(),
});
