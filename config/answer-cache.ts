import * as z from 'zod';
import type { AnswerCachePolicy } from '../lambdas/core/answer-cache/policy';

/** Whose answers an environment's gateway keeps, and for how long: docs/gateway.md. */

const MAX_SECONDS = 2_592_000;
const MAX_TENANTS = 1_000;

const wholeNumber = (from: number, to: number) => z.int().min(from).max(to);

const semanticCacheConfig = z.strictObject({
  /** One of the environment's `embeddingModels`. */
  embeddingModel: z.string().min(1),
  /** Numbers in a vector: those of the index of `retrieval`. */
  dimensions: wholeNumber(1, 16_000),
  /** The least score of a hit where a prompt names none: docs/semantic-cache.md has the curve. */
  threshold: z.number().min(0).max(1).describe('a number from 0 to 1'),
  /** Tenants whose calls are looked for so unless their prompt says otherwise. Calls of others are when their prompt says so. */
  tenants: z.array(z.string().min(1)).max(MAX_TENANTS),
  /** Share of such hits after which a model is asked too, to see whether the answer was right; 0: none. Absent: 0.05. */
  verifyShare: z.number().min(0).max(1).describe('a number from 0 to 1').optional(),
});

export const answerCacheConfig = z
  .strictObject({
    /** Tenants whose calls are answered from the cache unless they say otherwise. Calls of others are when they say for how long (`ttl=…`). */
    tenants: z.array(z.string().min(1)).max(MAX_TENANTS),
    /** How long an answer is fresh when the call does not say. */
    ttlSeconds: wholeNumber(1, MAX_SECONDS),
    /** The longest that a call may say. */
    maxTtlSeconds: wholeNumber(1, MAX_SECONDS),
    /** How long after that it may still be given where no model answers; 0: never. */
    staleSeconds: wholeNumber(0, MAX_SECONDS),
    /** Calls above it want another answer each time. Those that do not say count as 0. */
    maxTemperature: z.number().min(0).max(2).describe('a number from 0 to 2'),
    /** Messages of a conversation, its instructions included. */
    maxMessages: wholeNumber(1, 1_000),
    /** How the answer to a question in other words is found; needs `retrieval`. Absent: it is not looked for. */
    semantic: semanticCacheConfig.optional(),
  })
  .refine(({ ttlSeconds, maxTtlSeconds }) => ttlSeconds <= maxTtlSeconds)
  .describe('an object whose ttlSeconds is at most its maxTtlSeconds') satisfies z.ZodType<AnswerCachePolicy>;
