import type { Reservation } from '../core/accounts/accounts';
import { asGatewayError, errorBody } from '../core/errors';
import { describeError } from '../core/log';
import { formatUsd } from '../core/money';
import { completionIdOf } from '../core/trace-id';
import { type ModelEvent, type ModelEventSource, type ModelStream, OVER } from './adapters/adapter';
import type { CacheState, Call, GatewayPorts } from './call';
import type { RunTally } from './run-tally';
import type { GatewayAnswer } from './gateway-answer';
import { type CallSummary, type ChunkRenderer, createChunkRenderer, DONE_EVENT, errorEvent } from './openai/chunks';
import { type CompletionIdentity, completionBody, MessageCollector } from './openai/completion';
import { HELD_BACK, keepAlive } from './openai/sse';
import { wireUsage } from './openai/usage';
import { nameOfVersion } from './prompts/prompt-use';
import type { ModelRun } from './stages/call-model';
import { rateHeaders } from './stages/reserve';
import type { Route } from './stages/route';
import { overheadMs } from './stages/settle';

/** Front doors give up a stream that says nothing: API Gateway's after five minutes, others after one or less. */
const KEEP_ALIVE_MS = 15_000;

/** Everything that an answer is made of. */
export interface Answer {
  readonly call: Call;
  readonly route: Route;
  readonly reservation: Reservation | undefined;
  readonly run: ModelRun;
  /** The run's events from the first on, which have arrived. */
  readonly events: ModelEventSource;
  readonly ports: GatewayPorts;
}

/** Waits for the model's first events, so that what goes wrong until then is answered with a status of its own. */
export async function awaitFirstEvents(events: ModelStream): Promise<ModelEventSource> {
  const first = await events.next();
  let isFirstGiven = false;
  const replayed = {
    next() {
      if (isFirstGiven) return events.next();
      isFirstGiven = true;
      return Promise.resolve(first);
    },
  };
  return { [Symbol.asyncIterator]: () => replayed };
}

/** The whole answer as one JSON body. @throws GatewayError when the model fails at any point. */
export async function plainAnswer(answer: Answer): Promise<GatewayAnswer> {
  const { call, run, ports } = answer;
  const collector = new MessageCollector();
  const events = answer.events[Symbol.asyncIterator]();
  for (let next = await events.next(); !next.done; next = next.isLast === true ? OVER : await events.next()) {
    for (const event of next.value) collector.add(event);
  }
  const { usage, costMicroUsd } = run.tally.charge();
  const body = completionBody(identityOf(answer), collector, run.tally.finishReason ?? 'stop', wireUsage(usage));
  const headers = commonHeaders(answer);
  headers['content-type'] = 'application/json';
  headers['x-blueprint-model'] = run.tally.answeredBy;
  headers['x-blueprint-cost-usd'] = formatUsd(costMicroUsd);
  headers['x-blueprint-overhead-ms'] = String(overheadMs(call, run.tally, ports));
  headers['x-blueprint-attempts'] = String(run.tally.attemptCount);
  return { body: JSON.stringify(body), headers };
}

/** The answer as server-sent events. @param onEnd Called once, after the last byte or when the reader has left. */
export function streamedAnswer(answer: Answer, onEnd: () => void): GatewayAnswer {
  const events = answer.route.check === undefined ? render(answer) : keepAlive(render(answer), KEEP_ALIVE_MS);
  const headers = commonHeaders(answer);
  // Of an answer that is held back it is not known yet whose it will be: its chunks say it.
  if (answer.route.check === undefined) headers['x-blueprint-model'] = answer.run.tally.answeredBy;
  headers['content-type'] = 'text/event-stream; charset=utf-8';
  headers['cache-control'] = 'no-cache, no-transform';
  return { body: { events, onCancel: () => answer.run.cancel(), onEnd }, headers };
}

async function* render(answer: Answer): AsyncGenerator<string, void> {
  const { call, route, run, events, ports } = answer;
  const includeUsage = route.body.stream_options?.include_usage === true;
  let renderer: ChunkRenderer | undefined;
  try {
    const batches = events[Symbol.asyncIterator]();
    for (let next = await batches.next(); !next.done; next = next.isLast === true ? OVER : await batches.next()) {
      if (next.value.length === 0) yield HELD_BACK;
      let chunks = '';
      for (const event of next.value) {
        if (renderer === undefined) {
          // Not before: until an answer is there, it is not known whose it is.
          renderer = createChunkRenderer(identityOf(answer), includeUsage);
          chunks += renderer.role(event.type !== 'tool_call');
        }
        chunks += renderEvent(renderer, event);
      }
      if (chunks !== '') yield chunks;
    }
    let last = DONE_EVENT;
    if (includeUsage && renderer !== undefined) last = renderer.usage(wireUsage(run.tally.charge().usage), summaryOf(answer)) + DONE_EVENT;
    yield last;
  } catch (cause) {
    const error = asGatewayError(cause);
    run.tally.fail(error);
    if (error.status >= 500) ports.log.error('stream failed', { trace_id: call.id, error_code: error.code, error: describeError(error) });
    yield errorEvent(errorBody(error, call.id), summaryOf(answer));
  } finally {
    if (run.tally.endedMs === undefined) await run.cancel();
  }
}

function summaryOf({ call, run, ports }: Answer): CallSummary {
  return {
    trace_id: call.id,
    cost_usd: run.tally.charge().costMicroUsd / 1e6,
    overhead_ms: overheadMs(call, run.tally, ports),
    attempts: run.tally.attemptCount,
  };
}

/** Empty for what says nothing to a client. */
function renderEvent(renderer: ChunkRenderer, event: ModelEvent): string {
  switch (event.type) {
    case 'text':
      return renderer.text(event.text, event.logprobs);
    case 'reasoning':
      return event.text === '' ? '' : renderer.reasoning(event.text);
    case 'tool_call':
      return renderer.toolCall(event.index, event.id, event.name);
    case 'tool_arguments':
      return renderer.toolArguments(event.index, event.text);
    case 'finish':
      return renderer.finish(event.reason);
    case 'usage':
      return '';
  }
}

function identityOf({ call, run }: Answer): CompletionIdentity {
  return { id: completionIdOf(call.id), createdSeconds: Math.floor(call.startedAtMs / 1000), model: run.tally.answeredBy };
}

/** Of an answer that is held back: `miss`, until it is known. */
export function cacheStateOf({ substituted }: RunTally): CacheState {
  return substituted === undefined || substituted === 'static' ? 'miss' : substituted;
}

function commonHeaders({ call, route, reservation, run }: Answer): Record<string, string> {
  const headers = reservation === undefined ? {} : rateHeaders(reservation);
  headers['x-blueprint-route'] = route.reason;
  headers['x-blueprint-cache'] = cacheStateOf(run.tally);
  if (run.tally.similarity !== undefined) headers['x-blueprint-cache-similarity'] = run.tally.similarity.toFixed(4);
  if (call.prompt !== undefined) {
    headers['x-blueprint-prompt-version'] = nameOfVersion(call.prompt);
    headers['x-blueprint-prompt-hash'] = call.prompt.hash;
  }
  if (run.tally.degraded !== undefined) headers['x-blueprint-degraded'] = run.tally.degraded;
  return headers;
}
