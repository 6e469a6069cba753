import * as z from 'zod';

/** The environment variables of the function that rolls up usage. The construct that provisions it must supply exactly these. */
export const usageRollupEnv = z.object({
  LEDGER_TABLE: z.string().min(1),
  /** Name of the platform's environment, as metrics name it. */
  ENVIRONMENT: z.string().min(1),
});
