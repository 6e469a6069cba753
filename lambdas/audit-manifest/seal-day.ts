import { addDays, dayOf } from '../core/audit-archive/archive-keys';
import { makeManifest } from '../core/audit-archive/make-manifest';
import { type DayVerdict, verifyDay, type VerifyPorts } from '../core/audit-archive/verify-day';
import type { Log } from '../core/log';
import type { MetricSink } from '../core/metrics';

export interface SealPorts extends VerifyPorts {
  readonly log: Log;
  readonly metrics: MetricSink;
}

/** Days that are looked back for one without a manifest: a run that failed is made up for by the next. */
const MAX_MISSED_DAYS = 7;
/** The stream gives a record for a day: one that was written yesterday may still be copied, one of the day before may not. */
const COPY_DAYS = 1;

/**
 * Seals the days that are over and not sealed yet, each with a signed manifest, and checks the last one. Once a day, on a schedule; any number of runs
 * come to the same. That a record was never copied is found a day later than anything else: a copy that is only late is no discrepancy.
 *
 * @param event What EventBridge sends; `time` is when it was due.
 */
export function createSealDay(ports: SealPorts): (event: { readonly time: string }) => Promise<DayVerdict> {
  const { log, metrics, table } = ports;
  return async ({ time }) => {
    const yesterday = addDays(dayOf(Date.parse(time)), -1);
    for (let back = MAX_MISSED_DAYS - 1; back >= 0; back -= 1) {
      const { day, objects, records } = await makeManifest(addDays(yesterday, -back), { ...ports, table: table.name });
      log.info('day sealed', { day, objects: objects.length, records });
    }
    const verdict = await verifyDay(yesterday, ports, addDays(yesterday, -COPY_DAYS));
    const { discrepancies, records } = verdict;
    if (discrepancies.length > 0)
      log.error('audit trail not intact', { day: yesterday, first: discrepancies[0], found: discrepancies.length });
    metrics.record({ values: { AuditDiscrepancies: discrepancies.length, AuditRecordsSealed: records }, dimensions: {} });
    return verdict;
  };
}
