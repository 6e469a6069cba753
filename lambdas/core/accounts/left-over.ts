import type { AuditStore, UnknownStore } from '../audit';
import type { Amount } from './account';
import type { Hold } from './hold';
import { readLeaseState } from './lease-record';
import type { SweepPorts } from './sweep';

/** Records of calls that are read at the same time. */
const AT_A_TIME = 25;

/** What a hold that was left over came to. */
export interface LeftOver {
  readonly microUsd: number;
  /** Calls of which nobody knows, charged at their worst. */
  readonly unknown: number;
  /** What those came to. */
  readonly unknownMicroUsd: number;
}

/** Of a hold that nothing is let in by any more, and whose calls are over. Records it where nobody knows. */
export async function leftOverOf(hold: Hold, ports: SweepPorts): Promise<LeftOver> {
  const nowMs = ports.clock.nowMs();
  if (!hold.isLease) return callLeftOver(hold.id, hold.amount, ports.audit, nowMs);
  const { spentMicroUsd, open } = await readLeaseState(ports.client, ports.table, hold.id);
  const calls = [...open];
  let sum: LeftOver = { microUsd: spentMicroUsd, unknown: 0, unknownMicroUsd: 0 };
  for (let from = 0; from < calls.length; from += AT_A_TIME) {
    const some = calls.slice(from, from + AT_A_TIME);
    sum = (await Promise.all(some.map(([id, worst]) => callLeftOver(id, worst, ports.audit, nowMs)))).reduce(plus, sum);
  }
  return sum;
}

async function callLeftOver(
  id: string,
  worst: Pick<Amount, 'microUsd'>,
  audit: Pick<AuditStore, 'read'> & UnknownStore,
  nowMs: number,
): Promise<LeftOver> {
  const known = (microUsd: number): LeftOver => ({ microUsd, unknown: 0, unknownMicroUsd: 0 });
  const records = await audit.read(id);
  // Without an intent no model was called.
  if (records === undefined) return known(0);
  const { intent, settlement, unknown } = records;
  if (settlement !== undefined) return known(settlement.cost_micro_usd);
  // One call has a hold in several accounts, and one record.
  const { tenant, attribution, route } = intent;
  const record = unknown ?? { tenant, cost_micro_usd: worst.microUsd, recorded_at: nowMs, model: route?.model, attribution };
  if (unknown === undefined) await audit.insertUnknown(id, record);
  return { microUsd: record.cost_micro_usd, unknown: 1, unknownMicroUsd: record.cost_micro_usd };
}

function plus(a: LeftOver, b: LeftOver): LeftOver {
  return {
    microUsd: a.microUsd + b.microUsd,
    unknown: a.unknown + b.unknown,
    unknownMicroUsd: a.unknownMicroUsd + b.unknownMicroUsd,
  };
}
