import { retryDelayMs } from '../../core/backoff';
import { asGatewayError, GatewayError } from '../../core/errors';
import { describeError } from '../../core/log';
import type { EmbeddingAnswer } from '../adapters/adapter';
import type { Call, GatewayPorts } from '../call';
import type { EmbeddingTally } from '../embedding-tally';
import type { Vectors } from '../openai/embedding-list';
import { breakerKeyOf } from '../routing/candidate';
import { isModelFailure, isRetryable } from '../routing/failures';
import { leftAlone } from './ask-in-turn';
import { cancelled } from './attempt';
import { LinkedAbort } from './linked-abort';
import type { EmbeddingPlan } from './plan-embedding';
import { Silence } from './silence';
import { MAX_TIMER_MS, wait } from './timer';

/** Calls of the model that one call of ours has under way: enough to be quick, too few to use up an account's rate alone. */
const MAX_CONCURRENT_CALLS = 8;

/** Who wants vectors. */
export type EmbeddingCall = Pick<Call, 'id' | 'signal'>;

interface Embedding {
  readonly call: EmbeddingCall;
  readonly plan: EmbeddingPlan;
  readonly ports: GatewayPorts;
  readonly tally: EmbeddingTally;
  /** Aborted when the caller leaves and at the deadline. */
  readonly signal: AbortSignal;
  /** On the monotonic clock. */
  readonly deadlineMs: number;
  /** Why no further call is begun. Those under way go on to their end: they are paid for. */
  failure: GatewayError | undefined;
}

/**
 * Makes the vectors, in as many calls as the model needs, within the call's deadline. The first is made alone: what is wrong with all of them
 * costs one, and a breaker lets one through to see how the model is.
 *
 * @throws GatewayError of the first call that failed for good.
 */
export async function embedTexts(call: EmbeddingCall, plan: EmbeddingPlan, tally: EmbeddingTally, ports: GatewayPorts): Promise<Vectors> {
  const { modelTimeoutMs } = ports.platform.limits;
  const stop = new LinkedAbort(call.signal);
  const expire = () => stop.abort(timedOut(plan.model.id, modelTimeoutMs));
  const timer = setTimeout(expire, Math.min(modelTimeoutMs, MAX_TIMER_MS));
  const deadlineMs = tally.startedMs + modelTimeoutMs;
  const embedding: Embedding = { call, plan, ports, tally, signal: stop.signal, deadlineMs, failure: undefined };
  try {
    const vectors = await embedAll(embedding);
    tally.completed(vectors);
    return vectors;
  } catch (error) {
    tally.fail(asGatewayError(error));
    throw tally.error;
  } finally {
    clearTimeout(timer);
    stop.close();
    tally.endedMs = ports.clock.monotonicMs();
  }
}

async function embedAll(embedding: Embedding): Promise<Vectors> {
  const { texts, model } = embedding.plan;
  const [first = [], ...others] = inBatches(texts, model.maxInputsPerCall);
  const vectors: Vectors[] = [await embedBatch(first, embedding)];
  let begun = 0;
  async function work(): Promise<void> {
    while (embedding.failure === undefined && begun < others.length) {
      begun += 1;
      const index = begun;
      try {
        vectors[index] = await embedBatch(others[index - 1] ?? [], embedding);
      } catch (error) {
        embedding.failure ??= asGatewayError(error);
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(MAX_CONCURRENT_CALLS, others.length) }, work));
  if (embedding.failure !== undefined) throw embedding.failure;
  return vectors.flat();
}

/** One call of the model, and again while it is worth it. */
async function embedBatch(texts: readonly string[], embedding: Embedding): Promise<Vectors> {
  const { plan, ports, tally, signal, deadlineMs } = embedding;
  const { breakers, clock, platform } = ports;
  const key = breakerKeyOf(plan.model);
  let last: GatewayError | undefined;
  for (let failures = 1; ; failures += 1) {
    const permit = breakers.enter(key);
    if (permit === undefined) {
      tally.decided('skip', 'breaker_open');
      throw last ?? leftAlone(plan.model.id, breakers.waitMs(key));
    }
    try {
      const { vectors } = await callOnce(texts, embedding);
      checkVectors(vectors, texts.length, plan);
      permit.succeeded();
      return vectors;
    } catch (cause) {
      last = asGatewayError(cause);
      // A deadline that passes amid answers says how much was asked for, not how the model is.
      if (isModelFailure(last.code) && !(signal.aborted && tally.hasAnswered)) permit.failed();
      if (cause instanceof WrongVectors || signal.aborted || !isRetryable(last.code)) throw last;
      const { retryAfterSeconds } = last;
      const remainingMs = deadlineMs - clock.monotonicMs();
      const waitMs = retryDelayMs(platform.routing.retry, { failures, retryAfterSeconds, remainingMs }, Math.random);
      if (waitMs === undefined || embedding.failure !== undefined) throw last;
      logRetried(last, embedding);
      tally.decided('retry', last.code, waitMs);
      await waitOrLeave(waitMs, signal);
    } finally {
      permit.released();
    }
  }
}

async function callOnce(texts: readonly string[], { plan, ports, tally, signal }: Embedding): Promise<EmbeddingAnswer> {
  const { clock, platform } = ports;
  const { model, dimensions, body } = plan;
  const silence = new Silence(model.id, platform.routing.timeouts, signal);
  const startedMs = clock.monotonicMs();
  silence.begin();
  try {
    const answer = await plan.embed({ model, texts, dimensions, inputType: body.input_type }, silence.signal);
    tally.answered(texts, answer.inputTokens, clock.monotonicMs() - startedMs);
    return answer;
  } catch (cause) {
    const error = silence.signal.aborted && !(cause instanceof GatewayError) ? cancelled() : asGatewayError(cause);
    tally.callFailed(error, clock.monotonicMs() - startedMs);
    throw error;
  } finally {
    silence.close();
  }
}

/** An answer that is paid for, and of no use: asked again, the model would be paid again. */
class WrongVectors extends GatewayError {}

/** A vector of another length, or one that belongs to another text, would spoil an index without anyone's noticing. */
function checkVectors(vectors: Vectors, count: number, { model, dimensions }: EmbeddingPlan): void {
  const wrong = vectors.find(({ length }) => length !== dimensions);
  if (vectors.length === count && wrong === undefined) return;
  const said =
    wrong === undefined
      ? `${vectors.length} vectors where ${count} were asked for`
      : `a vector of ${wrong.length} numbers where ${dimensions} were asked for`;
  throw new WrongVectors('model_unavailable', `Model \`${model.id}\` gave ${said}: it cannot be used as it is configured here.`);
}

async function waitOrLeave(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(ms, signal);
  } catch (reason) {
    throw reason instanceof GatewayError ? reason : cancelled();
  }
}

/** A failure that the caller is not told of. */
function logRetried(error: GatewayError, { call, ports }: Embedding): void {
  const fields = { trace_id: call.id, error_code: error.code, error: describeError(error) };
  if (error.status >= 500) ports.log.error('model failed', fields);
  else ports.log.info('model failed', fields);
}

function inBatches(texts: readonly string[], size: number): (readonly string[])[] {
  return Array.from({ length: Math.ceil(texts.length / size) }, (_, index) => texts.slice(index * size, (index + 1) * size));
}

function timedOut(modelId: string, timeoutMs: number): GatewayError {
  return new GatewayError(
    'model_timeout',
    `Model \`${modelId}\` did not embed all texts within ${timeoutMs} ms. Send fewer, or try again.`,
  );
}
