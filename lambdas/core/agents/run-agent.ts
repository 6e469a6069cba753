import { canonicalJson, sha256Hex } from '../canonical-json';
import { type Agent, type AgentEvent, type AgentOutput, outputSchemaOf } from './agent';
import { askModel, type GatewayAccess } from './ask-model';
import { courseOf, type DecisionRecord, decisionIdOf, type Trust } from './decision';
import { type EffectCall, type EffectPorts, requestsOf } from './effect';
import { AgentOutputError, EventConflictError } from './errors';
import { type EffectLedger, performEffects } from './perform-effects';

/** Decisions, each written once. */
export interface DecisionStore {
  find(id: string): Promise<DecisionRecord | undefined>;
  /** Keeps the first decision of an id. @returns the one that is kept: this, or one that was there before. */
  keep(decision: DecisionRecord): Promise<DecisionRecord>;
}

/** Where decisions that a person has to see are put. Putting one twice is putting it once. */
export interface ReviewCases {
  /** @param outputSchema JSON schema of what may be answered in the agent's place */
  open(decision: DecisionRecord, effects: readonly EffectCall[], outputSchema: Readonly<Record<string, unknown>>): Promise<void>;
}

export interface AgentPorts {
  readonly gateway: GatewayAccess;
  readonly decisions: DecisionStore;
  readonly effectLedger: EffectLedger;
  readonly effects: EffectPorts;
  readonly reviews: ReviewCases;
  readonly trust: Trust;
  nowMs(): number;
}

/** What became of an event. */
export interface RunResult {
  readonly decisionId: string;
  readonly callId: string;
  readonly course: DecisionRecord['course'];
  readonly confidence: number;
  /** Those that this attempt performed. */
  readonly effects: number;
}

/**
 * One event, from context to record. The decision is kept before anything follows from it, so that an attempt after a crash carries on where the
 * last one stopped, and asks the model no second time.
 *
 * @param signal Ends the wait for the model.
 * @throws GatewayCallError, AgentOutputError, EventConflictError, EffectUnknownError, and what stores and ports throw
 */
export async function runAgent(agent: Agent, event: AgentEvent<unknown>, ports: AgentPorts, signal: AbortSignal): Promise<RunResult> {
  const decision = await decide(agent, event, ports, signal);
  const { id: decisionId, callId, course, confidence } = decision;
  if (course === 'review') await askPerson(agent, decision, ports.reviews);
  if (course !== 'act') return { decisionId, callId, course, confidence, effects: 0 };
  const requests = requestsOf(decisionId, agent.name, effectsOf(agent, decision, undefined));
  const effects = await performEffects(requests, ports.effects, ports.effectLedger);
  return { decisionId, callId, course, confidence, effects };
}

/** Shows what their approval would do. */
async function askPerson(agent: Agent, decision: DecisionRecord, reviews: ReviewCases): Promise<void> {
  const ifApproved = effectsOf(agent, decision, { by: 'the reviewer', output: decision.prediction });
  await reviews.open(decision, ifApproved, outputSchemaOf(agent));
}

async function decide(agent: Agent, event: AgentEvent<unknown>, ports: AgentPorts, signal: AbortSignal): Promise<DecisionRecord> {
  const id = decisionIdOf(agent.name, event.id);
  const inputHash = sha256Hex(canonicalJson(event.data));
  const kept =
    (await ports.decisions.find(id)) ?? (await ports.decisions.keep(await newDecision(id, inputHash, agent, event, ports, signal)));
  if (kept.inputHash === inputHash) return kept;
  throw new EventConflictError(
    `Event ${event.id} came before with another body; agent ${agent.name} has decided on that one (decision ${id}).`,
  );
}

async function newDecision(
  id: string,
  inputHash: string,
  agent: Agent,
  event: AgentEvent<unknown>,
  { gateway, trust, nowMs }: AgentPorts,
  signal: AbortSignal,
): Promise<DecisionRecord> {
  const { output, callId, model, prompt, tenant } = await askModel(agent, event, gateway, signal);
  return {
    id,
    agent: agent.name,
    eventId: event.id,
    eventName: agent.event.name,
    eventVersion: agent.event.version,
    eventTimeMs: event.timeMs,
    inputHash,
    input: event.data,
    prediction: { ...(output as AgentOutput & Readonly<Record<string, unknown>>) },
    confidence: output.confidence,
    promptId: prompt.id,
    promptVersion: prompt.version,
    promptHash: prompt.hash,
    model,
    ...(tenant !== undefined && { tenant }),
    callId,
    ...trust,
    course: courseOf(output.confidence, trust),
    decidedAtMs: nowMs(),
  };
}

/**
 * The effects of a kept decision, with a person's approval where there is one.
 *
 * @param approved The output that a person approved, their own where they amended it; undefined for a decision by the agent alone.
 * @throws AgentOutputError when what is kept does not hold to the output of the agent as it is now; UndeclaredEffect by RangeError.
 */
export function effectsOf(
  agent: Agent,
  decision: DecisionRecord,
  approved: { readonly by: string; readonly output: unknown } | undefined,
): readonly EffectCall[] {
  const output = agent.output.safeParse(approved?.output ?? decision.prediction);
  if (!output.success) {
    throw new AgentOutputError(
      `Decision ${decision.id} does not hold to the output of agent ${agent.name} as it is now.`,
      decision.callId,
      {
        cause: output.error,
      },
    );
  }
  const data = agent.event.data.parse(decision.input);
  const calls = agent.act(
    { id: decision.id, output: output.data, approvedBy: approved?.by },
    { id: decision.eventId, timeMs: decision.eventTimeMs, data },
  );
  const stray = calls.find(({ effect }) => agent.effects.every(({ effectName }) => effectName !== effect));
  if (stray === undefined) return calls;
  throw new RangeError(`Agent ${agent.name} asks for the effect "${stray.effect}", which is not among its effects.`);
}
