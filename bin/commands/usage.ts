import { type UsageDimension, usageDimensions } from '../../lambdas/core/attribution';
import { formatUsd } from '../../lambdas/core/money';
import { daysOf } from '../../lambdas/core/usage-ledger/read-usage';
import { addSums, NO_USAGE_SUMS, type UsageSums } from '../../lambdas/core/usage-ledger/usage-item';
import { MAX_USAGE_DAYS } from '../../lambdas/core/usage-ledger/usage-report';
import { checkTenant } from '../../lambdas/core/administration/registry-input';
import type { Administrator, UsageQuestion } from '../administrator';
import { adminHelp, adminOptions, type AdminTarget, openAdministration } from './admin-command';
import { UsageError } from './cli-error';
import type { CommandContext } from './context';
import { asColumns } from './format';
import { parseOptions } from './options';
import { noMore, understood, withTarget } from './subcommands';

const help = `blueprint usage: what tenants have used, and what it cost

  blueprint usage [--tenant <tenant>] [--from <2026-11-01>] [--to <2026-11-21>] [--group-by <dimension>,…]

Days are of UTC, both included; today when absent, at most ${MAX_USAGE_DAYS}. Without --tenant: every tenant that the registry knows, dearest first. Dimensions:
${usageDimensions.join(', ')}.

${adminHelp}`;

const kinds = { ...adminOptions, tenant: 'string', from: 'string', to: 'string', 'group-by': 'string' } as const;

/** One line of the answer. */
interface Line {
  readonly by: Readonly<Record<string, string | null>>;
  readonly sums: UsageSums;
}

/**
 * `blueprint usage`.
 *
 * @throws UsageError, CommandError or ConfigError, each with a message for people.
 */
export async function usageCommand(args: readonly string[], context: CommandContext): Promise<void> {
  const { values, positionals } = parseOptions(args, kinds);
  if (values.help) return void context.stdout.write(help);
  noMore(positionals, 0, 'usage');
  const { tenant } = values;
  if (tenant !== undefined) understood(() => checkTenant(tenant));
  const to = dayFrom('to', values.to ?? new Date(context.nowMs()).toISOString().slice(0, 10));
  const from = dayFrom('from', values.from ?? to);
  const { length: days } = daysOf(from, to);
  if (days === 0) throw new UsageError(`Option --from is ${from}, which is after --to, ${to}.`);
  if (days > MAX_USAGE_DAYS)
    throw new UsageError(`Option --from is ${from}, ${days} days up to --to; at most ${MAX_USAGE_DAYS} are told at a time.`);
  const by = dimensionsFrom(values['group-by']);
  await withTarget(
    values.local ?? false,
    () => openAdministration(values, context.cwd),
    async (target) => {
      const lines = await linesOf(target, { tenant, from, to, by });
      const total = lines.reduce((all, { sums }) => addSums(all, sums), NO_USAGE_SUMS);
      const json = { from, to, lines: lines.map((line) => ({ ...line.by, ...line.sums })), total };
      const span = from === to ? from : `${from} to ${to}`;
      const text = lines.length === 0 ? `Nothing was used, ${span}.` : asTable(lines, total);
      context.stdout.write(`${values.json ? JSON.stringify(json, null, 2) : text}\n`);
    },
  );
}

interface Asked extends UsageQuestion {
  readonly tenant: string | undefined;
}

async function linesOf({ administrator }: AdminTarget, { tenant, ...question }: Asked): Promise<readonly Line[]> {
  const tenants = tenant === undefined ? await knownTenants(administrator) : [tenant];
  const lines: Line[] = [];
  for (const one of tenants) {
    const used = await administrator.usageOf(one, question);
    lines.push(...used.map(({ by, sums }) => ({ by: { tenant: one, ...by }, sums })));
  }
  return lines.toSorted((a, b) => b.sums.cost_micro_usd - a.sums.cost_micro_usd);
}

/** A tenant may have keys or roles and no item of its own. */
async function knownTenants(administrator: Administrator): Promise<readonly string[]> {
  const all = [await administrator.listTenants(), await administrator.listKeys(), await administrator.listRoles()];
  return [...new Set(all.flatMap((records) => records.map(({ tenant }) => tenant)))].toSorted();
}

function asTable(lines: readonly Line[], total: UsageSums): string {
  const heads = Object.keys(lines[0]?.by ?? {});
  const numbers = ({ calls, errors, refused, cost_micro_usd }: UsageSums) => [
    `${calls}`,
    `${errors}`,
    `${refused}`,
    formatUsd(cost_micro_usd),
  ];
  return asColumns([
    [...heads.map((head) => head.toUpperCase()), 'CALLS', 'ERRORS', 'REFUSED', 'COST USD'],
    ...lines.map(({ by, sums }) => [...heads.map((head) => by[head] ?? '-'), ...numbers(sums)]),
    ['total', ...heads.slice(1).map(() => ''), ...numbers(total)],
  ]);
}

function dayFrom(option: string, text: string): string {
  const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)) return text;
  throw new UsageError(`Option --${option} is "${text}"; it must be a day, as in 2026-11-21.`);
}

function dimensionsFrom(text: string | undefined): readonly UsageDimension[] {
  const names = [...new Set(text?.split(',') ?? [])];
  const wrong = names.find((name) => !(usageDimensions as readonly string[]).includes(name));
  if (wrong === undefined) return names as UsageDimension[];
  throw new UsageError(`Option --group-by has "${wrong}"; it takes ${usageDimensions.join(', ')}, with commas between them.`);
}
