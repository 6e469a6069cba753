import { type Attribution, attributionRecord } from '../attribution';
import { outcomeRecord, settlementRecord, unknownRecord } from '../audit-record';
import { parseCallId, startedAtSeconds } from '../trace-id';
import type { UsageKey, UsageSums } from './usage-item';

/** What one record of the audit trail adds, and to what. */
export interface Contribution {
  readonly to: UsageKey;
  readonly sums: Partial<UsageSums>;
}

type Item = Readonly<Record<string, unknown>>;

const MICRO_PER_USD = 1_000_000;

/**
 * What an item of the audit table adds to the usage of its tenant: a settlement, what the sweeper writes in its place, or an outcome. Undefined
 * for an intent, which has cost nothing yet, and for items that are no records.
 *
 * @throws Error for a record that cannot be read.
 */
export function contributionOf(item: Item): Contribution | undefined {
  const { pk, sk } = item;
  const id = parseCallId(String(pk).replace(/^CALL#/, ''));
  if (id === undefined) return undefined;
  const day = new Date(startedAtSeconds(id) * 1000).toISOString().slice(0, 10);
  const to = (tenant: string, attribution: Attribution, model: string | undefined): UsageKey => ({ tenant, day, attribution, model });
  switch (sk) {
    case 'SETTLEMENT': {
      const { tenant, status, model, usage, cost_micro_usd } = settlementRecord.parse(item);
      return {
        to: to(tenant, attributionIn(item), model),
        sums: {
          calls: 1,
          errors: Number(status === 'error'),
          refused: Number(status === 'refused'),
          ...usage,
          cost_micro_usd,
        },
      };
    }
    case 'UNKNOWN': {
      const { tenant, cost_micro_usd, model } = unknownRecord.parse(item);
      return { to: to(tenant, attributionIn(item), model), sums: { calls: 1, unknown: 1, cost_micro_usd } };
    }
    case 'OUTCOME': {
      const { tenant, success, value_usd = 0, model } = outcomeRecord.parse(item);
      return {
        to: to(tenant, attributionIn(item), model),
        sums: { outcomes: 1, successes: Number(success), value_micro_usd: Math.round(value_usd * MICRO_PER_USD) },
      };
    }
    default:
      return undefined;
  }
}

/** Records that were written before calls were attributed belong to nobody in particular. */
function attributionIn({ attribution }: Item): Attribution {
  return attribution === undefined ? { key: 'unattributed' } : attributionRecord.parse(attribution);
}
