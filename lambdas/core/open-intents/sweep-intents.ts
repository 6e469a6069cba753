import type { AuditStore, UnknownStore } from '../audit';
import type { IntentRecord, UnknownRecord } from '../audit-record';
import { daysOf } from '../usage-ledger/read-usage';
import { LONGEST_CALL_MS, MARGIN_MS } from '../longest-call';
import type { CallId } from '../trace-id';
import type { Cursors } from './cursors';
import type { IntentIndex, IntentSpan } from './intent-index';

export interface SweepIntentsPorts {
  readonly tenants: () => Promise<ReadonlySet<string>>;
  readonly cursors: Cursors;
  readonly index: IntentIndex;
  readonly audit: Pick<AuditStore, 'read'> & UnknownStore;
  /** When the holds of these calls began to be swept, in epoch milliseconds. */
  readonly nowMs: number;
  /** Pages of intents that are looked at, of all tenants together. What is left is for the next time. */
  readonly maxPages: number;
}

/** What a sweep of intents found. */
export interface SweptIntents {
  readonly intents: number;
  /** Calls that now have a record of what nobody knows. */
  readonly unknown: number;
  /** What those came to, in micro-dollars. */
  readonly unknownMicroUsd: number;
  /** Whether all were looked at that are old enough. */
  readonly isComplete: boolean;
}

/** A hold is as much younger than its call's intent as a call can last, and is swept before the intent is looked at. */
const SETTLED_AFTER_MS = 2 * LONGEST_CALL_MS + MARGIN_MS;
/** How far back a tenant is looked at that never was: today and yesterday, and what of the day before a sweep may have missed. */
const LOOK_BACK_MS = 2 * 86_400_000;

/**
 * Ends calls that have an intent and no more, because their process died and no hold was left to find them by: `UNKNOWN`, at the worst case. They are found by
 * the index by tenant and day, from where the last sweep came to; whether one is open is then read of the table, strongly consistently. Any number of
 * sweeps may run at once: a call has one such record, whoever comes first.
 *
 * Holds have to be swept before, as of `nowMs`: a call that accounts limit, and that has neither a record nor a hold by then, never came to a model.
 *
 * @throws GatewayError `store_unavailable` or `internal_error`: what was found until then is recorded.
 */
export async function sweepIntents(ports: SweepIntentsPorts): Promise<SweptIntents> {
  const { cursors, index, nowMs, maxPages } = ports;
  const swept = { intents: 0, unknown: 0, unknownMicroUsd: 0, isComplete: false };
  const toMs = nowMs - SETTLED_AFTER_MS;
  let pages = 0;
  const [tenants, sweptTo] = await Promise.all([ports.tenants(), cursors.readAll()]);
  const spans = [...tenants]
    .map((tenant) => ({ tenant, fromMs: Math.max(sweptTo.get(tenant) ?? 0, toMs - LOOK_BACK_MS) }))
    // Whoever has waited longest.
    .toSorted((a, b) => a.fromMs - b.fromMs);
  for (const { tenant, fromMs } of spans) {
    for (const span of daySpans(tenant, fromMs, toMs)) {
      for await (const page of index.pages(span)) {
        if (pages === maxPages) return swept;
        pages += 1;
        const ids = page.map(({ id }) => id);
        swept.intents += ids.length;
        const settled = await index.settled(ids);
        for (const id of ids) if (!settled.has(id)) await endCall(id, ports, swept);
        const lastMs = page.at(-1)?.createdAtMs ?? fromMs;
        // Begins with the last one, which is looked at again: another may have begun in the same millisecond.
        if (lastMs > fromMs) await cursors.move(tenant, lastMs);
      }
    }
  }
  return { ...swept, isComplete: true };
}

/** Calls are indexed by the day of their start, in whole seconds. */
function daySpans(tenant: string, fromMs: number, toMs: number): readonly IntentSpan[] {
  const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  return daysOf(dayOf(fromMs), dayOf(toMs)).map((day) => ({ tenant, day, fromMs, toMs }));
}

async function endCall(
  id: CallId,
  { audit, nowMs }: SweepIntentsPorts,
  swept: { -readonly [K in keyof SweptIntents]: SweptIntents[K] },
): Promise<void> {
  const records = await audit.read(id);
  if (records === undefined || records.settlement !== undefined || records.unknown !== undefined) return;
  const unknown = unknownOf(records.intent, nowMs);
  if (!(await audit.insertUnknown(id, unknown))) return;
  swept.unknown += 1;
  swept.unknownMicroUsd += unknown.cost_micro_usd;
}

function unknownOf({ tenant, route, attribution, limited, worst_case_cost_micro_usd: worst }: IntentRecord, nowMs: number): UnknownRecord {
  return { tenant, cost_micro_usd: limited === true ? 0 : worst, recorded_at: nowMs, model: route?.model, attribution };
}
