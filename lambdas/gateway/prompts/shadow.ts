import { serviceDimension } from '../../../config/metrics';
import type { Call, GatewayPorts } from '../call';
import { followUp } from '../follow-up';
import { complete } from '../pipeline';
import { prepareShadow, type ShadowPlan } from './prepare-prompt';
import { promptLine } from './prompt-use';

/**
 * Asks the shadow of an experiment what a call was asked, once that is answered: a call of its own in the audit trail, paid by the experiment,
 * whose answer nobody receives. Never rejects: what goes wrong is the experiment's.
 *
 * @param remainingMs How long the process may still work.
 */
export async function askShadow(original: Call, plan: ShadowPlan, remainingMs: () => number, ports: GatewayPorts): Promise<void> {
  const about = { shadow_of: original.id, experiment: plan.experimentId, arm: plan.arm.name };
  const shadow = { name: 'shadow call', method: 'SHADOW', about, service: serviceDimension.experiments };
  await followUp(original, shadow, remainingMs, ports, async (call, timed) => {
    const copy = await prepareShadow(plan, original.id, ports.prompts);
    if (copy === undefined) {
      ports.log.error('shadow call skipped', { ...about, reason: 'its version does not exist' });
      return undefined;
    }
    Object.assign(call.line, promptLine(copy.use), { tenant: original.caller.tenant });
    // Where the caller's data may go, and by which models, holds for the copy too.
    const caller = { ...original.caller, team: undefined, accounts: [accountOf(plan)] };
    return complete({ ...call, caller, prompt: copy.use }, copy.prepared, timed);
  });
}

function accountOf({ promptId, experimentId, arm: { microUsdPerDay } }: ShadowPlan): Call['caller']['accounts'][number] {
  return { kind: 'experiment', id: `${promptId}.${experimentId}`, limits: { microUsdPerDay } };
}
