import * as z from 'zod';

/** The environment variables of the function that sweeps reviews. The construct that provisions it must supply exactly these. */
export const reviewSweeperEnv = z.object({
  RUNS_TABLE: z.string().min(1),
  EVENT_BUS: z.string().min(1),
});
