/**
 * Every metric that the platform publishes itself. Functions emit by it, alarms and dashboards are drawn from it, and a test fails on any
 * metric that is in one of them and not in another. Data alone: this module imports nothing, so that both halves may use its values.
 */

export const metricNamespace = 'AiNativeBlueprint';

/**
 * `Environment` stands in every set: two environments may share an account. `Tenant` has a value for those alone that the config watches: the number of
 * others has no bound, and what they spend is in the audit trail.
 */
export type MetricDimension = 'Environment' | 'Model' | 'Service' | 'Prompt' | 'Agent' | 'Tenant';

export interface MetricEntry {
  /** As CloudWatch names it; it has none for money. */
  readonly unit: 'Count' | 'Milliseconds' | 'None';
  /** Each set, with each combination of values that occurs, is a metric that CloudWatch bills. */
  readonly dimensionSets: readonly (readonly MetricDimension[])[];
  readonly emittedBy: 'gateway' | 'audit-copy' | 'audit-manifest' | 'sweeper' | 'usage-rollup' | 'agents';
  readonly meaning: string;
}

const total = ['Environment'] as const;
const byModel = ['Environment', 'Model'] as const;
const byService = ['Environment', 'Service'] as const;
const byPrompt = ['Environment', 'Prompt'] as const;
const byAgent = ['Environment', 'Agent'] as const;
const byTenant = ['Environment', 'Tenant'] as const;

export const metricCatalogue = {
  Calls: {
    unit: 'Count',
    dimensionSets: [total, byModel, byService],
    emittedBy: 'gateway',
    meaning: 'Requests for a model, whatever became of them.',
  },
  Errors: {
    unit: 'Count',
    dimensionSets: [total, byModel],
    emittedBy: 'gateway',
    meaning:
      'Calls that failed by our fault or the model’s: 5xx, also in the middle of a stream, and answers that did not hold to their schema.',
  },
  Refusals: {
    unit: 'Count',
    dimensionSets: [total],
    emittedBy: 'gateway',
    meaning: 'Calls that failed by the caller’s fault: 4xx but for 429.',
  },
  Throttles: {
    unit: 'Count',
    dimensionSets: [total],
    emittedBy: 'gateway',
    meaning: 'Calls that the gateway answered with 429, for a limit of its own or the model’s.',
  },
  LatencyMs: {
    unit: 'Milliseconds',
    dimensionSets: [total],
    emittedBy: 'gateway',
    meaning: 'From a call’s arrival at the gateway to the last byte of its answer.',
  },
  OverheadMs: {
    unit: 'Milliseconds',
    dimensionSets: [total],
    emittedBy: 'gateway',
    meaning: 'What of it the gateway itself took: before the model was called and after its last event.',
  },
  ModelMs: {
    unit: 'Milliseconds',
    dimensionSets: [total, byModel],
    emittedBy: 'gateway',
    meaning: 'Time spent waiting for the model.',
  },
  FirstTokenMs: {
    unit: 'Milliseconds',
    dimensionSets: [total, byModel],
    emittedBy: 'gateway',
    meaning: 'From a call’s arrival to the first event of the model’s answer.',
  },
  InputTokens: {
    unit: 'Count',
    dimensionSets: [total, byModel],
    emittedBy: 'gateway',
    meaning: 'Input tokens, cached ones among them.',
  },
  OutputTokens: {
    unit: 'Count',
    dimensionSets: [total, byModel],
    emittedBy: 'gateway',
    meaning: 'Output tokens.',
  },
  CostUsd: {
    unit: 'None',
    dimensionSets: [total, byModel, byService, byTenant],
    emittedBy: 'gateway',
    meaning: 'What the calls were charged, in US dollars. The exact sum, in micro-dollars, is in the audit trail.',
  },
  UsageEstimated: {
    unit: 'Count',
    dimensionSets: [total],
    emittedBy: 'gateway',
    meaning: 'Calls whose tokens are the gateway’s estimate, since the model reported none.',
  },
  Retries: {
    unit: 'Count',
    dimensionSets: [total],
    emittedBy: 'gateway',
    meaning: 'Times that a model was asked again after it had failed.',
  },
  Fallbacks: {
    unit: 'Count',
    dimensionSets: [total],
    emittedBy: 'gateway',
    meaning: 'Times that another model was asked in place of one that had failed, or to continue its answer.',
  },
  BreakerSkips: {
    unit: 'Count',
    dimensionSets: [total],
    emittedBy: 'gateway',
    meaning: 'Times that a model was not asked, since it had failed several times in a row.',
  },
  CacheLookups: {
    unit: 'Count',
    dimensionSets: [total],
    emittedBy: 'gateway',
    meaning: 'Answered calls that the cache was asked for, or that were to fill it.',
  },
  CacheHits: {
    unit: 'Count',
    dimensionSets: [total],
    emittedBy: 'gateway',
    meaning: 'Those of them that it answered.',
  },
  SemanticHits: {
    unit: 'Count',
    dimensionSets: [total, byPrompt],
    emittedBy: 'gateway',
    meaning: 'Those of the hits that answer a question in other words.',
  },
  VerifiedHits: {
    unit: 'Count',
    dimensionSets: [total, byPrompt],
    emittedBy: 'gateway',
    meaning: 'Those of them that were verified: a model was asked too, and what it answered compared.',
  },
  FalseHits: {
    unit: 'Count',
    dimensionSets: [total, byPrompt],
    emittedBy: 'gateway',
    meaning: 'Those of the verified ones whose answer was none to the question. They are taken out of the cache.',
  },
  UnverifiedHits: {
    unit: 'Count',
    dimensionSets: [total],
    emittedBy: 'gateway',
    meaning: 'Hits that were to be verified, and of which it cannot be told.',
  },
  CacheSavedUsd: {
    unit: 'None',
    dimensionSets: [total],
    emittedBy: 'gateway',
    meaning: 'What these answers had cost when models gave them, in US dollars.',
  },
  DegradedAnswers: {
    unit: 'Count',
    dimensionSets: [total],
    emittedBy: 'gateway',
    meaning: 'Calls that were answered with a static text or an answer that is no longer fresh, since no model answered.',
  },
  CheckedAnswers: {
    unit: 'Count',
    dimensionSets: [total, byModel, byPrompt],
    emittedBy: 'gateway',
    meaning: 'Answers of models that were held to a schema: several of one call, where the first did not hold.',
  },
  InvalidAnswers: {
    unit: 'Count',
    dimensionSets: [total, byModel, byPrompt],
    emittedBy: 'gateway',
    meaning: 'Those that did not hold to it.',
  },
  Escalations: {
    unit: 'Count',
    dimensionSets: [total, byModel, byPrompt],
    emittedBy: 'gateway',
    meaning: 'Times that a larger model was asked, since this one gave no answer that holds.',
  },
  SettlementFailures: {
    unit: 'Count',
    dimensionSets: [total],
    emittedBy: 'gateway',
    meaning: 'Calls whose settlement could not be written: their intent stands alone in the audit trail.',
  },
  SoftLimitCrossings: {
    unit: 'Count',
    dimensionSets: [total],
    emittedBy: 'gateway',
    meaning: 'Accounts whose spending crossed their soft limit.',
  },
  SafetyRedactions: {
    unit: 'Count',
    dimensionSets: [total],
    emittedBy: 'gateway',
    meaning: 'Values that a safety policy replaced with placeholders, in calls and answers.',
  },
  SafetyBlocks: {
    unit: 'Count',
    dimensionSets: [total],
    emittedBy: 'gateway',
    meaning: 'Calls that a safety policy refused, or whose answer it ended.',
  },
  SafetyReports: {
    unit: 'Count',
    dimensionSets: [total],
    emittedBy: 'gateway',
    meaning: 'Finds that a safety policy only reports: texts that look like prompt injections.',
  },
  GuardrailUnits: {
    unit: 'Count',
    dimensionSets: [total],
    emittedBy: 'gateway',
    meaning: 'Text units that the environment’s guardrail of Bedrock has charged.',
  },
  OpenHolds: {
    unit: 'Count',
    dimensionSets: [total],
    emittedBy: 'sweeper',
    meaning: 'What calls under way hold in their accounts, at each sweep.',
  },
  SweptHolds: {
    unit: 'Count',
    dimensionSets: [total],
    emittedBy: 'sweeper',
    meaning: 'Holds that were left over by processes that died, and settled.',
  },
  UnknownCalls: {
    unit: 'Count',
    dimensionSets: [total],
    emittedBy: 'sweeper',
    meaning:
      'Calls that processes that died have left open, and holds of such calls: nobody knows what they cost, and they are charged their worst case.',
  },
  AuditChanges: {
    unit: 'Count',
    dimensionSets: [total],
    emittedBy: 'audit-copy',
    meaning: 'Audit records that were changed or deleted, which nothing in the platform may do. Expiry is neither.',
  },
  AuditRecordsSealed: {
    unit: 'Count',
    dimensionSets: [total],
    emittedBy: 'audit-manifest',
    meaning: 'Audit records of a day, when its manifest is signed.',
  },
  UncountedRecords: {
    unit: 'Count',
    dimensionSets: [total],
    emittedBy: 'usage-rollup',
    meaning: 'Audit records that could not be read when usage was counted: reports of usage lack them.',
  },
  AuditDiscrepancies: {
    unit: 'Count',
    dimensionSets: [total],
    emittedBy: 'audit-manifest',
    meaning: 'Records and objects of a day of which table, archive and manifest do not say the same.',
  },
  AgentRuns: {
    unit: 'Count',
    dimensionSets: [byAgent],
    emittedBy: 'agents',
    meaning: 'Messages that an agent has worked on, whatever became of them: one that is given again counts again.',
  },
  AgentFailures: {
    unit: 'Count',
    dimensionSets: [byAgent],
    emittedBy: 'agents',
    meaning: 'Those of them that failed, and went back to the queue.',
  },
  AgentReviews: {
    unit: 'Count',
    dimensionSets: [byAgent],
    emittedBy: 'agents',
    meaning: 'Decisions that were left to a person.',
  },
  AgentEffects: {
    unit: 'Count',
    dimensionSets: [byAgent],
    emittedBy: 'agents',
    meaning: 'Effects that were performed.',
  },
  AgentQuarantined: {
    unit: 'Count',
    dimensionSets: [byAgent],
    emittedBy: 'agents',
    meaning: 'Events that an agent could not read, kept with the reason.',
  },
} as const satisfies Readonly<Record<string, MetricEntry>>;

export type MetricName = keyof typeof metricCatalogue;

/** Values of `Service` come from callers (`metadata.service`), so that their number is bounded. */
export const serviceDimension = {
  /** Distinct services that one process publishes by name; further ones are counted together. */
  maxNames: 20,
  pattern: /^[A-Za-z0-9][\w.-]{0,62}$/,
  /** What is beyond the limit, or is no name. */
  other: 'other',
  /** Calls that name no service. */
  none: 'unattributed',
  /** Copies that experiments make of calls. */
  experiments: 'experiments',
  /** Calls that verify answers from the cache. */
  verifications: 'verifications',
} as const;

/** Values of `Prompt` come from the registry, which anybody may fill who pushes. */
export const promptDimension = {
  /** Distinct prompts that one process publishes by id; further ones are counted together. */
  maxNames: 50,
  pattern: /^[a-z0-9][a-z0-9-]{0,62}$/,
  other: 'other',
} as const;
