import { describeError } from '../../core/log';
import type { ModelEvents } from '../adapters/adapter';
import type { Call, GatewayPorts } from '../call';
import type { RunTally } from '../run-tally';
import type { Route } from '../stages/route';
import type { CachePlan } from './plan-cache';

/** In UTF-16 units. An item of DynamoDB holds 400 KB, and a unit is at most three bytes of UTF-8. */
const LONGEST_TEXT = 100_000;

/** Collects an answer while it passes. */
export class AnswerKeeper {
  #text = '';
  #isKept = true;

  /** Hands the events on as they are. */
  async *watch(events: AsyncIterable<ModelEvents>): AsyncGenerator<ModelEvents, void> {
    for await (const batch of events) {
      for (const event of batch) {
        if (event.type === 'text' && event.logprobs === undefined) this.#text += event.text;
        // Reasoning, likelihoods, calls of tools: a replay would lack them.
        else if (event.type !== 'finish' && event.type !== 'usage') this.#isKept = false;
      }
      if (this.#text.length > LONGEST_TEXT) [this.#isKept, this.#text] = [false, ''];
      yield batch;
    }
  }

  /** What there is to keep; undefined where it is no text that a model ended by itself, at its first attempt or at another. */
  answer(tally: RunTally): string | undefined {
    const isWhole = tally.error === undefined && tally.finishReason === 'stop' && tally.substituted === undefined;
    return isWhole && this.#isKept && this.#text !== '' ? this.#text : undefined;
  }
}

/**
 * Keeps an answer that is whole, unfiltered and by the model that is asked first: what another gave in its place is not what callers want tomorrow.
 * Never rejects: the caller has its answer.
 *
 * @returns whether it is kept.
 */
export async function keepAnswer(
  call: Call,
  { plan, route, keeper, tally }: { plan: CachePlan; route: Route; keeper: AnswerKeeper; tally: RunTally },
  { answerCache, clock, log }: GatewayPorts,
): Promise<boolean> {
  const text = keeper.answer(tally);
  const model = tally.lastModelId;
  const isFirstChoice = model === route.candidates[0].request.model.id && route.skipped.length === 0;
  if (answerCache === undefined || text === undefined || !isFirstChoice) return false;
  const nowMs = clock.nowMs();
  const freshUntilMs = nowMs + plan.ttlSeconds * 1000;
  try {
    await answerCache.put(plan.key, {
      model,
      text,
      cost_micro_usd: tally.charge().costMicroUsd - (tally.embedding?.charge().costMicroUsd ?? 0),
      stored_at: nowMs,
      fresh_until: freshUntilMs,
      stale_until: freshUntilMs + plan.staleSeconds * 1000,
    });
    return true;
  } catch (error) {
    log.error('answer not kept', { trace_id: call.id, tenant: call.caller.tenant, error: describeError(error) });
    return false;
  }
}
