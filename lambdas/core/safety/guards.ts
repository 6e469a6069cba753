import { createGuard, type Guard } from './guard';
import type { SafetyConfig } from './safety-config';
import type { Direction } from './safety-policy';

/** The guard that a call passes, with its policy's name for records. */
export interface ChosenGuard {
  readonly policyId: string;
  readonly guard: Guard;
  /** Where the environment's guardrail looks too. */
  readonly managed: readonly Direction[];
}

/** The guards of an environment. */
export interface Guards {
  /**
   * @param ofPrompt The policy that a prompt names, which goes before its caller's.
   * @returns undefined where the environment has no safety policies, and none is named.
   * @throws Error for a policy that the environment does not have: without it a call must not go on.
   */
  forTenant(tenant: string, ofPrompt?: string): ChosenGuard | undefined;
}

/** Makes the guard of each policy once: what they look for is compiled. */
export function createGuards(config: SafetyConfig | undefined): Guards {
  const guards = new Map(
    Object.entries(config?.policies ?? {}).map(([policyId, policy]) => {
      const { managed = [] } = policy;
      return [policyId, { policyId, guard: createGuard(policy), managed }];
    }),
  );
  const tenants = new Map(Object.entries(config?.tenants ?? {}));
  return {
    forTenant(tenant, ofPrompt) {
      const policyId = ofPrompt ?? tenants.get(tenant) ?? config?.default;
      if (policyId === undefined) return undefined;
      const chosen = guards.get(policyId);
      if (chosen === undefined) throw new Error(`There is no safety policy "${policyId}".`);
      return chosen;
    },
  };
}
