import * as z from 'zod';

/** Records of the audit trail, with the names that the table and `GET /v1/calls/{id}` use. */

const microUsd = z.int().nonnegative();
const tokens = z.int().nonnegative();
/** Epoch milliseconds. */
const instant = z.number();
/** SHA-256 in hex. */
const hash = z.string();

/** Written before the model is called: who wants what, where it will go and what it may cost. */
export const intentRecord = z.looseObject({
  tenant: z.string(),
  key_id: z.string(),
  door: z.enum(['v1', 'iam']),
  requested_model: z.string(),
  /** Absent when the call was refused before it had a route. */
  route: z.object({ model: z.string(), provider_model_id: z.string(), reason: z.string() }).optional(),
  /** Of the request body in canonical JSON. */
  input_hash: hash,
  worst_case_cost_micro_usd: microUsd,
  max_tokens: tokens.optional(),
  stream: z.boolean(),
  /** The caller's own name for its end user, and its own tags, as sent. */
  user: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  created_at: instant,
  price_table_version: z.string(),
  gateway_version: z.string(),
});

/** Written after the last byte: what became of the call and what it cost. */
export const settlementRecord = z.looseObject({
  tenant: z.string(),
  status: z.enum(['ok', 'error', 'refused', 'cancelled']),
  error_code: z.string().optional(),
  model: z.string().optional(),
  usage: z.object({ input_tokens: tokens, output_tokens: tokens, cache_read_tokens: tokens, cache_write_tokens: tokens }),
  /** The provider reported no usage although it had answered; the tokens are ours, from the length of the texts. */
  usage_estimated: z.boolean(),
  cost_micro_usd: microUsd,
  price_table_version: z.string(),
  /** Of the answer's text, and of its tool calls' names and arguments; absent when there was neither. */
  output_hash: hash.optional(),
  finish_reason: z.string().optional(),
  /** Time spent waiting for the model. */
  model_ms: z.number(),
  /** Time before the model was called and after its last event. */
  overhead_ms: z.number(),
  /** From the request's arrival to the answer's last byte. */
  total_ms: z.number(),
  settled_at: instant,
});

export type IntentRecord = z.infer<typeof intentRecord>;
export type SettlementRecord = z.infer<typeof settlementRecord>;
