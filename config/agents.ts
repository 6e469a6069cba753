import * as z from 'zod';

/** The agents that the package brings. */
export const shippedAgentNames = ['churn', 'documents', 'support', 'deploys'] as const;
export type ShippedAgent = (typeof shippedAgentNames)[number];

/** One agent in one environment. */
const agentConfig = z.strictObject({
  /** How much it may do on its own: `shadow` records only, `suggest` asks a person about everything, `act` about what it is not sure of. */
  autonomy: z.enum(['shadow', 'suggest', 'act']),
  /** Decisions that are less sure go to a person, from 0 to 1. Absent: 0.7. */
  confidenceThreshold: z.number().min(0).max(1).describe('a number from 0 to 1').optional(),
  /** Hours in which a person has to resolve a review; after that it counts as denied. Absent: 72. */
  reviewHours: z.int().min(1).max(336).optional(),
  /** Batches of messages that are worked on at once. Absent: 10. */
  maxConcurrency: z.int().min(2).max(1_000).optional(),
});

/** By name. An agent that is not named is not deployed. */
export const agentsConfig = z.strictObject(
  Object.fromEntries(shippedAgentNames.map((name) => [name, agentConfig.optional()])) as Record<
    ShippedAgent,
    z.ZodOptional<typeof agentConfig>
  >,
);
