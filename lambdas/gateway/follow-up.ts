import { describeError, type LogFields } from '../core/log';
import type { Measurements } from '../core/metrics';
import { newCallId } from '../core/trace-id';
import type { Call, GatewayPorts } from './call';
import type { GatewayAnswer } from './gateway-answer';
import { watchedTenant } from './measure';
import { StageTimes } from './stage-times';

/** Left for the settlement, and for the function's end. */
const MARGIN_MS = 10_000;
/** Less is not worth a model's price. */
const LEAST_MS = 5_000;
const MICRO_PER_USD = 1_000_000;

/** A call that the gateway makes of its own accord, once a caller's call is answered. */
export interface FollowUp {
  /** In log lines. */
  readonly name: string;
  /** In place of HTTP's, which it has none of. */
  readonly method: string;
  readonly about: LogFields;
  /** Its spending is measured as this service's. */
  readonly service: string;
  /** Whose spending it is: the tenant's whose accounts pay for it. Absent: no tenant's. */
  readonly tenant?: string;
}

/**
 * Makes a call after a caller's, with an id, an intent and a settlement of its own, whose answer nobody receives. Never rejects: the caller has its answer, and what
 * goes wrong is a log line.
 *
 * @param remainingMs How long the process may still work.
 * @param make Is given the new call, of the original's caller and tags, and asks; undefined where there turns out to be nothing to ask.
 * @returns what was answered as a whole, once it is settled; undefined where nothing was.
 */
export async function followUp(
  original: Call,
  { name, method, about, service, tenant }: FollowUp,
  remainingMs: () => number,
  ports: GatewayPorts,
  make: (call: Call, ports: GatewayPorts) => Promise<GatewayAnswer | undefined>,
): Promise<(Pick<GatewayAnswer, 'headers'> & { readonly body: string }) | undefined> {
  const { clock, log } = ports;
  const workMs = Math.floor(remainingMs() - MARGIN_MS);
  if (workMs < LEAST_MS) {
    log.info(`${name} skipped`, { ...about, reason: 'no time left' });
    return undefined;
  }
  const startedAtMs = clock.nowMs();
  const id = newCallId(startedAtMs);
  const line: Call['line'] = { trace_id: id, method };
  let finished = Promise.resolve();
  const startedMs = clock.monotonicMs();
  const call: Call = {
    id,
    startedAtMs,
    startedMs,
    stages: new StageTimes(clock, startedMs),
    caller: original.caller,
    signal: original.ending ?? new AbortController().signal,
    line,
    tags: original.tags,
    // It is there to ask a model.
    cacheControl: { mayRead: false, mayStore: false, ttlSeconds: undefined },
    finishAfter: (work) => {
      finished = work;
    },
  };
  let whole: { readonly headers: GatewayAnswer['headers']; readonly body: string } | undefined;
  try {
    const answer = await make(call, withinTime(ports, workMs));
    if (answer === undefined) return undefined;
    const { headers, body } = answer;
    if (typeof body !== 'string') throw new TypeError('what nobody receives is answered as a whole');
    whole = { headers, body };
  } catch (error) {
    log.info(`${name} failed`, { ...about, trace_id: id, error: describeError(error) });
  }
  await finished;
  log.info(name, { ...about, ...line });
  measureCost(line, { Service: service, ...watchedTenant(tenant, ports.platform) }, ports);
  return whole;
}

/** Spending is spending; of what callers asked for nothing else is measured. */
function measureCost(
  { trace_id, cost_micro_usd }: Call['line'],
  dimensions: Measurements['dimensions'],
  { metrics, log }: GatewayPorts,
): void {
  if (cost_micro_usd === undefined) return;
  try {
    metrics.record({ values: { CostUsd: cost_micro_usd / MICRO_PER_USD }, dimensions });
  } catch (error) {
    log.error('metrics not published', { trace_id, error: describeError(error) });
  }
}

/** @param workMs Of the whole call. */
function withinTime(ports: GatewayPorts, workMs: number): GatewayPorts {
  const { limits } = ports.platform;
  return { ...ports, platform: { ...ports.platform, limits: { ...limits, modelTimeoutMs: Math.min(limits.modelTimeoutMs, workMs) } } };
}
