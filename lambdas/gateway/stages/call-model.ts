import type { Clock } from '../../core/clock';
import { asGatewayError, GatewayError } from '../../core/errors';
import type { ModelEvent } from '../adapters/adapter';
import type { Call } from '../call';
import { Tally } from '../tally';
import { imageCount, inputBytes } from '../worst-case';
import type { Route } from './route';

/** The longest that a timer can wait; longer ones would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** One model at work. */
export interface ModelRun {
  /** The answer. The model is called when the first event is asked for. Throws the GatewayError that `tally.error` then has. */
  readonly events: AsyncGenerator<ModelEvent, void>;
  readonly tally: Tally;
  /** Stops the model where it is; resolves once it has let go. Nothing happens after the end. */
  cancel(): Promise<void>;
}

export function callModel(call: Call, route: Route, timeoutMs: number, clock: Clock): ModelRun {
  const { request, adapter } = route;
  const stop = new AbortController();
  const signal = AbortSignal.any([call.signal, stop.signal]);
  const { body, maxTokens } = request;
  const tally = new Tally(clock.monotonicMs(), { inputBytes: inputBytes(body), images: imageCount(body), maxTokens });

  async function* run(): AsyncGenerator<ModelEvent, void> {
    const timer = setTimeout(() => stop.abort(timedOut(request.model.id, timeoutMs)), Math.min(timeoutMs, MAX_TIMER_MS));
    const source = adapter.stream(request, signal)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const askedMs = clock.monotonicMs();
        const next = await source.next().finally(() => {
          tally.modelMs += clock.monotonicMs() - askedMs;
        });
        if (next.done) break;
        tally.firstEventMs ??= clock.monotonicMs();
        tally.record(next.value);
        yield next.value;
      }
      if (tally.finishReason === undefined) throw cutShort(request.model.id);
    } catch (error) {
      tally.fail(signal.aborted && !(error instanceof GatewayError) ? cancelled() : asGatewayError(error));
      throw tally.error;
    } finally {
      clearTimeout(timer);
      tally.endedMs = clock.monotonicMs();
      // Reached by a reader that left between two events: neither an end nor an error was seen.
      if (tally.finishReason === undefined) tally.fail(cancelled());
      // What the source says while it is being closed changes nothing of what was seen.
      await Promise.resolve(source.return?.()).catch(() => undefined);
    }
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

function cutShort(modelId: string): GatewayError {
  return new GatewayError('model_stream_interrupted', `Model \`${modelId}\` ended its answer without saying why. Try again.`);
}

function cancelled(): GatewayError {
  return new GatewayError('request_cancelled', 'The caller left before the answer was complete.');
}
