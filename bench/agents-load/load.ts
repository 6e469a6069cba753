import { setTimeout as sleep } from 'node:timers/promises';
import { type ScanCommandOutput, paginateScan } from '@aws-sdk/client-dynamodb';
import { EventBridge } from '@aws-sdk/client-eventbridge';
import { churn, orderCancelled } from '../../lambdas/agents/churn/agent';
import { decisionIdOf } from '../../lambdas/core/agents/decision';
import { createPublisher } from '../../lambdas/core/events';
import { DirectCaller, type DirectCalls } from './direct-caller';
import { type LoadedPlatform, RESERVED_CONCURRENCY } from './platform';

const WARM_EVENTS = 10;
const WARM_DRAIN_SECONDS = 60;

export interface LoadSettings {
  readonly eventsPerSecond: number;
  readonly seconds: number;
  /** How long the direct caller calls before there is any load. */
  readonly quietSeconds: number;
  readonly directPerSecond: number;
  /** How long the backlog may take at most: not an expectation, but an end. */
  readonly drainSeconds: number;
}

export interface LoadResult {
  readonly published: number;
  readonly mostAtOnce: number;
  /** Largest backlog that was seen, in messages. */
  readonly backlog: number;
  /** From the last event to an empty queue. */
  readonly drainedMs: number;
  readonly left: number;
  readonly deadLetters: number;
  /** Events of which there is a decision. */
  readonly decided: number;
  /** Decisions of no published event. */
  readonly strayDecisions: number;
  readonly effectsDone: number;
  /** Asked for, and not known to be done. */
  readonly effectsOpen: number;
  /** Answers of models to agents: more than `decided` were two for one event. */
  readonly agentCalls: number;
  /** Requests that the front door refused for their rate. */
  readonly throttled: number;
  readonly quiet: DirectCalls;
  readonly loaded: DirectCalls;
}

const order = (index: number) => ({
  order_id: `o-${index}`,
  customer_id: `c-${index}`,
  total_usd: 80,
  cancelled_at: '2026-06-01T12:00:00Z',
  comment: 'The price at the last step was a shock.',
  session: [{ at: '2026-06-01T11:59:00Z', type: 'shipping_cost_shown', detail: '24 USD' }],
});

/** Publishes events at a steady rate while somebody else calls the gateway directly, and waits until the queue is empty. */
export async function runLoad(platform: LoadedPlatform, settings: LoadSettings): Promise<LoadResult> {
  const { emulator, queue, deadLetters, agent, count, key } = platform;
  const direct = new DirectCaller(emulator.url, key, settings.directPerSecond);
  await warmUp(platform, direct);
  const quiet = await direct.during(() => sleep(settings.quietSeconds * 1_000));
  const callsBefore = count.get('model') ?? 0;
  const before = await kept(platform, []);
  let eventIds: readonly string[] = [];
  let backlog = 0;
  let drainedMs = 0;
  const loaded = await direct.during(async () => {
    const watch = setInterval(() => {
      backlog = Math.max(backlog, queue.sizes.visible);
    }, 250);
    eventIds = await publishSteadily(platform, settings);
    const publishedMs = performance.now();
    await drained(platform, settings.drainSeconds);
    drainedMs = performance.now() - publishedMs;
    clearInterval(watch);
  });
  const { visible, inFlight, delayed } = queue.sizes;
  return {
    published: eventIds.length,
    mostAtOnce: agent.mostAtOnce,
    backlog,
    drainedMs,
    left: visible + inFlight + delayed,
    deadLetters: deadLetters.sizes.visible + deadLetters.sizes.inFlight,
    ...less(await kept(platform, eventIds), before),
    agentCalls: (count.get('model') ?? 0) - callsBefore - loaded.answered,
    throttled: count.get('throttled') ?? 0,
    quiet,
    loaded,
  };
}

/** Starts every environment that the gateway may have, and the agent: what starting costs, the gateway's own benchmark measures. */
async function warmUp(platform: LoadedPlatform, direct: DirectCaller): Promise<void> {
  await direct.atOnce(RESERVED_CONCURRENCY);
  await publishSteadily(platform, { eventsPerSecond: WARM_EVENTS, seconds: 1 });
  await drained(platform, WARM_DRAIN_SECONDS);
}

async function publishSteadily(
  { emulator }: LoadedPlatform,
  { eventsPerSecond, seconds }: Pick<LoadSettings, 'eventsPerSecond' | 'seconds'>,
): Promise<readonly string[]> {
  const { world, administrator } = emulator;
  const client = new EventBridge({ endpoint: world.endpoint.url, region: world.region, credentials: administrator });
  const publisher = createPublisher({ client, bus: emulator.output('EventBusName') });
  const startMs = performance.now();
  const sent: Promise<string>[] = [];
  for (let index = 0; index < eventsPerSecond * seconds; index += 1) {
    await sleep(Math.max(0, startMs + (index / eventsPerSecond) * 1_000 - performance.now()));
    sent.push(publisher.publish(orderCancelled, order(index)));
  }
  const ids = await Promise.all(sent);
  client.destroy();
  return ids;
}

/** Until the agent's queue holds nothing, neither waiting nor worked on. */
async function drained({ queue, emulator }: LoadedPlatform, seconds: number): Promise<void> {
  const endMs = performance.now() + seconds * 1_000;
  await emulator.world.background.settle();
  while (performance.now() < endMs) {
    const { visible, inFlight, delayed } = queue.sizes;
    if (visible + inFlight + delayed === 0) return;
    await sleep(100);
  }
}

type Kept = Pick<LoadResult, 'decided' | 'strayDecisions' | 'effectsDone' | 'effectsOpen'>;

/** What was there before is not counted. */
function less(all: Kept, before: Kept): Kept {
  return {
    decided: all.decided,
    strayDecisions: all.strayDecisions - before.strayDecisions,
    effectsDone: all.effectsDone - before.effectsDone,
    effectsOpen: all.effectsOpen - before.effectsOpen,
  };
}

/** What the Runs table holds of these events. */
async function kept({ dynamodb, emulator }: LoadedPlatform, eventIds: readonly string[]): Promise<Kept> {
  const due = new Set(eventIds.map((id) => decisionIdOf(churn.name, id)));
  const result = { decided: 0, strayDecisions: 0, effectsDone: 0, effectsOpen: 0 };
  const pages: AsyncIterable<ScanCommandOutput> = paginateScan(
    { client: dynamodb },
    { TableName: emulator.output('RunsTable'), ConsistentRead: true },
  );
  for await (const { Items = [] } of pages) {
    for (const { sk, id, state } of Items) {
      if (sk?.S === 'DECISION') result[due.has(id?.S ?? '') ? 'decided' : 'strayDecisions'] += 1;
      if (sk?.S?.startsWith('EFFECT#')) result[state?.S === 'done' ? 'effectsDone' : 'effectsOpen'] += 1;
    }
  }
  return result;
}
