import type { AuditStore } from '../audit';
import type { IntentRecord, SettlementRecord } from '../audit-record';
import { asGatewayError, GatewayError } from '../errors';
import { describeError, type Log } from '../log';
import type { CallId } from '../trace-id';
import type { ContentObjects } from './content-objects';

/** In UTF-16 units of JSON. An item of the table has room for 400 KB, and what is larger than a few is cheaper in a bucket. */
const MAX_INLINE = 32_768;

/** The intent is written, and its input is not: the call must not go on, and has to be settled. */
export class InputNotKept extends GatewayError {
  constructor({ code, message, retryAfterSeconds, cause }: GatewayError) {
    super(code, message, { retryAfterSeconds, cause });
  }
}

/**
 * An audit store whose records may have contents of any size: large ones are put into the bucket, and the record says so. An input is there before
 * the call goes on; an output that cannot be put is given up rather than the settlement.
 */
export function withContentObjects(audit: AuditStore, objects: ContentObjects, log: Log): AuditStore {
  async function insertLargeIntent(callId: CallId, intent: IntentRecord, input: string): Promise<void> {
    const [written, kept] = await Promise.allSettled([
      audit.insertIntent(callId, { ...intent, input: undefined, input_in: 'object' }),
      objects.put(callId, 'input', input),
    ]);
    if (written.status === 'rejected') throw written.reason;
    if (kept.status === 'rejected') throw new InputNotKept(asGatewayError(kept.reason));
  }

  async function insertLargeSettlement(callId: CallId, settlement: SettlementRecord, output: string): Promise<void> {
    const output_in = await objects.put(callId, 'output', output).then(
      () => 'object' as const,
      (error: unknown) => {
        log.error('output not kept', { trace_id: callId, error: describeError(error) });
        return 'nowhere' as const;
      },
    );
    await audit.insertSettlement(callId, { ...settlement, output: undefined, output_in });
  }

  return {
    ...audit,
    insertIntent: (callId, whole) =>
      isLarge(whole.input) ? insertLargeIntent(callId, whole, whole.input) : audit.insertIntent(callId, whole),
    insertSettlement: (callId, whole) =>
      isLarge(whole.output) ? insertLargeSettlement(callId, whole, whole.output) : audit.insertSettlement(callId, whole),
  };
}

function isLarge(json: string | undefined): json is string {
  return json !== undefined && json.length > MAX_INLINE;
}
