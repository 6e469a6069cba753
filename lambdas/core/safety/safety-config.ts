import * as z from 'zod';
import { safetyPolicy } from './safety-policy';

const policyId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/)
  .describe('1 to 32 lower-case letters, digits or hyphens, starting with a letter');
const tenant = z.string().min(1).max(128);

/** The safety policies of an environment, and which of them holds for whom. Of `platform.json` and of environment configs alike. */
export const safetyConfig = z
  .strictObject({
    policies: z.record(policyId, safetyPolicy),
    /** The id of the policy for all that are not named. */
    default: policyId,
    /** Tenants that have another. */
    tenants: z.record(tenant, policyId).optional(),
  })
  .superRefine(({ policies, default: usual, tenants = {} }, context) => {
    const chosen = [[['default'], usual] as const, ...Object.entries(tenants).map(([name, id]) => [['tenants', name], id] as const)];
    for (const [path, id] of chosen) {
      if (Object.hasOwn(policies, id)) continue;
      const known = Object.keys(policies).map((name) => `"${name}"`);
      const message = `found "${id}", which is not in policies; there are ${known.length === 0 ? 'none' : known.join(', ')}`;
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  });

export type SafetyConfig = z.infer<typeof safetyConfig>;
