import { serviceDimension } from '../../../config/metrics';
import { describeError } from '../../core/log';
import { newCallId } from '../../core/trace-id';
import type { Call, GatewayPorts } from '../call';
import { StageTimes } from '../stage-times';
import { complete } from '../pipeline';
import { prepareShadow, type ShadowPlan } from './prepare-prompt';
import { promptLine } from './prompt-use';

/** Left for the settlement, and for the function's end. */
const MARGIN_MS = 10_000;
/** Less is not worth a model's price. */
const LEAST_MS = 5_000;
const MICRO_PER_USD = 1_000_000;

/**
 * Asks the shadow of an experiment what a call was asked, once that is answered: a call of its own in the audit trail, paid by the experiment,
 * whose answer nobody receives. Never rejects: what goes wrong is the experiment's.
 *
 * @param remainingMs How long the process may still work.
 */
export async function askShadow(original: Call, plan: ShadowPlan, remainingMs: () => number, ports: GatewayPorts): Promise<void> {
  const { clock, log } = ports;
  const about = { shadow_of: original.id, experiment: plan.experimentId, arm: plan.arm.name };
  const workMs = Math.floor(remainingMs() - MARGIN_MS);
  if (workMs < LEAST_MS) return log.info('shadow call skipped', { ...about, reason: 'no time left' });
  const startedAtMs = clock.nowMs();
  const id = newCallId(startedAtMs);
  const line: Call['line'] = { trace_id: id, method: 'SHADOW' };
  const startedMs = clock.monotonicMs();
  let finished = Promise.resolve();
  try {
    const copy = await prepareShadow(plan, original.id, ports.prompts);
    if (copy === undefined) return log.error('shadow call skipped', { ...about, reason: 'its version does not exist' });
    Object.assign(line, promptLine(copy.use), { tenant: original.caller.tenant });
    const call: Call = {
      id,
      startedAtMs,
      startedMs,
      stages: new StageTimes(clock, startedMs),
      // Where the caller's data may go, and by which models, holds for the copy too.
      caller: { ...original.caller, team: undefined, accounts: [accountOf(plan)] },
      signal: new AbortController().signal,
      line,
      tags: original.tags,
      // A copy is there to ask a model.
      cacheControl: { mayRead: false, mayStore: false, ttlSeconds: undefined },
      prompt: copy.use,
      finishAfter: (work) => {
        finished = work;
      },
    };
    const answer = await complete(call, copy.prepared, withinTime(ports, workMs));
    if (typeof answer.body !== 'string') throw new TypeError('a copied call is answered as a whole');
  } catch (error) {
    log.info('shadow call failed', { ...about, trace_id: id, error: describeError(error) });
  }
  await finished;
  log.info('shadow call', { ...about, ...line });
  measureCost(line, ports);
}

/** Spending is spending; of what callers asked for nothing else is measured. */
function measureCost({ trace_id, cost_micro_usd }: Call['line'], { metrics, log }: GatewayPorts): void {
  if (cost_micro_usd === undefined) return;
  try {
    metrics.record({ values: { CostUsd: cost_micro_usd / MICRO_PER_USD }, dimensions: { Service: serviceDimension.experiments } });
  } catch (error) {
    log.error('metrics not published', { trace_id, error: describeError(error) });
  }
}

function accountOf({ promptId, experimentId, arm: { microUsdPerDay } }: ShadowPlan): Call['caller']['accounts'][number] {
  return { kind: 'experiment', id: `${promptId}.${experimentId}`, limits: { microUsdPerDay } };
}

/** @param workMs Of the whole call. */
function withinTime(ports: GatewayPorts, workMs: number): GatewayPorts {
  const { limits } = ports.platform;
  return { ...ports, platform: { ...ports.platform, limits: { ...limits, modelTimeoutMs: Math.min(limits.modelTimeoutMs, workMs) } } };
}
