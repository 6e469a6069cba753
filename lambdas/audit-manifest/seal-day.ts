import { addDays, dayOf, verdictKey } from '../core/audit-archive/archive-keys';
import { makeManifest, readManifest } from '../core/audit-archive/make-manifest';
import { type DayVerdict, verifyDay, type VerifyPorts } from '../core/audit-archive/verify-day';
import type { Log } from '../core/log';
import type { MetricSink } from '../core/metrics';

export interface SealPorts extends VerifyPorts {
  readonly log: Log;
  readonly metrics: MetricSink;
}

/** Days that are looked back for one that is not sealed, or not checked: a run that failed is made up for by the next. */
const MAX_MISSED_DAYS = 7;
/** The stream gives a record for a day: one that was written yesterday may still be copied, one of the day before may not. */
const COPY_DAYS = 1;

/**
 * Seals the days that are over and not sealed yet, each with a signed manifest, and checks the last one, with those that no run has checked. Once a day, on a
 * schedule; any number of runs come to the same. That a record was never copied is found a day later than anything else: a copy that is only late is no
 * discrepancy.
 *
 * @param event What EventBridge sends; `time` is when it was due.
 * @returns what was found of each day that was checked, the last one first.
 */
export function createSealDay(ports: SealPorts): (event: { readonly time: string }) => Promise<readonly DayVerdict[]> {
  const { archive, log, metrics, nowMs, table } = ports;

  /** @returns whether it has a manifest that can be read. */
  async function seal(day: string): Promise<boolean> {
    const manifest = await makeManifest(day, { ...ports, table: table.name });
    if (manifest === undefined) return false;
    log.info('day sealed', { day, objects: manifest.objects.length, records: manifest.records });
    return true;
  }

  /** A day that was checked had its manifest: it is not made anew from what is there now. */
  async function isSealed(day: string): Promise<boolean> {
    const manifest = await readManifest(day, archive);
    return manifest !== undefined && manifest !== 'unreadable';
  }

  async function check(day: string): Promise<DayVerdict> {
    const verdict = await verifyDay(day, ports, addDays(day, -COPY_DAYS));
    const { discrepancies, records } = verdict;
    if (discrepancies.length > 0) log.error('audit trail not intact', { day, first: discrepancies[0], found: discrepancies.length });
    metrics.record({ values: { AuditDiscrepancies: discrepancies.length, AuditRecordsSealed: records }, dimensions: {} });
    const text = `${JSON.stringify({ ...verdict, checked_at: nowMs() }, null, 2)}\n`;
    await archive.putNew(verdictKey(day), text, 'application/json');
    return verdict;
  }

  return async ({ time }) => {
    const yesterday = addDays(dayOf(Date.parse(time)), -1);
    const days = Array.from({ length: MAX_MISSED_DAYS }, (_, index) => addDays(yesterday, index + 1 - MAX_MISSED_DAYS));
    const due: string[] = [];
    // Before the first check there was no archive, and nothing of those days is in it.
    let hasBegun = false;
    for (const day of days) {
      const wasChecked = (await archive.versionOf(verdictKey(day))) !== undefined;
      const isSound = wasChecked ? await isSealed(day) : await seal(day);
      if (day === yesterday || !isSound || (hasBegun && !wasChecked)) due.push(day);
      hasBegun ||= wasChecked;
    }
    const verdicts: DayVerdict[] = [];
    // The last first: it is what the run is for.
    for (const day of due.toReversed()) verdicts.push(await check(day));
    return verdicts;
  };
}
