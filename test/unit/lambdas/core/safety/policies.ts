import type { Direction, SafetyPolicy } from '../../../../../lambdas/core/safety/safety-policy';

type Overrides = { readonly [Part in Direction]?: Partial<SafetyPolicy[Part]> } & Partial<Pick<SafetyPolicy, 'rules' | 'injection'>>;

/** A policy that redacts what callers send and puts it back, and blocks keys in every direction. */
export function policyWith(overrides: Overrides = {}): SafetyPolicy {
  return {
    input: { kinds: { secrets: 'block' }, others: 'redact', restore: true, ...overrides.input },
    retrieved: { kinds: { secrets: 'block' }, others: 'redact', ...overrides.retrieved },
    output: { kinds: { secrets: 'block' }, others: 'redact', ...overrides.output },
    rules: overrides.rules ?? [],
    injection: overrides.injection ?? {},
  };
}
