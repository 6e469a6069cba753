import { retryDelayMs } from '../../core/backoff';
import type { Permit } from '../../core/breaker';
import { asGatewayError, GatewayError } from '../../core/errors';
import { describeError } from '../../core/log';
import type { ModelEvents } from '../adapters/adapter';
import type { Call, GatewayPorts } from '../call';
import { breakerKeyOf, type Candidate } from '../routing/candidate';
import { isForAnotherModel, isModelFailure, isRetryable } from '../routing/failures';
import { RunTally } from '../run-tally';
import { cancelled, streamAttempt } from './attempt';
import { degradedAnswer } from './degrade';
import type { Route } from './route';
import { MAX_TIMER_MS, wait } from './timer';

/** A call's models at work, one at a time. */
export interface ModelRun {
  /** The answer. A model is called when the first event is asked for. Throws the GatewayError that `tally.error` then has. */
  readonly events: AsyncGenerator<ModelEvents, void>;
  readonly tally: RunTally;
  /** Stops the model where it is; resolves once it has let go. Nothing happens after the end. */
  cancel(): Promise<void>;
}

/**
 * Asks the route's models: the first one, again while it is worth it, then the next. Once a model has begun to answer, its failure is the
 * call's: two beginnings make no answer.
 */
export function callModel(call: Call, route: Route, ports: GatewayPorts): ModelRun {
  const { clock, breakers, log } = ports;
  const { limits, routing } = ports.platform;
  const stop = new AbortController();
  const signal = AbortSignal.any([call.signal, stop.signal]);
  const tally = new RunTally(clock.monotonicMs(), route.skipped);
  const deadlineMs = tally.startedMs + limits.modelTimeoutMs;

  async function* run(): AsyncGenerator<ModelEvents, void> {
    const expire = () => stop.abort(timedOut(tally.lastModelId ?? route.candidates[0].request.model.id, limits.modelTimeoutMs));
    const timer = setTimeout(expire, Math.min(limits.modelTimeoutMs, MAX_TIMER_MS));
    try {
      yield* askInTurn();
    } catch (error) {
      tally.fail(signal.aborted && !(error instanceof GatewayError) ? cancelled() : asGatewayError(error));
      throw tally.error;
    } finally {
      clearTimeout(timer);
      tally.endedMs = clock.monotonicMs();
      // Reached by a reader that left between two events.
      if (tally.finishReason === undefined) tally.fail(cancelled());
    }
  }

  async function* askInTurn(): AsyncGenerator<ModelEvents, void> {
    let failure: GatewayError | undefined;
    for (const candidate of route.candidates) {
      const { model } = candidate.request;
      if (failure !== undefined) tally.trail.push({ step: 'fall_back', model: model.id, because: failure.code });
      for (let failures = 0; ; ) {
        const permit = breakers.enter(breakerKeyOf(model));
        if (permit === undefined) {
          tally.trail.push({ step: 'skip', model: model.id, because: 'breaker_open' });
          failure ??= leftAlone(model.id, breakers.waitMs(breakerKeyOf(model)));
          break;
        }
        if (failure !== undefined) logPassedOver(failure);
        const ended = yield* ask(candidate, permit);
        if (ended === 'answered') return;
        failure = ended;
        failures += 1;
        const { retryAfterSeconds } = failure;
        const remainingMs = deadlineMs - clock.monotonicMs();
        const waitMs = isRetryable(failure.code)
          ? retryDelayMs(routing.retry, { failures, retryAfterSeconds, remainingMs }, Math.random)
          : undefined;
        if (waitMs === undefined) break;
        tally.trail.push({ step: 'retry', model: model.id, because: failure.code, wait_ms: waitMs });
        await wait(waitMs, signal);
      }
    }
    // A route has a model at least, and each that did not answer left its failure.
    yield* giveUp(failure as GatewayError);
  }

  /** One attempt. Returns its failure where another one may follow; throws it where none may. */
  async function* ask(candidate: Candidate, permit: Permit): AsyncGenerator<ModelEvents, 'answered' | GatewayError> {
    const attempt = tally.begin(candidate, clock.monotonicMs());
    try {
      yield* streamAttempt(candidate, { tally: attempt, signal, timeouts: routing.timeouts, clock });
      permit.succeeded();
      return 'answered';
    } catch (cause) {
      const error = asGatewayError(cause);
      const hasBegun = attempt.firstEventMs !== undefined;
      // A deadline that passes while the model is at its answer says how much was asked for, not how the model is.
      if (isModelFailure(error.code) && !(hasBegun && signal.aborted)) permit.failed();
      if (hasBegun || signal.aborted || !isForAnotherModel(error.code)) throw error;
      return error;
    } finally {
      permit.released();
    }
  }

  /** A failure that the caller is not told of: another attempt follows, or a text in place of an answer. */
  function logPassedOver(error: GatewayError): void {
    const fields = { trace_id: call.id, error_code: error.code, error: describeError(error) };
    if (error.status >= 500) log.error('model failed', fields);
    else log.info('model failed', fields);
  }

  async function* giveUp(failure: GatewayError): AsyncGenerator<ModelEvents, void> {
    const events = degradedAnswer(routing.degraded, route.candidates[0].request.body);
    if (events === undefined) throw failure;
    logPassedOver(failure);
    tally.degrade(failure, clock.monotonicMs(), events);
    yield events;
  }

  const events = run();
  async function cancel(): Promise<void> {
    stop.abort(cancelled());
    await events.return();
  }
  return { events, tally, cancel };
}

function timedOut(modelId: string, timeoutMs: number): GatewayError {
  return new GatewayError(
    'model_timeout',
    `Model \`${modelId}\` did not finish within ${timeoutMs} ms. Ask for fewer tokens, or try again.`,
  );
}

function leftAlone(modelId: string, waitMs: number): GatewayError {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  const message = `Model \`${modelId}\` has failed several times in a row and is left alone for a while. Try again shortly.`;
  return new GatewayError('model_unavailable', message, { retryAfterSeconds });
}
