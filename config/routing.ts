import * as z from 'zod';

/** How an environment's gateway chooses among its models, and what it does about those that fail: docs/routing.md. */

const MAX_MODELS_PER_CALL = 10;
const MAX_PAUSE_MS = 60_000;
const MAX_MODEL_MS = 900_000;

const wholeNumber = (from: number, to: number) => z.int().min(from).max(to);
const tier = z.enum(['large', 'mid', 'small']);
const aliasName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{0,62}$/)
  .describe('1 to 63 lower-case letters, digits, dots or hyphens, starting with a letter or digit');

/** Whether it is in `models` is a rule's to say. */
const offeredModel = z.string().min(1).describe('the id of a model in models');

export const routingConfig = z.strictObject({
  /** Names that callers may use for models, each with its models in order of preference. */
  aliases: z.record(aliasName, z.array(offeredModel).min(1).max(MAX_MODELS_PER_CALL)),
  /** For `model: "auto"`: the smallest tier that may do each type of task. */
  tasks: z.strictObject({
    reasoning: tier,
    summarization: tier,
    code: tier,
    chat: tier,
    extraction: tier,
    classification: tier,
  }),
  /** The same for answers that are held to a JSON schema, where it is another: there a smaller model's failure shows, and a larger one is asked. */
  checkedTasks: z.strictObject({
    reasoning: tier.optional(),
    summarization: tier.optional(),
    code: tier.optional(),
    chat: tier.optional(),
    extraction: tier.optional(),
    classification: tier.optional(),
  }),
  timeouts: z.strictObject({
    /** How long a model may take to begin its answer, in milliseconds. Models that think first say nothing until they have. */
    firstTokenMs: wholeNumber(1, MAX_MODEL_MS),
    /** How long it may pause in it, in milliseconds. */
    idleMs: wholeNumber(1, MAX_MODEL_MS),
  }),
  /** Of a model that failed before it began to answer. */
  retry: z.strictObject({
    /** Calls of one model, the first among them. */
    maxAttempts: wholeNumber(1, 10),
    /** Bound of the random wait before the first retry, in milliseconds; it doubles with each. */
    baseDelayMs: wholeNumber(1, MAX_PAUSE_MS),
    /** Where it stops doubling, in milliseconds. */
    maxDelayMs: wholeNumber(1, MAX_PAUSE_MS),
    /** The longest wait that a provider may ask for, in milliseconds; one that asks for more is given up. */
    maxRetryAfterMs: wholeNumber(1, MAX_PAUSE_MS),
  }),
  fallback: z.strictObject({
    /** Models that one call may try, the first among them. */
    maxModels: wholeNumber(1, MAX_MODELS_PER_CALL),
    /** Whether a call that names a model by its id may be answered by another of its tier or a larger one. */
    forExplicitModels: z.boolean(),
    /** What becomes of a text whose model fails in the middle of it: an error, or the next model continues it. */
    midAnswer: z.enum(['fail', 'continue']),
  }),
  /** What is done about an answer that does not hold to the JSON schema that was asked for, before it is refused. */
  validation: z.strictObject({
    /** Times that the model is shown its mistakes and asked again. */
    maxRepairs: wholeNumber(0, 3),
    /** Times that a model of the next tier is asked instead. */
    maxEscalations: wholeNumber(0, 2),
  }),
  breaker: z.strictObject({
    /** Failures in a row after which a model is left alone. */
    failureThreshold: wholeNumber(1, 1_000),
    /** How long, in milliseconds; then one call tries it. */
    openMs: wholeNumber(1, MAX_MODEL_MS),
  }),
  /** Calls of tenants and keys above their soft limit go to the next smaller tier that has a model for them. Absent: they go where others go. */
  downshift: z
    .strictObject({
      /** Whether a call that names a model by its id may be answered by a smaller one. */
      forExplicitModels: z.boolean(),
    })
    .optional(),
  /** What is answered, marked as such, when no model does. Absent: the error. */
  degraded: z.strictObject({ text: z.string().min(1).max(4_000) }).optional(),
});

type RoutingConfig = z.infer<typeof routingConfig>;

/** What a gateway does whose owner says nothing: no aliases, the usual tiers, and patience for models that think. */
export const defaultRouting: RoutingConfig = {
  aliases: {},
  tasks: { reasoning: 'large', code: 'mid', summarization: 'small', chat: 'small', extraction: 'small', classification: 'small' },
  checkedTasks: {},
  timeouts: { firstTokenMs: 60_000, idleMs: 30_000 },
  retry: { maxAttempts: 3, baseDelayMs: 100, maxDelayMs: 2_000, maxRetryAfterMs: 5_000 },
  fallback: { maxModels: 3, forExplicitModels: false, midAnswer: 'fail' },
  validation: { maxRepairs: 1, maxEscalations: 1 },
  breaker: { failureThreshold: 5, openMs: 30_000 },
};
