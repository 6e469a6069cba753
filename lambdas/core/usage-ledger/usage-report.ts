import { type UsageDimension, usageDimensions } from '../attribution';
import { GatewayError } from '../errors';
import { daysOf, groupUsage, type UsageReader } from './read-usage';
import { addSums, NO_USAGE_SUMS, type UsageSums } from './usage-item';

/** Days that are told at a time. */
export const MAX_USAGE_DAYS = 92;
const MICRO_PER_USD = 1_000_000;
const PARAMETERS: ReadonlySet<string> = new Set(['from', 'to', 'group_by']);

/**
 * What a tenant has used, or one of its teams, as its callers and administrators are told: by UTC days, both ends included. Counted from the audit trail, some seconds
 * behind it.
 *
 * @param query Parameters of the request, as `from=2026-11-01&to=2026-11-21&group_by=service,model`.
 * @throws GatewayError `invalid_request`; what the reader rejects with
 */
export async function usageReport(
  read: UsageReader,
  { tenant, team }: { readonly tenant: string; readonly team?: string | undefined },
  query: Readonly<Record<string, string>>,
  nowMs: number,
) {
  for (const name of Object.keys(query)) {
    if (!PARAMETERS.has(name)) throw invalid(name, `is not known here; there are ${[...PARAMETERS].join(', ')}`);
  }
  const today = new Date(nowMs).toISOString().slice(0, 10);
  const to = dayOf('to', query.to ?? today);
  const from = dayOf('from', query.from ?? to);
  const days = daysOf(from, to);
  if (days.length === 0) throw invalid('from', `is ${from}, which is after \`to\`, ${to}`);
  if (days.length > MAX_USAGE_DAYS)
    throw invalid('from', `is ${from}, ${days.length} days up to \`to\`; at most ${MAX_USAGE_DAYS} are told at a time`);
  const dimensions = dimensionsOf(query.group_by);
  const ofTenant = await read(tenant, days);
  const rows = team === undefined ? ofTenant : ofTenant.filter(({ attribution }) => attribution.team === team);
  const total = rows.reduce((all, { sums }) => addSums(all, sums), NO_USAGE_SUMS);
  const data = groupUsage(rows, dimensions).map(({ by, sums }) => ({ ...by, ...wireSums(sums) }));
  return { object: 'usage', tenant, team, from, to, group_by: dimensions, data, total: wireSums(total) };
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
