import { Token } from 'aws-cdk-lib';
import type { AgentPipeline } from './agent-pipeline';

/** Of what the gateway reserves: whatever befalls agents, as much is left to others. */
const AGENT_SHARE = 0.5;

/**
 * The bulkhead between agents and the gateway's other callers: however many events wait, the calls that agents have under way are bounded, by less than
 * the gateway can take at once.
 *
 * @param reservedConcurrency Of the gateway function; undefined when it reserves none, and nothing can be said.
 * @throws Error when all agents at work together could take more than half of it.
 */
export function checkAgentShare(
  pipelines: readonly Pick<AgentPipeline, 'agentName' | 'callsAtOnce'>[],
  reservedConcurrency: number | undefined,
): void {
  if (reservedConcurrency === undefined || Token.isUnresolved(reservedConcurrency)) return;
  const together = pipelines.reduce((sum, { callsAtOnce = 0 }) => sum + callsAtOnce, 0);
  const share = Math.floor(reservedConcurrency * AGENT_SHARE);
  if (together <= share) return;
  const each = pipelines.map(({ agentName, callsAtOnce = 'an unknown number' }) => `${agentName} ${callsAtOnce}`).join(', ');
  throw new Error(
    `The agents may have ${together} calls at the gateway at once (${each}), and the gateway reserves ${reservedConcurrency}, of which they may have ${share}. Lower maxConcurrency of agents, or reserve more.`,
  );
}
