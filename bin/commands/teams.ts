import type { TeamRecord } from '../../lambdas/core/teams';
import { checkName, checkTenant, parseTeam } from '../../lambdas/core/administration/registry-input';
import { adminHelp, adminOptions, type AdminSubcommand, runAdminCommand } from './admin-command';
import { UsageError } from './cli-error';
import type { CommandContext } from './context';
import { asColumns, isoTime } from './format';
import { checkModels, inWords, scopeChangeOf, scopeHelp, scopeOptions } from './scope-options';
import { noMore } from './subcommands';

const teamsHelp = `blueprint teams: parts of tenants, with limits and scopes of their own

  blueprint teams set <tenant>/<team> [--name <name>] [<scopes>]
  blueprint teams list [--tenant <tenant>]

Keys, roles and tokens may belong to a team. What is not named stays as it is; "none" takes a list away. Limits: blueprint limits set --team.

What all its callers may use, whatever their own scopes:
${scopeHelp}
${adminHelp}`;

const options = { ...adminOptions, ...scopeOptions, name: 'string', tenant: 'string' } as const;
const { tenant: _, ...setOptions } = options;
type TeamSubcommand = AdminSubcommand<typeof options>;

const set: TeamSubcommand = {
  options: setOptions,
  prepare({ values, positionals }) {
    noMore(positionals, 1, 'teams set');
    const [named] = positionals;
    if (named === undefined) throw new UsageError('blueprint teams set needs a team, as in acme/search.');
    const of = parseTeam(named);
    const { name } = values;
    if (name !== undefined) checkName(name);
    const scopes = scopeChangeOf(values);
    return async (target, print) => {
      const { administrator, where } = target;
      checkModels(scopes, target);
      const record = await administrator.setTeam(of, { name, scopes });
      print(asJson(record), `Team ${named} in ${where}: ${record.name}; its callers may use ${inWords(record.scopes) || 'everything'}.`);
    };
  },
};

const list: TeamSubcommand = {
  options: { ...adminOptions, tenant: 'string' },
  prepare({ values: { tenant }, positionals }) {
    noMore(positionals, 0, 'teams list');
    if (tenant !== undefined) checkTenant(tenant);
    return async ({ administrator, where }, print) => {
      const teams = await administrator.listTeams(tenant);
      const of = tenant === undefined ? '' : ` of tenant ${tenant}`;
      const rows = teams.map((record) => [`${record.tenant}/${record.team}`, record.name, inWords(record.scopes) || 'everything']);
      print(teams.map(asJson), rows.length === 0 ? `No teams${of} in ${where}.` : asColumns([['TEAM', 'NAME', 'MAY USE'], ...rows]));
    };
  },
};

/** `blueprint teams …`. @throws UsageError, CommandError or ConfigError, each with a message for people. */
export async function teamsCommand(args: readonly string[], context: CommandContext): Promise<void> {
  await runAdminCommand({ help: teamsHelp, subcommands: { set, list } }, args, context);
}

function asJson(record: TeamRecord): object {
  return { ...record, createdAt: isoTime(record.createdAt), updatedAt: isoTime(record.updatedAt) };
}
