import { retryDelayMs } from '../../core/backoff';
import { GatewayError } from '../../core/errors';
import { describeError } from '../../core/log';
import { type ModelStream, OVER } from '../adapters/adapter';
import type { Call, GatewayPorts } from '../call';
import { breakerKeyOf, type Candidate } from '../routing/candidate';
import { isRetryable } from '../routing/failures';
import type { RunTally } from '../run-tally';
import { worstCaseCostMicroUsd } from '../worst-case';
import { Attempt } from './attempt';
import { Continuation } from './continuation';
import { wait } from './timer';

/** What all attempts of one call have in common. */
export interface Asking {
  readonly call: Call;
  readonly ports: GatewayPorts;
  readonly tally: RunTally;
  /** Aborted when the caller leaves and at the deadline. */
  readonly signal: AbortSignal;
  /** On the monotonic clock. */
  readonly deadlineMs: number;
  /** What the caller allows the call to cost, in micro-dollars. */
  readonly ceilingMicroUsd: number | undefined;
}

/** Models asked for one answer. */
export interface Turn {
  /** In the order in which they are asked. */
  readonly candidates: readonly Candidate[];
  /** Nothing of an answer is shown before it is whole: a model that fails in the middle of it can be followed by any other. */
  readonly isHeldBack: boolean;
}

/**
 * Asks models one at a time: the first one, again while it is worth it, then the next. A model that fails in the middle of an answer that is
 * being shown is followed by the next only where the policy says so and the answer is text: that one continues it.
 *
 * @throws GatewayError the last failure.
 */
export function askInTurn(turn: Turn, asking: Asking): ModelStream {
  const attempts = attemptsOf(turn, asking);
  let attempt: Attempt | undefined;
  return {
    async next() {
      for (;;) {
        const next = await attempt?.next();
        if (next !== undefined && !next.done) return next;
        const another = await attempts.next();
        if (another.done) return OVER;
        attempt = another.value;
      }
    },
    async return() {
      await attempt?.return();
      return attempts.return().then(() => OVER);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** The next one is asked for when the last is over. */
async function* attemptsOf(turn: Turn, asking: Asking): AsyncGenerator<Attempt, void> {
  const { tally, signal, deadlineMs } = asking;
  const { breakers, clock, platform } = asking.ports;
  const continuation = turn.isHeldBack ? undefined : Continuation.of(turn, platform.routing.fallback);
  let failure: GatewayError | undefined;
  for (const listed of turn.candidates) {
    const candidate = continuation?.resume(listed) ?? listed;
    const { model } = candidate.request;
    if (failure !== undefined)
      tally.trail.push({ step: continuation?.isUnderWay ? 'continue' : 'fall_back', model: model.id, because: failure.code });
    for (let failures = 0; ; ) {
      if (!isAffordable(candidate, asking)) {
        tally.trail.push({ step: 'skip', model: model.id, because: 'cost_ceiling_exceeded' });
        break;
      }
      const permit = breakers.enter(breakerKeyOf(model));
      if (permit === undefined) {
        tally.trail.push({ step: 'skip', model: model.id, because: 'breaker_open' });
        failure ??= leftAlone(model.id, breakers.waitMs(breakerKeyOf(model)));
        break;
      }
      if (failure !== undefined) logPassedOver(failure, asking);
      const attempt = new Attempt(candidate, {
        tally: tally.begin(candidate, clock.monotonicMs(), continuation?.isUnderWay === true),
        permit,
        signal,
        timeouts: platform.routing.timeouts,
        clock,
        isHeldBack: turn.isHeldBack,
        continuation,
      });
      yield attempt;
      if (attempt.failure === undefined) return;
      failure = attempt.failure.error;
      if (attempt.failure.hasBegun) break;
      failures += 1;
      const { retryAfterSeconds } = failure;
      const remainingMs = deadlineMs - clock.monotonicMs();
      const waitMs = isRetryable(failure.code)
        ? retryDelayMs(platform.routing.retry, { failures, retryAfterSeconds, remainingMs }, Math.random)
        : undefined;
      if (waitMs === undefined) break;
      tally.trail.push({ step: 'retry', model: model.id, because: failure.code, wait_ms: waitMs });
      await wait(waitMs, signal);
    }
  }
  throw failure ?? tooDear();
}

/** A failure that the caller is not told of: another attempt follows, or a text in place of an answer. */
export function logPassedOver(error: GatewayError, { call, ports }: Asking): void {
  const fields = { trace_id: call.id, error_code: error.code, error: describeError(error) };
  if (error.status >= 500) ports.log.error('model failed', fields);
  else ports.log.info('model failed', fields);
}

/** Whether the call stays within its ceiling if the attempt costs all that it may. */
export function isAffordable({ request }: Candidate, { tally, ceilingMicroUsd }: Asking): boolean {
  return ceilingMicroUsd === undefined || tally.charge().costMicroUsd + worstCaseCostMicroUsd(request) <= ceilingMicroUsd;
}

export function leftAlone(modelId: string, waitMs: number): GatewayError {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  const message = `Model \`${modelId}\` has failed several times in a row and is left alone for a while. Try again shortly.`;
  return new GatewayError('model_unavailable', message, { retryAfterSeconds });
}

/** Of a further turn alone: a route's models are within the ceiling. */
function tooDear(): GatewayError {
  return new GatewayError('cost_ceiling_exceeded', 'Another attempt might cost more than `max_cost_usd` allows.', {
    param: 'max_cost_usd',
  });
}
