import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type UsageDimension, usageDimensions } from '../../lambdas/core/attribution';
import { GatewayError } from '../../lambdas/core/errors';
import { formatUsd } from '../../lambdas/core/money';
import { createUsageReader, daysOf, groupUsage } from '../../lambdas/core/usage-ledger/read-usage';
import { addSums, NO_USAGE_SUMS, type UsageRow, type UsageSums } from '../../lambdas/core/usage-ledger/usage-item';
import { listKeys } from '../../lambdas/core/administration/key-store';
import { checkTenant } from '../../lambdas/core/administration/registry-input';
import { listRoles } from '../../lambdas/core/administration/role-store';
import { listTenants } from '../../lambdas/core/administration/tenant-store';
import { explainAwsError } from './aws-error';
import { UsageError } from './cli-error';
import type { CommandContext } from './context';
import { asColumns } from './format';
import { parseOptions } from './options';
import { noMore } from './subcommands';
import { openPlatform, type PlatformTarget } from './target';

const MAX_DAYS = 92;

const help = `blueprint usage: what tenants have used, and what it cost

  blueprint usage [--tenant <tenant>] [--from <2026-11-01>] [--to <2026-11-21>] [--group-by <dimension>,…]

Days are of UTC, both included; today when absent, at most ${MAX_DAYS}. Without --tenant: every tenant that the registry knows, dearest first. Dimensions:
${usageDimensions.join(', ')}.

  --env <name>      environment (dev when absent)
  --region <region> AWS region (the environment's own when absent)
  --local           the emulator that npm start runs, instead of AWS
  --json            print JSON
  --help            print this
`;

const kinds = {
  tenant: 'string',
  from: 'string',
  to: 'string',
  'group-by': 'string',
  env: 'string',
  region: 'string',
  local: 'boolean',
  json: 'boolean',
  help: 'boolean',
} as const;

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
  if (tenant !== undefined) checkTenantOption(tenant);
  const to = dayFrom('to', values.to ?? new Date(context.nowMs()).toISOString().slice(0, 10));
  const from = dayFrom('from', values.from ?? to);
  const days = daysOf(from, to);
  if (days.length === 0) throw new UsageError(`Option --from is ${from}, which is after --to, ${to}.`);
  if (days.length > MAX_DAYS)
    throw new UsageError(`Option --from is ${from}, ${days.length} days up to --to; at most ${MAX_DAYS} are told at a time.`);
  const dimensions = dimensionsFrom(values['group-by']);

  const lines = await linesOf(values, context, { tenant, days, dimensions });
  const total = lines.reduce((all, { sums }) => addSums(all, sums), NO_USAGE_SUMS);
  const json = { from, to, lines: lines.map(({ by, sums }) => ({ ...by, ...sums })), total };
  const span = from === to ? from : `${from} to ${to}`;
  const text = lines.length === 0 ? `Nothing was used, ${span}.` : asTable(lines, total);
  context.stdout.write(`${values.json ? JSON.stringify(json, null, 2) : text}\n`);
}

interface Asked {
  readonly tenant: string | undefined;
  readonly days: readonly string[];
  readonly dimensions: readonly UsageDimension[];
}

async function linesOf(
  options: { readonly env?: string; readonly region?: string; readonly local?: boolean },
  context: CommandContext,
  { tenant, days, dimensions }: Asked,
): Promise<readonly Line[]> {
  let platform: PlatformTarget | undefined;
  let client: DynamoDBClient | undefined;
  try {
    platform = await openPlatform(options, context.cwd);
    client = new DynamoDBClient(platform.connection);
    const read = createUsageReader(client, await platform.parameter('ledger-table'));
    const tenants = tenant === undefined ? await knownTenants(client, await platform.parameter('registry-table')) : [tenant];
    const lines: Line[] = [];
    for (const one of tenants) {
      const rows: readonly UsageRow[] = await read(one, days);
      lines.push(...groupUsage(rows, dimensions).map(({ by, sums }) => ({ by: { tenant: one, ...by }, sums })));
    }
    return lines.toSorted((a, b) => b.sums.cost_micro_usd - a.sums.cost_micro_usd);
  } catch (error) {
    const cause = error instanceof GatewayError && error.cause instanceof Error ? error.cause : error;
    if (cause instanceof Error && ('$metadata' in cause || 'code' in cause)) throw explainAwsError(cause, options.local ?? false);
    throw cause;
  } finally {
    client?.destroy();
    platform?.close();
  }
}

/** A tenant may have keys or roles and no item of its own. */
async function knownTenants(client: DynamoDBClient, table: string): Promise<readonly string[]> {
  const [records, keys, roles] = await Promise.all([
    listTenants({ client, table }),
    listKeys({ client, table }),
    listRoles({ client, table }),
  ]);
  return [...new Set([...records, ...keys, ...roles].map(({ tenant }) => tenant))].toSorted();
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

function checkTenantOption(tenant: string): void {
  try {
    checkTenant(tenant);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
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
