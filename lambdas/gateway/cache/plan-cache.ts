import type { AnswerCachePolicy } from '../../core/answer-cache/policy';
import type { Call, GatewayPorts } from '../call';
import type { ChatRequest } from '../openai/request';
import { nameOfVersion } from '../prompts/prompt-use';
import type { Route } from '../stages/route';
import { cacheKeyOf, localesOf, offerOf } from './cache-key';
import { planSemantic, type SemanticPlan } from './plan-semantic';

/** What the cache has to do with a call. */
export interface CachePlan {
  readonly key: string;
  readonly mayRead: boolean;
  readonly mayStore: boolean;
  readonly ttlSeconds: number;
  readonly staleSeconds: number;
  /** Undefined where only the same question is answered. */
  readonly semantic: SemanticPlan | undefined;
}

const offers = new WeakMap<GatewayPorts['platform'], string>();

/** Undefined for a call that the cache has nothing to do with: the environment has none, neither the caller nor its prompt asked, nothing of its tenant may be
 * kept, or another answer is wanted each time. */
export function planCache(call: Call, { body, candidates }: Route, ports: GatewayPorts): CachePlan | undefined {
  const { platform, answerCache } = ports;
  const policy = platform.answerCache;
  if (policy === undefined || answerCache === undefined) return undefined;
  const { tenant, residency } = call.caller;
  const { mayRead, mayStore, ttlSeconds } = call.cacheControl;
  const { prompt } = call;
  const ofPrompt = prompt?.content.cache?.exact;
  if (ofPrompt === 'off' || prompt?.shadowOf !== undefined) return undefined;
  const askedSeconds = ttlSeconds ?? ofPrompt?.ttlSeconds;
  const isOn =
    (askedSeconds !== undefined || policy.tenants.includes(tenant)) && residency.every(({ noRetention }) => noRetention === undefined);
  if (!isOn || (!mayRead && !mayStore) || !isRepeatable(body, policy)) return undefined;
  let offer = offers.get(platform);
  if (offer === undefined) offers.set(platform, (offer = offerOf(platform)));
  return {
    key: cacheKeyOf({
      tenant,
      body,
      offer,
      model: candidates[0].request.model.id,
      prompt: prompt === undefined ? null : nameOfVersion(prompt),
      locales: localesOf(body, prompt),
    }),
    mayRead,
    mayStore,
    ttlSeconds: Math.min(askedSeconds ?? policy.ttlSeconds, policy.maxTtlSeconds),
    staleSeconds: policy.staleSeconds,
    semantic: mayRead ? planSemantic(call, body, policy, ports) : undefined,
  };
}

/** Tools act and look things up: their calls are made anew. */
function isRepeatable({ tools, messages, temperature = 0 }: ChatRequest, { maxTemperature, maxMessages }: AnswerCachePolicy): boolean {
  const hasTools = tools !== undefined && tools.length > 0;
  const hasToolTurns = messages.some(({ role, tool_calls }) => role === 'tool' || tool_calls !== undefined);
  return !hasTools && !hasToolTurns && temperature <= maxTemperature && messages.length <= maxMessages;
}
