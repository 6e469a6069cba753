import type { AdminResultRecord } from '../core/administration/admin-audit';
import { RegistryError } from '../core/administration/registry-input';
import { describeError } from '../core/log';
import type { CallId } from '../core/trace-id';
import type { ActResult, PreparedAct } from './act';
import type { AdminPorts } from './ports';
import { toGatewayError } from './to-gateway-error';

interface Asked {
  /** Its name. */
  readonly act: string;
  readonly id: CallId;
  /** ARN of the caller. */
  readonly by: string;
  readonly prepared: PreparedAct;
}

/**
 * Does an act between two records: without the first nothing is done. That the second could not be written does not take back what was done, and
 * whoever asked has to have the answer: a key is shown once.
 *
 * @throws GatewayError when the act could not be recorded; whatever the act throws.
 */
export async function carryOut({ act, id, by, prepared }: Asked, { audit, clock, log, registry }: AdminPorts): Promise<ActResult> {
  const nowMs = clock.nowMs();
  await audit.insertAct(id, { act, by, parameters: { ...prepared.parameters }, created_at: nowMs });
  const conclude = async (result: Pick<AdminResultRecord, 'outcome' | 'subject' | 'reason'>) => {
    try {
      await audit.insertResult(id, { act, by, ...result, recorded_at: clock.nowMs() });
    } catch (error) {
      log.error('result of an act not recorded', { trace_id: id, act, by, ...result, error: describeError(error) });
    }
  };
  try {
    const result = await prepared.run({ registry, by, nowMs });
    await conclude({ outcome: 'done', subject: result.subject });
    return result;
  } catch (error) {
    const refusal = error instanceof RegistryError ? error.message : undefined;
    await conclude(
      refusal === undefined ? { outcome: 'failed', reason: toGatewayError(error).code } : { outcome: 'refused', reason: refusal },
    );
    throw error;
  }
}
