import type { StoredAnswer } from '../../core/answer-cache/answer-cache';
import { asGatewayError, GatewayError } from '../../core/errors';
import { type ModelEvents, type ModelEventIterator, type ModelStream, type NextEvents, OVER } from '../adapters/adapter';
import { eventsOfAnswer } from '../cache/replay';
import type { Call, GatewayPorts } from '../call';
import { recorderFor } from '../for-records';
import { keepsContent } from '../keeps-content';
import { MessageCollector } from '../openai/completion';
import type { ChatRequest } from '../openai/request';
import { RunTally } from '../run-tally';
import { managedEvents } from '../safety/managed-answer';
import { type Asking, askInTurn, logPassedOver } from './ask-in-turn';
import { askUntilValid } from './ask-until-valid';
import { cancelled } from './attempt';
import { degradedAnswer, mayDegrade } from './degrade';
import type { GuardedRequest } from './guard-input';
import { LinkedAbort } from './linked-abort';
import type { Route } from './route';
import { MAX_TIMER_MS } from './timer';

/** A call's models at work, one at a time. */
export interface ModelRun {
  /**
   * The answer. A model is called when the first events are asked for; an empty batch says that one has begun and that what it says is held
   * back. Throws the GatewayError that `tally.error` then has.
   */
  readonly events: ModelStream;
  readonly tally: RunTally;
  /** Stops the model where it is; resolves once it has let go. Nothing happens after the end. */
  cancel(): Promise<void>;
}

/** What the call's safety policy found in its input, and what it does with its answer. */
type Guarded = Pick<GuardedRequest<ChatRequest>, 'records' | 'answer' | 'managed'>;

/**
 * Asks the route's models, within the call's deadline, for an answer; one that is to hold to a schema is seen to hold before it is shown.
 *
 * @param stale What is answered where no model is able to.
 */
export function callModel(call: Call, route: Route, guarded: Guarded, ports: GatewayPorts, stale?: StoredAnswer): ModelRun {
  const { clock } = ports;
  const { limits, routing } = ports.platform;
  const stop = new LinkedAbort(call.signal);
  const { signal } = stop;
  const managed = guarded.managed?.looksAt('output') === true ? guarded.managed : undefined;
  const trail = [...guarded.records, ...route.skipped];
  const collector = keepsContent(ports.platform) && guarded.answer === undefined ? new MessageCollector() : undefined;
  const recorder = keepsContent(ports.platform) ? (guarded.answer?.recorder() ?? collector) : undefined;
  const isWhole = () => tally.finishReason !== undefined;
  const recorded = recorder && recorderFor(call, recorder, ports.platform, isWhole);
  const tally: RunTally = new RunTally(clock.monotonicMs(), trail, recorded);
  const deadlineMs = tally.startedMs + limits.modelTimeoutMs;
  const asking: Asking = { call, ports, tally, signal, deadlineMs, ceilingMicroUsd: route.ceilingMicroUsd };

  let source: ModelEventIterator | undefined;
  let underWay: Promise<NextEvents> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;

  function begin(): ModelEventIterator {
    const expire = () => stop.abort(timedOut(tally.lastCandidate ?? route.candidates[0], limits.modelTimeoutMs));
    timer = setTimeout(expire, Math.min(limits.modelTimeoutMs, MAX_TIMER_MS));
    return route.check === undefined ? askShown() : askUntilValid(route, route.check, { answer: guarded.answer, managed }, asking);
  }

  function end(): void {
    isOver = true;
    clearTimeout(timer);
    stop.close();
    tally.endedMs = clock.monotonicMs();
    tally.trail.push(...(managed?.records('answered') ?? []), ...(guarded.answer?.records() ?? []));
    // Of a reader that left between two events.
    if (tally.finishReason === undefined) tally.fail(cancelled());
  }

  async function next(): Promise<NextEvents> {
    if (isOver) return OVER;
    let result: NextEvents;
    try {
      source ??= begin();
      result = await source.next();
    } catch (cause) {
      result = insteadOf(cause);
    }
    if (!result.done && collector !== undefined) for (const event of result.value) collector.add(event);
    if (result.done || result.isLast) end();
    return result;
  }

  /** Something is said in its place, or it is thrown as what the tally has. */
  function insteadOf(cause: unknown): NextEvents {
    try {
      const degraded = degradedInPlaceOf(cause);
      if (degraded === undefined) throw cause;
      source = NOTHING_MORE;
      return { done: false, value: guarded.answer?.whole(degraded) ?? degraded };
    } catch (error) {
      tally.fail(signal.aborted && !(error instanceof GatewayError) ? cancelled() : asGatewayError(error));
      end();
      throw tally.error;
    }
  }

  function askShown(): ModelEventIterator {
    const answer = askInTurn({ candidates: route.candidates, isHeldBack: false }, asking);
    // Before the caller's own values stand in it again: the guardrail need not have them.
    const seen = managed === undefined ? answer : managedEvents(managed, answer, route.body.stream === true);
    return guarded.answer?.events(seen, call.stages) ?? seen;
  }

  /** Undefined where nothing is said in place of what failed. */
  function degradedInPlaceOf(cause: unknown): ModelEvents | undefined {
    const failure = asGatewayError(cause);
    if (tally.firstEventMs !== undefined || signal.aborted) return undefined;
    // What was once held to the schema of the same request still holds to it.
    const old = stale !== undefined && mayDegrade(failure.code) ? eventsOfAnswer(stale) : undefined;
    const events =
      old ?? (route.check === undefined ? degradedAnswer(routing.degraded, failure.code, route.candidates[0].request.body) : undefined);
    if (events === undefined) return undefined;
    logPassedOver(failure, asking);
    tally.degrade(failure, clock.monotonicMs(), events, old && stale);
    return events;
  }

  const events: ModelStream = {
    next: () => (underWay = next()),
    async return() {
      // As of a generator: the events that were asked for come first.
      await underWay?.catch(() => undefined);
      if (isOver) return OVER;
      isOver = true;
      try {
        await source?.return?.();
      } finally {
        if (source !== undefined) end();
      }
      return OVER;
    },
    [Symbol.asyncIterator]: () => events,
  };
  async function cancel(): Promise<void> {
    stop.abort(cancelled());
    await events.return();
  }
  return { events, tally, cancel };
}

const NOTHING_MORE: ModelEventIterator = { next: async () => OVER };

function timedOut({ request }: Route['candidates'][number], timeoutMs: number): GatewayError {
  return new GatewayError(
    'model_timeout',
    `Model \`${request.model.id}\` did not finish within ${timeoutMs} ms. Ask for fewer tokens, or try again.`,
  );
}
