import * as z from 'zod';
import { autonomies } from './decision';

/** The environment variables of an agent's function. The construct that provisions it must supply exactly these. */
export const agentEnv = z.object({
  /** Of the gateway, without a trailing slash. */
  GATEWAY_URL: z.url(),
  RUNS_TABLE: z.string().min(1),
  /** Days after which what an agent has decided and done is forgotten. */
  RUNS_RETENTION_DAYS: z.coerce.number().int().positive(),
  EVENT_BUS: z.string().min(1),
  QUARANTINE_QUEUE_URL: z.url(),
  /** Of the agent. */
  QUEUE_URL: z.url(),
  AUTONOMY: z.enum(autonomies),
  CONFIDENCE_THRESHOLD: z.coerce.number().min(0).max(1),
  /** Hours in which a person has to resolve a review. */
  REVIEW_HOURS: z.coerce.number().positive(),
  /** Messages of a batch that are worked on at once. */
  BATCH_CONCURRENCY: z.coerce.number().int().positive(),
  /** Name of the platform's environment, as metrics name it. */
  ENVIRONMENT: z.string().min(1),
});
