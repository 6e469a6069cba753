import * as z from 'zod';
import { safetyConfig } from '../lambdas/core/safety/safety-config';
import { answerCacheConfig } from './answer-cache';
import { agentsConfig } from './agents';
import { embeddingModelIds } from './embedding-models';
import { guardrailConfig } from './guardrail';
import { identityConfig, tenant } from './identity';
import { modelIds } from './models';
import { ownEmbeddingModel, ownModel, providersConfig } from './providers';
import { commercialRegions } from './regions';
import { routingConfig } from './routing';

/**
 * What makes one environment differ from another. Every object is strict: a misspelt key is an error, never a setting that is silently
 * not applied. A description, where a field has one, is how error messages say what is allowed.
 */

/** Retention periods that CloudWatch Logs accepts, in days. */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

/** Of an account's calls at a time, as the run-time half has it. */
const MIN_CONCURRENCY_OF_SHARD = 8;

/** Lambda's 6 MB event, with the body as JSON inside JSON, holds a body of 4.5 MB. */
const MAX_BODY_BYTES = 4_718_592;

/** A Lambda function's longest run, in seconds. */
const MAX_FUNCTION_SECONDS = 900;

/** Of each CloudWatch bills a metric and an alarm. */
export const MAX_WATCHED_TENANTS = 20;

const wholeNumber = (from: number, to: number) => z.int().min(from).max(to);
const positive = (to: number) => z.number().positive().max(to);

/** Capacities that OpenSearch Serverless takes. */
const computeUnits = z.literal([0, 1, 2, 4, 8, 16, 32, 48, 64, 80, 96]);

const tagKey = z
  .string()
  .regex(/^(?!aws:)[\p{L}\p{N} _.:/=+@-]{1,128}$/iu)
  .describe('1 to 128 letters, digits, spaces or _.:/=+-@, not starting with "aws:"');
const tagValue = z
  .string()
  .regex(/^[\p{L}\p{N} _.:/=+@-]{0,256}$/u)
  .describe('up to 256 letters, digits, spaces or _.:/=+-@');

export const environmentConfig = z.strictObject({
  /** Name of the environment; part of SSM paths and stack names. */
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,19}$/)
    .describe('1 to 20 lower-case letters, digits or hyphens, starting with a letter'),
  /** Name of the platform: first part of SSM paths, and a tag on every resource. */
  platform: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/)
    .describe('1 to 32 lower-case letters, digits or hyphens, starting with a letter'),
  /** AWS account id. Absent: the account of the credentials that deploy. */
  account: z
    .string()
    .regex(/^\d{12}$/)
    .describe('12 digits, in quotes')
    .optional(),
  /** AWS region. Mandatory: a table with its own key cannot be region-agnostic. */
  region: z.enum(commercialRegions),
  /** Where prompts may be processed; absent means `geography`. See `DataResidency`. */
  dataResidency: z.enum(['geography', 'global']).optional(),
  /** What becomes of tables, keys, buckets and logs when they leave the template. */
  removalPolicy: z.enum(['destroy', 'retain']),
  /** Whether CloudFormation refuses to delete the stacks. */
  terminationProtection: z.boolean(),
  /** Whether DynamoDB refuses to delete the tables. */
  deletionProtection: z.boolean(),
  /** Least severe level that functions log. Above `INFO` requests have no lines, and the dashboard's tables of tenants and services, which count them, are empty. */
  logLevel: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']),
  /**
   * What the audit trail keeps of what is asked and answered, for as long as its records: `hash-only`; `redacted`, with placeholders for whatever the detectors find,
   * though the safety policy lets models see it; or `full`, all of it. Who may read the audit table reads it too.
   */
  auditContent: z.enum(['hash-only', 'redacted', 'full']),
  /** The second copy of the audit trail. */
  archive: z.strictObject({
    /** How long nobody may delete what was archived. Absent: whoever has the permission may. Cannot be taken back. */
    objectLock: z.strictObject({ mode: z.enum(['governance', 'compliance']), days: wholeNumber(1, 36_500) }).optional(),
  }),
  retention: z.strictObject({
    /** Days that an audit record is kept in its table. */
    auditDays: wholeNumber(1, 3653),
    /** Days that it is known what agents have decided and done. */
    agentDays: wholeNumber(1, 3653),
    /** Days that logs are kept. */
    logDays: z.literal(LOG_RETENTION_DAYS),
  }),
  limits: z.strictObject({
    /** Requests per second that the front door lets through, averaged: of API keys, and as many of AWS identities, agents among them. */
    requestsPerSecond: wholeNumber(1, 100_000),
    /** Requests that the front door lets through at once. */
    burst: wholeNumber(1, 100_000),
    /** Largest request body, in bytes. */
    maxBodyBytes: wholeNumber(1024, MAX_BODY_BYTES),
    /** The whole of a call to a model, in seconds. */
    modelTimeoutSeconds: wholeNumber(1, MAX_FUNCTION_SECONDS),
    /** What all calls together may use; those of tenants and keys are set by `blueprint limits`. Absent: no limits of the environment's own. */
    environment: z
      .strictObject({
        /** Spending on models in a calendar month (UTC), in US dollars: a hard stop, where `alarms` only tell. */
        budgetUsdPerMonth: positive(1_000_000_000).optional(),
        /** In a day. */
        budgetUsdPerDay: positive(1_000_000_000).optional(),
        requestsPerMinute: wholeNumber(1, 10_000_000).optional(),
        /** Input and output together. */
        tokensPerMinute: wholeNumber(1, 1_000_000_000_000).optional(),
        /** Calls under way at one time. */
        concurrency: wholeNumber(1, 500).optional(),
        /** Share of a budget from which on an alarm is raised, in percent. */
        softLimitPercent: wholeNumber(1, 100).optional(),
        /** Items that the account is spread over, for more than some hundreds of calls a second. Needs a `concurrency` of at least 8 for each, or none. */
        shards: z.literal([4, 16]).optional(),
      })
      .refine(({ shards = 0, concurrency = Number.POSITIVE_INFINITY }) => concurrency >= shards * MIN_CONCURRENCY_OF_SHARD, {
        path: ['concurrency'],
        error: `must be at least ${MIN_CONCURRENCY_OF_SHARD} for each shard; take fewer shards, or none`,
      })
      .optional(),
  }),
  /** The gateway function. */
  gateway: z.strictObject({
    /** Memory, in MB; processor time grows with it. */
    memoryMb: wholeNumber(128, 10_240),
    /** Longest run, in seconds. */
    timeoutSeconds: wholeNumber(1, MAX_FUNCTION_SECONDS),
    /**
     * Calls at once that no other function of the account takes from the gateway, and beyond which it is throttled; agents may have half of them. The account
     * has to have 100 more. Absent: as many as the account has left.
     */
    reservedConcurrency: wholeNumber(1, 100_000).optional(),
    /**
     * API Gateway writes its logs through one role per account and region. `create`: this environment makes it, and leaves it behind when
     * deleted; `existing`: the account has one.
     */
    accountLogRole: z.enum(['create', 'existing']),
  }),
  /** The index for search by vector and by keyword. Absent: there is none. */
  retrieval: z
    .strictObject({
      /** Numbers in a vector: as many as the embedding model gives. Another number is another index. */
      dimensions: wholeNumber(1, 16_000),
      /** Fewest OpenSearch compute units, for indexing and for searching each, paid for idle or not. 0: the first call after ten idle minutes takes 10 to 30 seconds. */
      minOcu: computeUnits,
      /** Most of them: a bound on what is paid in an hour. */
      maxOcu: computeUnits.refine((units) => units > 0).describe('one of 1, 2, 4, 8, 16, 32, 48, 64, 80, 96'),
    })
    .optional(),
  /** AWS WAF before the front door. */
  firewall: z.strictObject({
    enabled: z.boolean(),
    /** Requests that one address may make in five minutes. */
    requestsPer5MinutesPerAddress: wholeNumber(10, 2_000_000_000),
  }),
  /** Thresholds above which an alarm is raised. */
  alarms: z.strictObject({
    /** Share of requests answered with a 5xx, in percent. */
    errorRatePercent: positive(100),
    /** Share of a model's answers that do not hold to the JSON schema that was asked for, in percent. */
    invalidAnswersPercent: positive(100),
    /** Share of them for which a larger model has to be asked, in percent. */
    escalationsPercent: positive(100),
    /** Share of verified answers to questions in other words that were none to the question, in percent. Absent: 5. */
    falseHitsPercent: positive(100).optional(),
    /** Prompts for which all three are watched too, beside all together. Absent: none. */
    prompts: z
      .array(
        z
          .string()
          .regex(/^[a-z0-9][a-z0-9-]{0,62}$/)
          .describe('the id of a prompt'),
      )
      .max(50)
      .optional(),
    /** 99th percentile of the gateway's own latency, in milliseconds. */
    latencyP99Ms: wholeNumber(1, MAX_FUNCTION_SECONDS * 1000),
    /** Spending on models in an hour, in US dollars. */
    spendUsdPerHour: positive(1_000_000),
    /** Spending on models in a calendar month, in US dollars. */
    monthlyBudgetUsd: positive(100_000_000),
    /** Tenants whose spending is watched on its own, by their ids. Absent: none. */
    tenants: z
      .record(
        tenant,
        z.strictObject({
          /** Spending of the tenant's calls on models in a day, in US dollars. */
          dailySpendUsd: positive(1_000_000),
        }),
      )
      .superRefine((tenants, context) => {
        const { length } = Object.keys(tenants);
        if (length <= MAX_WATCHED_TENANTS) return;
        context.addIssue({ code: 'custom', message: `found ${length} tenants; there may be at most ${MAX_WATCHED_TENANTS}` });
      })
      .optional(),
  }),
  notifications: z.strictObject({
    /** Addresses that alarms are sent to; each confirms its subscription once. */
    emails: z.array(z.email().describe('an e-mail address')).max(10),
    /** Who acts on alarms; stands in each. Absent: the tag `team`, or the platform's name. */
    owner: z
      .string()
      .regex(/^[\p{L}\p{N}][\p{L}\p{N} _./@-]{0,63}$/u)
      .describe('1 to 64 letters, digits, spaces or _./@-')
      .optional(),
    /** Where docs/runbooks is published. Absent: its path in this repository. */
    runbooks: z
      .url({ protocol: /^https?$/ })
      .describe('an http(s) URL')
      .optional(),
  }),
  /** Providers of models beside Bedrock, by names of your own. Absent: none. */
  providers: providersConfig.optional(),
  /** Models that the environment offers: ids of the catalogue, and entries of its own for models of `providers`. */
  models: z.array(z.union([z.enum(modelIds), ownModel])).min(1),
  /** Models that make embeddings: ids of their catalogue, and entries of its own. Absent: none. */
  embeddingModels: z.array(z.union([z.enum(embeddingModelIds), ownEmbeddingModel])).optional(),
  /** Which model answers, and what happens to those that fail. */
  routing: routingConfig,
  /** Whose tokens are taken, and what may become of tenants' data. Absent: API keys and roles alone, and what the registry says of tenants. */
  identity: identityConfig.optional(),
  /** What may be said to models and by them: docs/safety.md. Absent: anything. */
  safety: safetyConfig.optional(),
  /** The guardrail of Bedrock that safety policies may want. Absent: there is none. */
  guardrail: guardrailConfig.optional(),
  /** Whose answers are kept, and for how long. Absent: every answer is a model's. */
  answerCache: answerCacheConfig.optional(),
  /** Agents of the package that run here, and what they may do on their own. Absent: none. */
  agents: agentsConfig.optional(),
  /** Tags on every resource. */
  tags: z.record(tagKey, tagValue),
  /** Permissions boundary of every role: name or ARN of a managed policy. Absent: none. */
  permissionsBoundary: z
    .string()
    .regex(/^(arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/)?[\w+=,.@/-]{1,128}$/)
    .describe('name or ARN of a managed policy')
    .optional(),
  /** Whether requests are traced by AWS X-Ray. */
  tracing: z.boolean(),
});

export type EnvironmentConfig = z.infer<typeof environmentConfig>;
