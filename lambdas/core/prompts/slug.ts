import * as z from 'zod';

/** Of prompts, labels, experiments, arms, policies and suites. */
export const slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: '1 to 63 lower-case letters, digits and "-", not beginning with "-"' });
export const versionNumber = z.int().positive().max(1_000_000);
