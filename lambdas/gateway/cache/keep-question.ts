import { describeError } from '../../core/log';
import type { Call, GatewayPorts } from '../call';
import { placeOf, type Similar } from './find-similar';
import type { CachePlan } from './plan-cache';

/** Documents that one sweep takes away: more than are added until the next. */
const MOST_SWEPT = 100;

/** What was learnt of a question while it was answered. */
type Learnt = Pick<Similar, 'vector' | 'orphan'>;

/**
 * Adds the question of an answer that is kept to those that are found, and deletes documents that lead nowhere: one that was met, and now and then those that have
 * expired, of whichever tenant. The index expires nothing by itself, and deletes by id alone. Never rejects: the caller has its answer.
 *
 * @param isKept Whether the call's own answer is.
 */
export async function keepQuestion(
  call: Call,
  plan: CachePlan,
  { vector, orphan }: Learnt,
  isKept: boolean,
  { similarAnswers, clock, log }: GatewayPorts,
): Promise<void> {
  const { semantic, key, ttlSeconds } = plan;
  if (semantic === undefined || similarAnswers === undefined) return;
  const { index } = similarAnswers;
  const nowSeconds = Math.floor(clock.nowMs() / 1000);
  try {
    if (isKept && vector !== undefined) {
      const fields = { ...placeOf(plan), document: key, expiresAt: nowSeconds + Math.min(ttlSeconds, semantic.ttlSeconds) };
      const [put] = await index.put([{ vector, text: semantic.question, fields }]);
      if (put !== undefined && 'error' in put) throw new Error(`The index answered ${put.status} ${put.error}.`);
    }
    const isSwept = isKept && similarAnswers.isSweepDue();
    const gone = isSwept ? await index.findIds({ expiresAt: { lte: nowSeconds } }, MOST_SWEPT) : [];
    const ids = orphan === undefined ? gone : [orphan, ...gone];
    if (ids.length > 0) await index.remove(ids);
  } catch (error) {
    log.error('questions not kept', { trace_id: call.id, tenant: call.caller.tenant, error: describeError(error) });
  }
}
