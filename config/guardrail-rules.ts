import * as z from 'zod';
import { type Rule, rule } from './rule';

/** Of an environment alone: a platform document is told of no guardrail, and its gateway's construct looks. */
const environment = z.object({
  gateway: z.object({}),
  guardrail: z.unknown().optional(),
  safety: z.object({ policies: z.record(z.string(), z.object({ managed: z.array(z.string()).optional() })) }).optional(),
});

const guardrailIsThereAndWanted = rule(environment, ({ guardrail, safety }) => {
  const wanting = Object.entries(safety?.policies ?? {}).filter(([, { managed }]) => managed !== undefined);
  if (guardrail !== undefined && wanting.length === 0) {
    return [
      { path: 'guardrail', message: 'found one that no safety policy wants; name directions in "managed" of a policy, or remove it' },
    ];
  }
  if (guardrail !== undefined) return [];
  return wanting.map(([id]) => ({
    path: `safety.policies.${id}.managed`,
    message: 'found directions for a guardrail, and the environment has none; define one in "guardrail"',
  }));
});

export const guardrailRules: readonly Rule[] = [guardrailIsThereAndWanted];
