import * as z from 'zod';

/** A count of at least 1: what is not limited has no member; 0 never means "unlimited". */
const limit = z.int().positive().max(Number.MAX_SAFE_INTEGER);

/**
 * What one account (a key, team, tenant or environment) may use: money in micro-dollars, by UTC calendar; rates by UTC minute; calls under way at
 * one time. An absent member is no limit of this account; its parents' hold all the same.
 */
export const limits = z.strictObject({
  microUsdPerMonth: limit.optional(),
  microUsdPerDay: limit.optional(),
  requestsPerMinute: limit.optional(),
  tokensPerMinute: limit.optional(),
  concurrency: limit.optional(),
  /** Share of a budget from which on its owner is warned, and calls go to smaller models where the policy allows; in percent. */
  softLimitPercent: z.int().min(1).max(100).optional(),
});

export type Limits = z.infer<typeof limits>;
