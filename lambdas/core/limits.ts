import * as z from 'zod';

/** A count of at least 1: what is not limited has no member; 0 never means "unlimited". */
const limit = z.int().positive().max(Number.MAX_SAFE_INTEGER);

const SHARD_COUNTS = [4, 16] as const;
/** Each shard has its part of the calls at a time: a smaller one would refuse while others have room. */
const MIN_CONCURRENCY_OF_SHARD = 8;

/** Why an account cannot have both, or undefined when it can. */
export function shardRefusal({ shards, concurrency }: Pick<Limits, 'shards' | 'concurrency'>): string | undefined {
  if (shards === undefined || concurrency === undefined || concurrency >= shards * MIN_CONCURRENCY_OF_SHARD) return undefined;
  return `${shards} shards need a concurrency of at least ${shards * MIN_CONCURRENCY_OF_SHARD}, received ${concurrency}: take fewer shards, or none.`;
}

/**
 * What one account (a key, team, tenant or environment) may use: money in micro-dollars, by UTC calendar; rates by UTC minute; calls under way at
 * one time. An absent member is no limit of this account; its parents' hold all the same.
 */
export const limits = z
  .strictObject({
    microUsdPerMonth: limit.optional(),
    microUsdPerDay: limit.optional(),
    requestsPerMinute: limit.optional(),
    tokensPerMinute: limit.optional(),
    concurrency: limit.optional(),
    /** Share of a budget from which on its owner is warned, and calls go to smaller models where the policy allows; in percent. */
    softLimitPercent: z.int().min(1).max(100).optional(),
    /**
     * Shards that the account is spread over, for one that more than some hundreds of calls a second draw on. No limit itself: the others hold all the same.
     * Absent: none.
     */
    shards: z.literal(SHARD_COUNTS).optional(),
  })
  .superRefine((value, context) => {
    const message = shardRefusal(value);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['shards'], message });
  });

export type Limits = z.infer<typeof limits>;
