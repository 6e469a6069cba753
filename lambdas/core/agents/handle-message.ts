import { makeIdempotent } from '@aws-lambda-powertools/idempotency';
import type { Context } from 'aws-lambda';
import { canonicalJson } from '../canonical-json';
import { InvalidEventError, type Quarantine, readEvent, type ReceivedEvent } from '../events';
import type { Agent } from './agent';
import { NotStartedError } from './errors';
import { reviewResolved } from './events';
import { resolveDecision, type Resolutions } from './resolve-decision';
import { type AgentPorts, runAgent, type RunResult } from './run-agent';
import { RunLock, runLockConfig } from './run-lock';
import type { RunsTable } from './runs-table';

/** What is left of the invocation when the wait for the model ends: enough to say what happened. */
const RESERVED_MS = 5_000;
/** With less than this to wait for a model, nothing is begun. */
const LEAST_MS = 5_000;

export interface MessagePorts extends AgentPorts {
  readonly runs: RunsTable;
  readonly resolutions: Resolutions;
  readonly quarantine: Quarantine;
}

/** `quarantined`: nobody can read it, and it is kept with the reason. */
export type MessageResult = RunResult | 'quarantined';

/**
 * One message of the agent's queue: an event of its contract, or how a review of its own was resolved. However often it comes, and however many
 * hold it at once, one works on it.
 *
 * @throws what runAgent and resolveDecision do; NotStartedError; errors of the idempotency library: in progress elsewhere, or the same id with
 *   another body.
 */
export async function handleMessage(
  agent: Agent,
  body: string,
  ports: MessagePorts,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<MessageResult> {
  try {
    return await dispatch(agent, body, ports, context);
  } catch (error) {
    if (!(error instanceof InvalidEventError)) throw error;
    await ports.quarantine(body, error);
    return 'quarantined';
  }
}

async function dispatch(
  agent: Agent,
  body: string,
  ports: MessagePorts,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<RunResult> {
  const remainingMs = context.getRemainingTimeInMillis() - RESERVED_MS;
  if (remainingMs < LEAST_MS) throw new NotStartedError(`${remainingMs} ms are left of the invocation: not begun.`);
  if (isResolution(body)) {
    const event = readEvent(reviewResolved, body);
    return onlyOnce(agent, event, ports, context, () => resolveDecision(agent, event.data.decision_id, ports.resolutions, ports));
  }
  const event = readEvent(agent.event, body);
  const { id, time, data } = event;
  return onlyOnce(agent, event, ports, context, () =>
    runAgent(agent, { id, timeMs: Date.parse(time), data }, ports, AbortSignal.timeout(remainingMs)),
  );
}

function onlyOnce(
  agent: Agent,
  { name, id, data }: ReceivedEvent<unknown>,
  { runs }: MessagePorts,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
  work: () => Promise<RunResult>,
): Promise<RunResult> {
  const config = runLockConfig(runs.retentionDays);
  // Nothing of the context but the time that is left is asked for.
  config.registerLambdaContext(context as Context);
  const locked = makeIdempotent(async (_event: { readonly id: string; readonly body: string }) => ({ ...(await work()) }), {
    persistenceStore: new RunLock(runs),
    config,
    keyPrefix: agent.name,
  });
  return locked({ id: `${name}/${id}`, body: canonicalJson(data) });
}

/** Both come by the same queue. */
function isResolution(body: string): boolean {
  try {
    return (JSON.parse(body) as { readonly 'detail-type'?: unknown } | null)?.['detail-type'] === reviewResolved.name;
  } catch {
    return false;
  }
}
