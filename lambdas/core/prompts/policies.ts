import * as z from 'zod';
import { slug } from './slug';

/** What a version of a prompt asks of the stages around the model. The policies themselves are the environment's. */

const MAX_CACHE_SECONDS = 30 * 24 * 3600;

const ttlSeconds = z.int().positive().max(MAX_CACHE_SECONDS);

/** Name of a safety policy of the environment. */
export const safetyPolicyId = slug;

/** Which answers may be given again, and for how long. */
export const cachePolicy = z.strictObject({
  /** To the same variables. */
  exact: z.union([z.literal('off'), z.strictObject({ ttlSeconds })]),
  /** To variables that mean the same. */
  semantic: z.union([
    z.literal('off'),
    z.strictObject({
      ttlSeconds,
      /** The least cosine similarity. Absent: the environment's. */
      threshold: z.number().min(0).max(1).optional(),
    }),
  ]),
});
