import { createGuard, type Guard } from './guard';
import type { SafetyConfig } from './safety-config';

/** The guard that a call passes, with its policy's name for records. */
export interface ChosenGuard {
  readonly policyId: string;
  readonly guard: Guard;
}

/** The guards of an environment. */
export interface Guards {
  /** Undefined where the environment has no safety policies. */
  forTenant(tenant: string): ChosenGuard | undefined;
}

/** Makes the guard of each policy once: what they look for is compiled. */
export function createGuards(config: SafetyConfig | undefined): Guards {
  if (config === undefined) return { forTenant: () => undefined };
  const guards = new Map(Object.entries(config.policies).map(([policyId, policy]) => [policyId, { policyId, guard: createGuard(policy) }]));
  const tenants = new Map(Object.entries(config.tenants ?? {}));
  return {
    forTenant(tenant) {
      const policyId = tenants.get(tenant) ?? config.default;
      const chosen = guards.get(policyId);
      // Without its policy a call must not go on.
      if (chosen === undefined) throw new Error(`There is no safety policy "${policyId}".`);
      return chosen;
    },
  };
}
