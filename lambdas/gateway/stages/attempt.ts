import type { Permit } from '../../core/breaker';
import type { Clock } from '../../core/clock';
import { asGatewayError, GatewayError } from '../../core/errors';
import type { RoutingPolicy } from '../../core/routing-policy';
import { type ModelEvent, type ModelEvents, type ModelEventIterator, type NextEvents, OVER } from '../adapters/adapter';
import type { Candidate } from '../routing/candidate';
import { isForAnotherModel, isModelFailure } from '../routing/failures';
import type { Tally } from '../tally';
import type { Continuation } from './continuation';
import { Silence } from './silence';

export interface AttemptOptions {
  /** Counts what passes, and has the error when there is one. */
  readonly tally: Tally;
  /** Is told how the model is. */
  readonly permit: Permit;
  /** Of the whole call. */
  readonly signal: AbortSignal;
  readonly timeouts: RoutingPolicy['timeouts'];
  readonly clock: Clock;
  /** Nothing of an answer is given before it is whole. */
  readonly isHeldBack: boolean;
  /** Is shown what is given, where another model may continue it. */
  readonly continuation: Continuation | undefined;
}

/** Why an attempt gave no answer, where another one may follow. */
export interface Failure {
  readonly error: GatewayError;
  /** In the middle of an answer, which is charged: the same model is not asked again. */
  readonly hasBegun: boolean;
}

/** Of an answer that is held back: a model has begun. */
export const AT_WORK: ModelEvents = [];

/** One call of one model. The model is called when the first events are asked for. */
export class Attempt {
  #source: ModelEventIterator | undefined;
  readonly #silence: Silence;
  readonly #held: ModelEvent[] = [];
  #isOver = false;
  #failure: Failure | undefined;

  constructor(
    private readonly candidate: Candidate,
    private readonly options: AttemptOptions,
  ) {
    this.#silence = new Silence(candidate.request.model.id, options.timeouts, options.signal);
  }

  /** Undefined once the model has answered. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** The answer's next events; over too when it failed so that another attempt may follow. @throws GatewayError where none may. */
  async next(): Promise<NextEvents> {
    const { tally, clock, isHeldBack, continuation } = this.options;
    while (!this.#isOver) {
      const askedMs = clock.monotonicMs();
      this.#silence.begin();
      let next: NextEvents;
      try {
        try {
          this.#source ??= this.#call();
          next = await this.#source.next();
        } finally {
          this.#silence.end();
          tally.modelMs += clock.monotonicMs() - askedMs;
        }
        if (next.done && tally.finishReason === undefined) throw cutShort(this.candidate.request.model.id);
      } catch (error) {
        this.#fail(error);
        return OVER;
      }
      if (next.done) return this.#succeed();
      tally.firstEventMs ??= clock.monotonicMs();
      for (const event of next.value) tally.record(event);
      const isFirst = this.#held.length === 0;
      if (isHeldBack) this.#held.push(...next.value);
      else continuation?.record(next.value);
      if (next.isLast === true && tally.finishReason !== undefined) {
        const whole = this.#succeed();
        return isHeldBack ? whole : next;
      }
      // Of an answer that was cut the events come first: that nothing follows them is an error.
      if (!isHeldBack) return next.isLast === true ? { done: false, value: next.value } : next;
      if (isFirst) return { done: false, value: AT_WORK };
    }
    return OVER;
  }

  /** The reader has left between two events: neither an end nor an error was seen. */
  async return(): Promise<NextEvents> {
    if (this.#isOver) return OVER;
    this.#close();
    this.options.permit.released();
    // What the source says while it is being closed changes nothing of what was seen.
    await Promise.resolve(this.#source?.return?.()).catch(() => undefined);
    return OVER;
  }

  #call(): ModelEventIterator {
    const { adapter, request } = this.candidate;
    return adapter.stream(request, this.#silence.signal)[Symbol.asyncIterator]();
  }

  #succeed(): NextEvents {
    this.#close();
    this.options.permit.succeeded();
    return this.options.isHeldBack ? { done: false, value: this.#held } : OVER;
  }

  #fail(cause: unknown): void {
    const { tally, permit, signal, isHeldBack, continuation } = this.options;
    tally.fail(this.#silence.signal.aborted && !(cause instanceof GatewayError) ? cancelled() : asGatewayError(cause));
    this.#close();
    const error = asGatewayError(tally.error);
    const hasBegun = tally.firstEventMs !== undefined;
    // A deadline that passes while the model is at its answer says how much was asked for, not how the model is.
    if (isModelFailure(error.code) && !(hasBegun && signal.aborted)) permit.failed();
    permit.released();
    const mayGoOn = !hasBegun || isHeldBack || continuation?.isPossible === true;
    if (signal.aborted || !mayGoOn || !isForAnotherModel(error.code)) throw error;
    this.#failure = { error, hasBegun };
  }

  #close(): void {
    const { tally, clock } = this.options;
    this.#isOver = true;
    this.#silence.close();
    tally.endedMs = clock.monotonicMs();
    if (tally.finishReason === undefined) tally.fail(cancelled());
  }
}

export function cancelled(): GatewayError {
  return new GatewayError('request_cancelled', 'The caller left before the answer was complete.');
}

function cutShort(modelId: string): GatewayError {
  return new GatewayError('model_stream_interrupted', `Model \`${modelId}\` ended its answer without saying why. Try again.`);
}
