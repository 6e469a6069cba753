import * as z from 'zod';

/** The environment variables of the gateway function. The construct that provisions it must supply exactly these. */
export const gatewayEnv = z.object({
  AUDIT_TABLE: z.string().min(1),
  REGISTRY_TABLE: z.string().min(1),
  LEDGER_TABLE: z.string().min(1),
  /** Of contents that are too large for the audit table; `none` where none are kept. */
  CONTENT_BUCKET: z.string().min(1),
  /** Of answers that were given before; `none` where none are kept. */
  CACHE_TABLE: z.string().min(1),
  /** `https://…`, of the collection that holds the questions to those answers; `none` where none are kept. */
  VECTOR_ENDPOINT: z.string().min(1),
  /** Of the index in it; `none` likewise. */
  VECTOR_INDEX: z.string().min(1),
  /** Of the guardrail that safety policies may want; `none` where there is none. */
  GUARDRAIL_ID: z.string().min(1),
  /** Of it: a number, as text; `none` likewise. */
  GUARDRAIL_VERSION: z.string().min(1),
  /** Days after which an audit record expires. */
  AUDIT_RETENTION_DAYS: z.coerce.number().int().positive(),
});
