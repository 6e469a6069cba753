import type { Agent } from './agent';
import { requestsOf } from './effect';
import { ResolutionError } from './errors';
import { performEffects } from './perform-effects';
import type { Verdict } from './verdict';
import { type AgentPorts, effectsOf, type RunResult } from './run-agent';

/** What became of a review, as it is kept with its case. */
export interface Resolution {
  readonly verdict: Verdict;
  /** Who resolved it; nobody, when it expired. */
  readonly reviewer: string | undefined;
  /** The whole output that takes the place of the agent's, when it was amended. */
  readonly output: unknown;
}

/** Reads how a decision's case was resolved: what is kept counts, not what an event says. Undefined while it is open. */
export interface Resolutions {
  find(decisionId: string): Promise<Resolution | undefined>;
}

/**
 * Carries a decision on from where it waited. What was approved acts, whatever the agent's autonomy was; what was rejected or expired does
 * not.
 *
 * @throws ResolutionError when there is no such decision, or its case is not resolved; and as runAgent does.
 */
export async function resolveDecision(agent: Agent, decisionId: string, resolutions: Resolutions, ports: AgentPorts): Promise<RunResult> {
  const [decision, resolution] = await Promise.all([ports.decisions.find(decisionId), resolutions.find(decisionId)]);
  if (decision === undefined || decision.agent !== agent.name)
    throw new ResolutionError(`Agent ${agent.name} has no decision ${decisionId}.`);
  if (resolution === undefined) throw new ResolutionError(`The case of decision ${decisionId} is not resolved.`);
  const { callId, confidence } = decision;
  const isApproved = resolution.verdict === 'approve' || resolution.verdict === 'amend';
  if (!isApproved || resolution.reviewer === undefined) return { decisionId, callId, confidence, course: 'record', effects: 0 };
  const output = resolution.verdict === 'amend' ? resolution.output : decision.prediction;
  const calls = effectsOf(agent, decision, { by: resolution.reviewer, output });
  const effects = await performEffects(requestsOf(decisionId, agent.name, calls), ports.effects, ports.effectLedger);
  return { decisionId, callId, confidence, course: 'act', effects };
}
