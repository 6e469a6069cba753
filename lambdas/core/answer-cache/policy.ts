import * as z from 'zod';

const SECONDS_PER_DAY = 86_400;
const seconds = z
  .int()
  .positive()
  .max(30 * SECONDS_PER_DAY);

/** How the answer to a question in other words is found. */
export const semanticCachePolicy = z.strictObject({
  /** Makes the vectors of questions: one of the environment's. */
  embeddingModel: z.string().min(1),
  /** Numbers in a vector: the index's. */
  dimensions: z.int().positive().max(16_000),
  /** The least score of a hit, where a prompt names none. A score is at most the cosine similarity. */
  threshold: z.number().min(0).max(1),
  /** Tenants whose calls are looked for so unless their prompt says otherwise. Calls of others are when their prompt says so. */
  tenants: z.array(z.string().min(1)),
  /** Share of such hits, from 0 to 1, after which a model is asked too, to see whether the answer was right. Absent: 0.05. */
  verifyShare: z.number().min(0).max(1).optional(),
});

/** Whose answers are kept and for how long. Part of `platform.json`; absent: nobody's. */
export const answerCachePolicy = z
  .strictObject({
    /** Tenants whose calls are answered from the cache unless they say otherwise. Calls of others are when they say for how long (`ttl=…`). */
    tenants: z.array(z.string().min(1)),
    /** How long an answer is fresh when the call does not say. */
    ttlSeconds: seconds,
    /** The longest that a call may say. */
    maxTtlSeconds: seconds,
    /** How long after that it may still be given where no model answers; 0: never. */
    staleSeconds: z
      .int()
      .nonnegative()
      .max(30 * SECONDS_PER_DAY),
    /** Calls above it want another answer each time. Those that do not say count as 0. */
    maxTemperature: z.number().min(0).max(2),
    /** Messages of a conversation, its instructions included. Longer ones are hardly ever had twice. */
    maxMessages: z.int().positive().max(1_000),
    /** Absent: only the same question is answered from the cache. */
    semantic: semanticCachePolicy.optional(),
  })
  .refine(({ ttlSeconds, maxTtlSeconds }) => ttlSeconds <= maxTtlSeconds, { path: ['ttlSeconds'], error: 'at most maxTtlSeconds' });

export type AnswerCachePolicy = z.infer<typeof answerCachePolicy>;
