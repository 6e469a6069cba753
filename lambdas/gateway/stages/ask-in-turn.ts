import { retryDelayMs } from '../../core/backoff';
import type { Permit } from '../../core/breaker';
import { GatewayError } from '../../core/errors';
import { describeError } from '../../core/log';
import { type ModelStream, type NextEvents, OVER } from '../adapters/adapter';
import type { Call, GatewayPorts } from '../call';
import { breakerKeyOf, type Candidate } from '../routing/candidate';
import { isRetryable } from '../routing/failures';
import type { RunTally } from '../run-tally';
import { worstCaseCostMicroUsd } from '../worst-case';
import { Attempt, type Failure } from './attempt';
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
  return new InTurn(turn, asking);
}

class InTurn implements ModelStream {
  readonly #continuation: Continuation | undefined;
  /** Of the candidates, the next one. */
  #next = 0;
  /** The one that is asked, or is to be asked again. */
  #candidate: Candidate | undefined;
  /** Of the candidate. */
  #failures = 0;
  #failure: GatewayError | undefined;
  #attempt: Attempt | undefined;

  constructor(
    private readonly turn: Turn,
    private readonly asking: Asking,
  ) {
    this.#continuation = turn.isHeldBack ? undefined : Continuation.of(turn, asking.ports.platform.routing.fallback);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<NextEvents> {
    this.#attempt ??= this.#begin();
    for (;;) {
      const next = await this.#attempt.next();
      if (!next.done) return next;
      const { failure } = this.#attempt;
      if (failure === undefined) return OVER;
      this.#failure = failure.error;
      if (!(await this.#waitToAskAgain(failure))) this.#candidate = undefined;
      this.#attempt = this.#begin();
    }
  }

  async return(): Promise<NextEvents> {
    await this.#attempt?.return();
    return OVER;
  }

  /** The candidate again, or the next one that may be asked. @throws GatewayError where there is none. */
  #begin(): Attempt {
    for (;;) {
      this.#candidate ??= this.#take();
      const permit = this.#enter(this.#candidate);
      if (permit !== undefined) return this.#attemptOf(this.#candidate, permit);
      this.#candidate = undefined;
    }
  }

  #take(): Candidate {
    const listed = this.turn.candidates[this.#next++];
    if (listed === undefined) throw this.#failure ?? tooDear();
    this.#failures = 0;
    const candidate = this.#continuation?.resume(listed) ?? listed;
    if (this.#failure !== undefined) {
      const step = this.#continuation?.isUnderWay ? 'continue' : 'fall_back';
      this.asking.tally.trail.push({ step, model: candidate.request.model.id, because: this.#failure.code });
    }
    return candidate;
  }

  /** Undefined where the candidate must not be asked now. */
  #enter(candidate: Candidate): Permit | undefined {
    const { tally, ports } = this.asking;
    const { model } = candidate.request;
    if (!isAffordable(candidate, this.asking)) {
      tally.trail.push({ step: 'skip', model: model.id, because: 'cost_ceiling_exceeded' });
      return undefined;
    }
    const permit = ports.breakers.enter(breakerKeyOf(model));
    if (permit === undefined) {
      tally.trail.push({ step: 'skip', model: model.id, because: 'breaker_open' });
      this.#failure ??= leftAlone(model.id, ports.breakers.waitMs(breakerKeyOf(model)));
    }
    return permit;
  }

  #attemptOf(candidate: Candidate, permit: Permit): Attempt {
    const { tally, signal, ports } = this.asking;
    const { clock, platform } = ports;
    const continuation = this.#continuation;
    if (this.#failure !== undefined) logPassedOver(this.#failure, this.asking);
    return new Attempt(candidate, {
      tally: tally.begin(candidate, clock.monotonicMs(), continuation?.isUnderWay === true),
      permit,
      signal,
      timeouts: platform.routing.timeouts,
      clock,
      isHeldBack: this.turn.isHeldBack,
      continuation,
    });
  }

  /** @returns whether it is worth it. */
  async #waitToAskAgain({ error, hasBegun }: Failure): Promise<boolean> {
    if (hasBegun) return false;
    this.#failures += 1;
    if (!isRetryable(error.code)) return false;
    const { tally, signal, deadlineMs, ports } = this.asking;
    const remainingMs = deadlineMs - ports.clock.monotonicMs();
    const failed = { failures: this.#failures, retryAfterSeconds: error.retryAfterSeconds, remainingMs };
    const waitMs = retryDelayMs(ports.platform.routing.retry, failed, Math.random);
    if (waitMs === undefined) return false;
    tally.trail.push({ step: 'retry', model: tally.lastModelId, because: error.code, wait_ms: waitMs });
    await wait(waitMs, signal);
    return true;
  }
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
