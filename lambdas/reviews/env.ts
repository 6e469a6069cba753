import * as z from 'zod';

/** The environment variables of the function that answers for reviews. The construct that provisions it must supply exactly these. */
export const reviewsEnv = z.object({
  RUNS_TABLE: z.string().min(1),
  EVENT_BUS: z.string().min(1),
  /** Where keys are looked up; `none`: there are no keys and tokens that may review. */
  REGISTRY_TABLE: z.string().min(1),
  /** Minutes for which a claimed case is its reviewer's. */
  CLAIM_MINUTES: z.coerce.number().positive(),
});
