import * as z from 'zod';

/** How the gateway chooses among models and what it does about those that fail. Part of `platform.json`; every value is the environment's. */

export const taskTypes = ['reasoning', 'summarization', 'code', 'chat', 'extraction', 'classification'] as const;
export const modelTiers = ['large', 'mid', 'small'] as const;

const milliseconds = z.int().positive();
const modelTier = z.enum(modelTiers);

export const retryPolicy = z.strictObject({
  /** Calls of one model, the first among them, before it is given up. */
  maxAttempts: z.int().min(1).max(10),
  /** Before the n-th retry it waits for a random time up to `baseDelayMs` × 2^(n-1), and up to `maxDelayMs`. */
  baseDelayMs: milliseconds,
  maxDelayMs: milliseconds,
  /** The longest that it waits because the provider says so (`Retry-After`); a model that wants more is given up. */
  maxRetryAfterMs: milliseconds,
});

export const breakerPolicy = z.strictObject({
  /** Failures in a row after which a model is left alone. */
  failureThreshold: z.int().positive(),
  /** How long; then one call tries it. */
  openMs: milliseconds,
});

export const routingPolicy = z.strictObject({
  /** Names for models, each with its models in order of preference. */
  aliases: z.record(z.string(), z.array(z.string()).min(1)),
  /** The smallest tier that may do each type of task. */
  tasks: z.record(z.enum(taskTypes), modelTier),
  /** The same for answers that are held to a schema, where it is another: there a smaller model's failure shows, and a larger one is asked. */
  checkedTasks: z.partialRecord(z.enum(taskTypes), modelTier),
  timeouts: z.strictObject({
    /** How long a model may take to begin its answer. */
    firstTokenMs: milliseconds,
    /** How long it may pause in it. */
    idleMs: milliseconds,
  }),
  retry: retryPolicy,
  fallback: z.strictObject({
    /** Models that one call may try, the first among them. */
    maxModels: z.int().min(1).max(10),
    /** Whether a call that names a model by its id may be answered by another. */
    forExplicitModels: z.boolean(),
    /** What becomes of a text whose model fails in the middle of it, once a part has been shown: it ends with an error, or the next model continues it. */
    midAnswer: z.enum(['fail', 'continue']),
  }),
  /** What is done about an answer that does not hold to its schema, before it is refused. */
  validation: z.strictObject({
    /** Times that the model is shown its mistakes and asked again. */
    maxRepairs: z.int().min(0).max(3),
    /** Times that a model of the next tier is asked instead. */
    maxEscalations: z.int().min(0).max(2),
  }),
  breaker: breakerPolicy,
  /** Calls of accounts above their soft limit go to the next smaller tier. Absent: they go where others go. */
  downshift: z
    .strictObject({
      /** Whether a call that names a model by its id may be answered by a smaller one. */
      forExplicitModels: z.boolean(),
    })
    .optional(),
  /** What is answered when no model does. Absent: the error. */
  degraded: z.strictObject({ text: z.string().min(1) }).optional(),
});

export type ModelTier = (typeof modelTiers)[number];
export type RetryPolicy = z.infer<typeof retryPolicy>;
export type BreakerPolicy = z.infer<typeof breakerPolicy>;
export type RoutingPolicy = z.infer<typeof routingPolicy>;
