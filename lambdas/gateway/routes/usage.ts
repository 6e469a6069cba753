import type { Context } from 'hono';
import { type UsageDimension, usageDimensions } from '../../core/attribution';
import { GatewayError } from '../../core/errors';
import { daysOf, groupUsage } from '../../core/usage-ledger/read-usage';
import { addSums, NO_USAGE_SUMS, type UsageSums } from '../../core/usage-ledger/usage-item';
import type { GatewayPorts } from '../call';
import type { GatewayEnvironment } from '../environment';

const MAX_DAYS = 92;
const MICRO_PER_USD = 1_000_000;
const PARAMETERS: ReadonlySet<string> = new Set(['from', 'to', 'group_by']);

/**
 * `GET /v1/usage?from=2026-11-01&to=2026-11-21&group_by=service,model`: what the caller's team has used, or where it has none its
 * tenant, by UTC days, both ends included. Counted from the audit trail, some seconds behind it.
 */
export function usageRoute({ usage, clock }: GatewayPorts): (c: Context<GatewayEnvironment>) => Promise<Response> {
  return async (c) => {
    const { tenant, team } = c.get('caller');
    const query = c.req.query();
    for (const name of Object.keys(query)) {
      if (!PARAMETERS.has(name)) throw invalid(name, `is not known here; there are ${[...PARAMETERS].join(', ')}`);
    }
    const today = new Date(clock.nowMs()).toISOString().slice(0, 10);
    const to = dayOf('to', query.to ?? today);
    const from = dayOf('from', query.from ?? to);
    const days = daysOf(from, to);
    if (days.length === 0) throw invalid('from', `is ${from}, which is after \`to\`, ${to}`);
    if (days.length > MAX_DAYS)
      throw invalid('from', `is ${from}, ${days.length} days up to \`to\`; at most ${MAX_DAYS} are told at a time`);
    const dimensions = dimensionsOf(query.group_by);
    const ofTenant = await usage(tenant, days);
    const rows = team === undefined ? ofTenant : ofTenant.filter(({ attribution }) => attribution.team === team);
    const total = rows.reduce((all, { sums }) => addSums(all, sums), NO_USAGE_SUMS);
    const data = groupUsage(rows, dimensions).map(({ by, sums }) => ({ ...by, ...wireSums(sums) }));
    return c.json({ object: 'usage', tenant, team, from, to, group_by: dimensions, data, total: wireSums(total) });
  };
}

/** Integers stand beside what people read, so that sums of them stay exact. */
function wireSums(sums: UsageSums) {
  const { cost_micro_usd: cost, successes } = sums;
  return {
    ...sums,
    cost_usd: cost / MICRO_PER_USD,
    cost_per_success_usd: successes === 0 ? null : Math.round(cost / successes) / MICRO_PER_USD,
  };
}

function dayOf(name: string, text: string): string {
  const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)) return text;
  throw invalid(name, `is ${JSON.stringify(text.slice(0, 32))} and must be a day, as in 2026-11-21`);
}

function dimensionsOf(text: string | undefined): readonly UsageDimension[] {
  if (text === undefined || text === '') return [];
  const names = [...new Set(text.split(','))];
  const unknown = names.find((name) => !(usageDimensions as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw invalid(
      'group_by',
      `has ${JSON.stringify(unknown.slice(0, 32))}; it takes ${usageDimensions.join(', ')}, with commas between them`,
    );
  return names as UsageDimension[];
}

function invalid(name: string, what: string): GatewayError {
  return new GatewayError('invalid_request', `The parameter \`${name}\` ${what}.`, { param: name });
}
