import type { DecisionRecord } from '../../core/audit-record';
import type { Verdict } from '../../core/safety/verdict';

/** A verdict as it stands in the decision trail: what was found by which policy, how often, and what was done. Never what it was. */
export function verdictRecords(policyId: string, { findings }: Verdict): readonly DecisionRecord[] {
  return findings.map(({ name, direction, action, count }) => ({ step: action, because: name, direction, policy: policyId, times: count }));
}
