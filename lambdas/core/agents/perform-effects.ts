import { EffectRefusedError, EffectUnknownError } from './errors';
import type { EffectPorts, EffectRequest } from './effect';

/** What is known of an effect: nothing yet, asked for, or done. */
export type EffectState = 'new' | 'asked' | 'done';

/** Keeps what was asked for. Every method is one write, whole or not at all. */
export interface EffectLedger {
  /** Notes that the effect is asked for, and tells what was known before. */
  ask(request: EffectRequest): Promise<EffectState>;
  /** Notes that it was done. */
  done(request: EffectRequest): Promise<void>;
  /** Takes the note back: nothing was done. */
  refuse(request: EffectRequest): Promise<void>;
}

/**
 * Performs what is not done yet, in order. Each effect happens at most once by its key, whatever crashes in between: what the destination itself
 * recognizes by the key is asked for again until it succeeds, and what it does not, never again.
 *
 * @returns How many were performed, of those that were not done before.
 * @throws EffectUnknownError, or what a port throws. Those after it are not asked for.
 */
export async function performEffects(requests: readonly EffectRequest[], ports: EffectPorts, ledger: EffectLedger): Promise<number> {
  let performed = 0;
  for (const request of requests) if (await performOnce(request, ports, ledger)) performed += 1;
  return performed;
}

async function performOnce(request: EffectRequest, ports: EffectPorts, ledger: EffectLedger): Promise<boolean> {
  const port = Object.hasOwn(ports, request.effect) ? ports[request.effect] : undefined;
  if (port === undefined) throw new EffectRefusedError(`There is no port for effect "${request.effect}" of agent ${request.agent}.`);
  const before = await ledger.ask(request);
  if (before === 'done') return false;
  if (before === 'asked' && port.repeatable === 'once') throw new EffectUnknownError(request.key);
  try {
    await port.perform(request);
  } catch (error) {
    // Of what was asked for before, an earlier attempt may have been the one that worked.
    if (error instanceof EffectRefusedError && before === 'new') await ledger.refuse(request);
    throw error;
  }
  await ledger.done(request);
  return true;
}
