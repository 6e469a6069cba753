import { formatUsd } from '../../lambdas/core/money';
import { checkKeyId } from '../../lambdas/core/administration/key-store';
import { checkTenant, parseTeam } from '../../lambdas/core/administration/registry-input';
import type { LimitChange, Limited, LimitedId } from '../administrator';
import { adminHelp, adminOptions, type AdminSubcommand, runAdminCommand } from './admin-command';
import { UsageError } from './cli-error';
import type { CommandContext } from './context';
import { asColumns } from './format';
import { noMore } from './subcommands';

const limitsHelp = `blueprint limits: what tenants, teams and keys may use

  blueprint limits set --tenant <tenant> <limits>
  blueprint limits set --team <tenant>/<team> <limits>
  blueprint limits set --key <key id> <limits>
  blueprint limits list

  --budget-per-month <usd>       money in a calendar month (UTC), as in 250 or 0.5
  --budget-per-day <usd>         money in a day
  --requests-per-minute <n>
  --tokens-per-minute <n>        input and output together
  --concurrency <n>              calls under way at one time
  --soft-limit-percent <n>       share of a budget from which on its owner is warned
  --shards <4|16>                items that the account is spread over, for some thousands of calls a second; not a limit

A limit that is not named stays as it is; "none" takes one away. A change counts everywhere within 30 seconds.

${adminHelp}`;

const limitOptions = {
  'budget-per-month': 'string',
  'budget-per-day': 'string',
  'requests-per-minute': 'string',
  'tokens-per-minute': 'string',
  concurrency: 'string',
  'soft-limit-percent': 'string',
  shards: 'string',
} as const;
const options = { ...adminOptions, ...limitOptions, tenant: 'string', team: 'string', key: 'string' } as const;
type LimitSubcommand = AdminSubcommand<typeof options>;

const TITLES = { tenant: 'Tenant', team: 'Team', key: 'Key' } as const;
const MICRO_PER_USD = 1_000_000;
const MOST_USD = 1_000_000_000;
const MOST_COUNT = 1_000_000_000_000;

const set: LimitSubcommand = {
  options,
  prepare({ values, positionals }) {
    noMore(positionals, 0, 'limits set');
    const id = limitedIdOf(values);
    const change = changeOf(values);
    return async ({ administrator, where }, print) => {
      const limited = await administrator.setLimits(id, change);
      const said = inWords(limited);
      print(limited, `${TITLES[limited.of]} ${limited.id} in ${where} ${said === '' ? 'has no limits' : `may use ${said}`}.`);
    };
  },
};

const list: LimitSubcommand = {
  options: adminOptions,
  prepare({ positionals }) {
    noMore(positionals, 0, 'limits list');
    return async ({ administrator, where }, print) => {
      const all = await administrator.listLimits();
      const rows = all.map((limited) => [limited.of, limited.id, limited.tenant, inWords(limited)]);
      print(
        all,
        all.length === 0 ? `No tenant, team or key in ${where} has limits.` : asColumns([['OF', 'ID', 'TENANT', 'LIMITS'], ...rows]),
      );
    };
  },
};

/** `blueprint limits …`. @throws UsageError, CommandError or ConfigError, each with a message for people. */
export async function limitsCommand(args: readonly string[], context: CommandContext): Promise<void> {
  await runAdminCommand({ help: limitsHelp, subcommands: { set, list } }, args, context);
}

function limitedIdOf({ tenant, team, key }: { readonly tenant?: string; readonly team?: string; readonly key?: string }): LimitedId {
  if ([tenant, team, key].filter((one) => one !== undefined).length !== 1)
    throw new UsageError('blueprint limits set needs --tenant <tenant>, --team <tenant>/<team> or --key <key id>, one of them.');
  if (team !== undefined) return { of: 'team', ...parseTeam(team) };
  if (tenant !== undefined) {
    checkTenant(tenant);
    return { of: 'tenant', tenant };
  }
  checkKeyId(key ?? '');
  return { of: 'key', keyId: key ?? '' };
}

function changeOf(values: { readonly [K in keyof typeof limitOptions]?: string }): LimitChange {
  const named = (Object.keys(limitOptions) as (keyof typeof limitOptions)[]).filter((option) => values[option] !== undefined);
  if (named.length === 0)
    throw new UsageError(
      `blueprint limits set needs a limit: ${Object.keys(limitOptions)
        .map((option) => `--${option}`)
        .join(', ')}.`,
    );
  return Object.assign({}, ...named.map((option) => ({ [MEMBERS[option]]: numberOf(option, values[option] ?? '') }))) as LimitChange;
}

const MEMBERS = {
  'budget-per-month': 'microUsdPerMonth',
  'budget-per-day': 'microUsdPerDay',
  'requests-per-minute': 'requestsPerMinute',
  'tokens-per-minute': 'tokensPerMinute',
  concurrency: 'concurrency',
  'soft-limit-percent': 'softLimitPercent',
  shards: 'shards',
} as const;

/** Null for "none". 0 is no limit that anybody means: a key is revoked instead. */
function numberOf(option: keyof typeof limitOptions, text: string): number | null {
  if (text === 'none') return null;
  if (option === 'budget-per-month' || option === 'budget-per-day') {
    const microUsd = /^\d+(\.\d{1,6})?$/.test(text) ? Math.round(Number(text) * MICRO_PER_USD) : Number.NaN;
    if (microUsd >= 1 && microUsd <= MOST_USD * MICRO_PER_USD) return microUsd;
    throw new UsageError(
      `Option --${option} is "${text}"; it must be US dollars above 0 with at most six decimals, as in 250 or 0.5, or "none".`,
    );
  }
  if (option === 'shards') {
    if (text === '4' || text === '16') return Number(text);
    throw new UsageError(`Option --shards is "${text}"; it must be 4, 16 or "none".`);
  }
  const most = option === 'soft-limit-percent' ? 100 : MOST_COUNT;
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (count >= 1 && count <= most) return count;
  throw new UsageError(`Option --${option} is "${text}"; it must be a whole number from 1 to ${most}, or "none".`);
}

function inWords({ limits }: Limited): string {
  const { microUsdPerMonth, microUsdPerDay, requestsPerMinute, tokensPerMinute, concurrency, softLimitPercent, shards } = limits;
  return [
    microUsdPerMonth !== undefined && `$${formatUsd(microUsdPerMonth)} a month`,
    microUsdPerDay !== undefined && `$${formatUsd(microUsdPerDay)} a day`,
    requestsPerMinute !== undefined && `${requestsPerMinute} requests a minute`,
    tokensPerMinute !== undefined && `${tokensPerMinute} tokens a minute`,
    concurrency !== undefined && `${concurrency} calls at a time`,
    softLimitPercent !== undefined && `a warning at ${softLimitPercent} %`,
    shards !== undefined && `spread over ${shards} shards`,
  ]
    .filter((part) => part !== false)
    .join(', ');
}
