import type { AnswerCachePolicy } from '../../core/answer-cache/policy';
import { GatewayError } from '../../core/errors';
import type { Call, GatewayPorts } from '../call';
import type { ChatRequest } from '../openai/request';
import { platformFor } from '../stages/authorize';
import { type EmbeddingPlan, planEmbedding } from '../stages/plan-embedding';
import { INSTRUCTIONS } from './cache-key';

/** In UTF-16 units: the vector of a long text says little of what is asked in it. */
const LONGEST_QUESTION = 2_000;

/** How the answer to a call's question in other words is looked for. */
export interface SemanticPlan {
  readonly question: string;
  /** Vectors of different models, or lengths, mean nothing beside each other. */
  readonly source: string;
  readonly embedding: EmbeddingPlan;
  readonly threshold: number;
  readonly ttlSeconds: number;
}

/**
 * Undefined where neither the call's prompt nor its tenant asks for it, where it is more than one question in words, and where the caller may not use the
 * embedding model. Calls with a ceiling of their own are not asked to pay for a vector.
 */
export function planSemantic(call: Call, body: ChatRequest, policy: AnswerCachePolicy, ports: GatewayPorts): SemanticPlan | undefined {
  const { semantic } = policy;
  if (semantic === undefined || ports.similarAnswers === undefined || body.max_cost_usd !== undefined) return undefined;
  const ofPrompt = call.prompt?.content.cache?.semantic;
  if (ofPrompt === 'off' || (ofPrompt === undefined && !semantic.tenants.includes(call.caller.tenant))) return undefined;
  const question = questionOf(body);
  const platform = platformFor(call.caller, ports.platform);
  const { embeddingModel, dimensions } = semantic;
  if (question === undefined || !platform.embeddingModels.some(({ id }) => id === embeddingModel)) return undefined;
  const embedding = planOf({ model: embeddingModel, input: question, dimensions }, { ...ports, platform });
  if (embedding === undefined) return undefined;
  return {
    question,
    source: `answers:${embeddingModel}:${dimensions}`,
    embedding,
    threshold: ofPrompt?.threshold ?? semantic.threshold,
    ttlSeconds: Math.min(ofPrompt?.ttlSeconds ?? policy.ttlSeconds, policy.maxTtlSeconds),
  };
}

/** Undefined for a question that the model does not take. */
function planOf(...asked: Parameters<typeof planEmbedding>): EmbeddingPlan | undefined {
  try {
    return planEmbedding(...asked);
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}

/** The one thing that the user says, in words alone. */
function questionOf({ messages }: ChatRequest): string | undefined {
  const [message, ...others] = messages.filter(({ role }) => !INSTRUCTIONS.has(role));
  if (message === undefined || others.length > 0 || message.role !== 'user') return undefined;
  const { content } = message;
  const isQuestion = typeof content === 'string' && content.trim() !== '' && content.length <= LONGEST_QUESTION;
  return isQuestion ? content : undefined;
}
