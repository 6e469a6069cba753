import type { Clock } from '../../core/clock';
import { asGatewayError, GatewayError } from '../../core/errors';
import type { RoutingPolicy } from '../../core/routing-policy';
import type { ModelEvents } from '../adapters/adapter';
import type { Candidate } from '../routing/candidate';
import type { Tally } from '../tally';
import { Silence } from './silence';

export interface AttemptOptions {
  /** Counts what passes, and has the error when one is thrown. */
  readonly tally: Tally;
  /** Of the whole call. */
  readonly signal: AbortSignal;
  readonly timeouts: RoutingPolicy['timeouts'];
  readonly clock: Clock;
}

/** One call of one model. The model is called when the first event is asked for. Throws the GatewayError that `tally.error` then has. */
export async function* streamAttempt({ adapter, request }: Candidate, options: AttemptOptions): AsyncGenerator<ModelEvents, void> {
  const { tally, timeouts, clock } = options;
  const silence = new Silence(request.model.id, timeouts, options.signal);
  const { signal } = silence;
  const source = adapter.stream(request, signal)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const askedMs = clock.monotonicMs();
      silence.begin();
      let next: IteratorResult<ModelEvents, void>;
      let nowMs: number;
      try {
        next = await source.next();
      } finally {
        silence.end();
        nowMs = clock.monotonicMs();
        tally.modelMs += nowMs - askedMs;
      }
      if (next.done) break;
      tally.firstEventMs ??= nowMs;
      for (const event of next.value) tally.record(event);
      yield next.value;
    }
    if (tally.finishReason === undefined) throw cutShort(request.model.id);
  } catch (error) {
    tally.fail(signal.aborted && !(error instanceof GatewayError) ? cancelled() : asGatewayError(error));
    throw tally.error;
  } finally {
    silence.close();
    tally.endedMs = clock.monotonicMs();
    // Reached by a reader that left between two events: neither an end nor an error was seen.
    if (tally.finishReason === undefined) tally.fail(cancelled());
    // What the source says while it is being closed changes nothing of what was seen.
    await Promise.resolve(source.return?.()).catch(() => undefined);
  }
}

export function cancelled(): GatewayError {
  return new GatewayError('request_cancelled', 'The caller left before the answer was complete.');
}

function cutShort(modelId: string): GatewayError {
  return new GatewayError('model_stream_interrupted', `Model \`${modelId}\` ended its answer without saying why. Try again.`);
}
