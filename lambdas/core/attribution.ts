import * as z from 'zod';

/**
 * What a call's cost is attributed to, beside its tenant, its day and its model. Stands in the call's intent and settlement, so that each of its
 * records can be counted by itself.
 */
export const attributionRecord = z.object({
  /** Id of the key, ARN of the role, or subject of the token; of a copied call `experiment:<prompt>.<experiment>`. */
  key: z.string(),
  team: z.string().optional(),
  /** Named by the caller, in tags. */
  service: z.string().optional(),
  feature: z.string().optional(),
  prompt: z.string().optional(),
  /** The task type, where the caller names one. */
  task: z.string().optional(),
});

export type Attribution = z.infer<typeof attributionRecord>;

/** By which usage can be grouped. */
export const usageDimensions = ['day', 'team', 'key', 'service', 'feature', 'prompt', 'task', 'model'] as const;
export type UsageDimension = (typeof usageDimensions)[number];
