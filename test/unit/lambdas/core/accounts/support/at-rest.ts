import { accountKey } from '../../../../../../lambdas/core/accounts/account';
import { numbersOf } from '../../../../../../lambdas/core/accounts/ledger';
import type { SimulatedPlatform } from './simulated-platform';

/**
 * After a sweep: nothing is held, no shard has anything, and each level has spent what the records of its calls say. A call that a process died over before it was let in
 * may have been held in some levels only, and is charged there.
 */
export function checkAtRest({ calls, audit, table, levels, violations }: SimulatedPlatform): void {
  if (violations.length > 0) throw violations[0];
  const sum = (counted: typeof calls) => counted.reduce((total, { id }) => total + audit.costOf(id), 0);
  const certain = sum(calls.filter(({ isDispatched }) => isDispatched));
  const all = sum(calls);
  for (const level of levels) {
    const months = [...table.items].filter(([key]) => key.startsWith(`${accountKey(level)} MONTH`));
    const total = { used: 0, spent: 0, days: 0, inflight: 0, marks: 0, grants: 0 };
    for (const [, item] of months) {
      expect(Object.keys(item).filter((name) => name.startsWith('h_'))).toEqual([]);
      for (const [name, { N }] of Object.entries(item)) {
        if (name.startsWith('day_')) total.days += Number(N);
        else if (name in total) total[name as keyof typeof total] += Number(N);
      }
    }
    expect(total).toEqual({ used: total.spent, spent: total.spent, days: total.spent, inflight: 0, marks: 0, grants: 0 });
    expect(total.spent).toBeGreaterThanOrEqual(certain);
    expect(total.spent).toBeLessThanOrEqual(all);
  }
  for (const [key, item] of table.items) {
    if (!/^SHARD.* DAY/.test(key)) continue;
    expect(item).toMatchObject({ closed: { N: '1' } });
    expect(Object.keys(item).filter((name) => name.startsWith('h_'))).toEqual([]);
    const { granted = 0, rest = 0, spent = 0, inflight = 0, marks = 0 } = numbersOf(item);
    expect({ left: granted - spent, inflight, marks }).toEqual({ left: rest, inflight: 0, marks: 0 });
  }
  for (const { id, isDispatched } of calls) {
    if (isDispatched) expect(audit.settlements.has(id) || audit.unknown.has(id)).toBe(true);
  }
}
