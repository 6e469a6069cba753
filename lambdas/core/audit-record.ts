import * as z from 'zod';
import { attributionRecord } from './attribution';
import type { Usage } from './usage';

/** Records of the audit trail, with the names that the table and `GET /v1/calls/{id}` use. */

const microUsd = z.int().nonnegative();
const tokens = z.int().nonnegative();
/** Epoch milliseconds. */
const instant = z.number();
/** SHA-256 in hex. */
const hash = z.string();

const usage = z.object({ input_tokens: tokens, output_tokens: tokens, cache_read_tokens: tokens, cache_write_tokens: tokens });

/** The one that a call was part of, and as what. */
const experiment = z.object({ id: z.string(), arm: z.string() });

/** One call of one model. */
const attemptRecord = z.looseObject({
  model: z.string(),
  provider_model_id: z.string(),
  /** Of embeddings: how many calls of the model ended so and are counted together here; absent: one. */
  calls: z.int().positive().optional(),
  outcome: z.enum(['ok', 'invalid', 'error', 'cancelled']),
  error_code: z.string().optional(),
  /** Of an `invalid` answer: each path in it at which its schema does not hold, with the schema's keyword. */
  violations: z.array(z.string()).optional(),
  /** From the attempt's start to its end; of several calls, their sum. */
  ms: z.number(),
  usage,
  usage_estimated: z.boolean(),
  cost_micro_usd: microUsd,
});

/**
 * A model that was not asked or not asked again, another one asked for it or to continue its answer, an answer that was to be corrected or given
 * by a larger model, or one that no model gave; what a safety policy found; and why.
 */
const decisionRecord = z.looseObject({
  step: z.enum(['skip', 'retry', 'fall_back', 'continue', 'repair', 'escalate', 'degrade', 'downshift', 'redact', 'block', 'report']),
  /** Skipped, asked again, or asked instead; of a downshift: in whose place a smaller one is asked. */
  model: z.string().optional(),
  /** An error code, `breaker_open`, `soft_limit`, or what a safety policy found: the name of a kind, a content rule or a check, never the text. */
  because: z.string(),
  /** Of a find: the policy's id, and in what it was. */
  policy: z.string().optional(),
  direction: z.enum(['input', 'retrieved', 'output']).optional(),
  /** Before a retry. */
  wait_ms: z.number().optional(),
  /** How often it was decided so; absent: once. */
  times: z.int().positive().optional(),
});

/** Written before the model is called: who wants what, where it will go and what it may cost. */
export const intentRecord = z.looseObject({
  tenant: z.string(),
  key_id: z.string(),
  door: z.enum(['v1', 'iam']),
  requested_model: z.string(),
  /** Absent: chat. */
  operation: z.literal('embeddings').optional(),
  /** Of embeddings: how many texts. */
  input_count: z.int().positive().optional(),
  /** Absent when the call was refused before it had a route. */
  route: z
    .object({
      model: z.string(),
      provider_model_id: z.string(),
      reason: z.string(),
      /** Models that may be asked when that one fails, in order. */
      fallbacks: z.array(z.string()).optional(),
    })
    .optional(),
  task_type: z.string().optional(),
  max_cost_micro_usd: microUsd.optional(),
  /** Of the request body in canonical JSON. */
  input_hash: hash,
  /** What was asked, as JSON, where the environment keeps contents. */
  input: z.string().optional(),
  /** It is too large for the table. */
  input_in: z.literal('object').optional(),
  worst_case_cost_micro_usd: microUsd,
  /** Accounts limit the call: no model is asked before they hold that much for it. */
  limited: z.literal(true).optional(),
  max_tokens: tokens.optional(),
  stream: z.boolean(),
  /** The caller's own name for its end user, and its own tags, as sent. */
  user: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  /** From `x-blueprint-tags`. */
  tags: z.record(z.string(), z.string()).optional(),
  attribution: attributionRecord.optional(),
  /** Of a call of a prompt: the version that it was given, by which label, and whether as a canary. */
  prompt: z
    .object({ id: z.string(), version: z.int().positive(), hash, label: z.string().optional(), canary: z.literal(true).optional() })
    .optional(),
  /** Whose calls are given the same version, as sent. */
  subject: z.string().optional(),
  experiment: experiment.optional(),
  /** The call that this one is a copy of, for an experiment that pays for it; its answer was seen by nobody. */
  shadow_of: z.string().optional(),
  /** The call whose answer from the cache this one verifies: it asks a model the same, or compares what that answered. Its answer was seen by nobody. */
  verification_of: z.string().optional(),
  created_at: instant,
  price_table_version: z.string(),
  gateway_version: z.string(),
});

/** Written after the last byte: what became of the call and what it cost. */
export const settlementRecord = z.looseObject({
  tenant: z.string(),
  experiment: experiment.optional(),
  status: z.enum(['ok', 'error', 'refused', 'cancelled']),
  error_code: z.string().optional(),
  /** The one that was asked last. */
  model: z.string().optional(),
  /** Of all attempts. */
  usage,
  /** The provider reported no usage although it had answered; the tokens are ours, from the length of the texts. */
  usage_estimated: z.boolean(),
  /** Of all attempts. */
  cost_micro_usd: microUsd,
  /** Text units that the environment's guardrail has charged; no part of the cost. Absent where it was not asked. */
  guardrail_units: z.int().nonnegative().optional(),
  /** Every call of a model, in order. Absent when none was to be asked. */
  attempts: z.array(attemptRecord).optional(),
  /** What was decided on the way. Absent when nothing had to be. */
  decision_trail: z.array(decisionRecord).optional(),
  /** The answer is a static text, or one from the cache that is no longer fresh, in place of the model that failed. */
  degraded: z.enum(['static', 'stale']).optional(),
  /** Where the answer came from; absent for calls that the cache has nothing to do with. */
  cache: z.enum(['exact', 'semantic', 'stale', 'miss']).optional(),
  /** Cosine of the question and the one that was answered before, where that was in other words. */
  cache_similarity: z.number().optional(),
  /** What the answer from the cache cost when a model gave it. */
  cache_saved_micro_usd: microUsd.optional(),
  price_table_version: z.string(),
  /**
   * Of the answer's text, and of its tool calls' names and arguments; of embeddings: of their numbers in order, each as four bytes (IEEE 754,
   * little-endian). Absent when there was nothing.
   */
  output_hash: hash.optional(),
  /** The message that was answered, as JSON, where the environment keeps contents; of embeddings none, which can be made again from the input. */
  output: z.string().optional(),
  /** It is too large for the table; or was, and could not be put elsewhere. */
  output_in: z.enum(['object', 'nowhere']).optional(),
  finish_reason: z.string().optional(),
  /**
   * What each stage took, as far as they ran: authenticate, prepare, guard_input, route, admit, find_similar, model, guard_output, validate, and settle up to this
   * record.
   */
  stage_ms: z.record(z.string(), z.number()).optional(),
  /** Time spent waiting for the model. */
  model_ms: z.number(),
  /** Time before the model was called and after its last event. */
  overhead_ms: z.number(),
  /** From the request's arrival to the answer's last byte. */
  total_ms: z.number(),
  settled_at: instant,
  /** As in the intent. */
  attribution: attributionRecord.optional(),
});

/**
 * Written by the sweeper for a call whose process died before its settlement: nobody knows what it cost, and it is charged its worst case; or nothing, where
 * its accounts held nothing for it, so that no model was asked.
 */
export const unknownRecord = z.looseObject({
  tenant: z.string(),
  cost_micro_usd: microUsd,
  recorded_at: instant,
  /** The one that was to be asked first. */
  model: z.string().optional(),
  attribution: attributionRecord.optional(),
});

/** Written when a caller reports what came of its call: an order placed, a ticket closed, a text thrown away. */
export const outcomeRecord = z.looseObject({
  tenant: z.string(),
  success: z.boolean(),
  /** What it was worth, in US dollars; negative for a loss. */
  value_usd: z.number().optional(),
  label: z.string().optional(),
  reported_by: z.string(),
  reported_at: instant,
  /** Of the call, as in its settlement. */
  model: z.string().optional(),
  attribution: attributionRecord.optional(),
});

export type UnknownRecord = z.infer<typeof unknownRecord>;
export type OutcomeRecord = z.infer<typeof outcomeRecord>;
export type IntentRecord = z.infer<typeof intentRecord>;
export type SettlementRecord = z.infer<typeof settlementRecord>;
export type AttemptRecord = z.infer<typeof attemptRecord>;
export type DecisionRecord = z.infer<typeof decisionRecord>;

export function usageRecordOf(usage: Usage): AttemptRecord['usage'] {
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
  };
}
