import * as z from 'zod';

/** The environment variables of the function that sweeps accounts and intents. The construct that provisions it must supply exactly these. */
export const sweeperEnv = z.object({
  LEDGER_TABLE: z.string().min(1),
  AUDIT_TABLE: z.string().min(1),
  REGISTRY_TABLE: z.string().min(1),
  /** Days after which an audit record expires. */
  AUDIT_RETENTION_DAYS: z.coerce.number().int().positive(),
  /** Name of the platform's environment, as metrics name it. */
  ENVIRONMENT: z.string().min(1),
});
