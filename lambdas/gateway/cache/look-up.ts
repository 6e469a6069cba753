import type { StoredAnswer } from '../../core/answer-cache/answer-cache';
import { describeError } from '../../core/log';
import type { Call, GatewayPorts } from '../call';
import type { CachePlan } from './plan-cache';

/** A store that takes longer costs more time than a hit is worth. */
const LONGEST_WAIT_MS = 150;

/** What was answered before. */
export interface Found {
  /** In place of a model. */
  readonly fresh: StoredAnswer | undefined;
  /** Where no model answers. */
  readonly stale: StoredAnswer | undefined;
  /** Of the question to the one that `fresh` answered, where that was in other words. */
  readonly similarity?: number;
}

export const NOTHING: Found = { fresh: undefined, stale: undefined };

/** One read of the store. Never rejects: without the cache the model is called. */
export async function lookUp(call: Call, plan: CachePlan, { answerCache, clock, log }: GatewayPorts): Promise<Found> {
  if (!plan.mayRead || answerCache === undefined) return NOTHING;
  try {
    const answer = await answerCache.find(plan.key, AbortSignal.timeout(LONGEST_WAIT_MS));
    if (answer === undefined) return NOTHING;
    const nowMs = clock.nowMs();
    // DynamoDB deletes what has expired when it likes.
    if (nowMs >= answer.stale_until) return NOTHING;
    const isFresh = nowMs < answer.fresh_until && nowMs < answer.stored_at + plan.ttlSeconds * 1000;
    if (isFresh) return { fresh: answer, stale: answer };
    return { fresh: undefined, stale: plan.staleSeconds > 0 ? answer : undefined };
  } catch (error) {
    log.error('cache not read', { trace_id: call.id, tenant: call.caller.tenant, error: describeError(error) });
    return NOTHING;
  }
}
