import type { RoleRecord } from '../../lambdas/core/roles';
import { checkName, checkTeam, checkTenant } from '../../lambdas/core/administration/registry-input';
import { registeredArn } from '../../lambdas/core/administration/role-store';
import { adminHelp, adminOptions, type AdminSubcommand, runAdminCommand } from './admin-command';
import { UsageError } from './cli-error';
import type { CommandContext } from './context';
import { asColumns, isoTime } from './format';
import { checkModels, scopeHelp, scopeOptions, scopesOf } from './scope-options';
import { noMore } from './subcommands';

const rolesHelp = `blueprint roles: AWS roles that may call an environment's gateway under /iam/v1

  blueprint roles register --role-arn <arn> --tenant <tenant> --name <name> [--team <team>] [--owner <owner>] [<scopes>]
  blueprint roles list [--tenant <tenant>]
  blueprint roles revoke <role arn>

A role calls for one tenant. It needs execute-api:Invoke besides (gateway.grantInvoke). A revoked role is refused within 30 seconds.

What a role may use, within what its team and tenant may:
${scopeHelp}
${adminHelp}`;

const options = {
  ...adminOptions,
  ...scopeOptions,
  'role-arn': 'string',
  tenant: 'string',
  team: 'string',
  name: 'string',
  owner: 'string',
} as const;
type RoleSubcommand = AdminSubcommand<typeof options>;

const register: RoleSubcommand = {
  options,
  prepare({ values, positionals }) {
    noMore(positionals, 0, 'roles register');
    const { 'role-arn': roleArn, tenant, team, name, owner } = values;
    if (roleArn === undefined) throw new UsageError('blueprint roles register needs --role-arn <arn>.');
    if (tenant === undefined) throw new UsageError('blueprint roles register needs --tenant <tenant>.');
    if (name === undefined) throw new UsageError('blueprint roles register needs --name <name>.');
    registeredArn(roleArn);
    checkTenant(tenant);
    if (team !== undefined) checkTeam(team);
    checkName(name);
    if (owner !== undefined) checkName(owner, 'owner');
    const scopes = scopesOf(values);
    return async (target, print) => {
      const { administrator, where } = target;
      checkModels(scopes, target);
      const { record, created } = await administrator.registerRole({ roleArn, tenant, team, name, owner, scopes });
      const what = created ? 'Registered' : 'Registered already:';
      print(asJson(record), `${what} role ${record.roleArn} for tenant ${tenant} in ${where}.`);
    };
  },
};

const list: RoleSubcommand = {
  options: { ...adminOptions, tenant: 'string' },
  prepare({ values: { tenant }, positionals }) {
    noMore(positionals, 0, 'roles list');
    if (tenant !== undefined) checkTenant(tenant);
    return async ({ administrator, where }, print) => {
      const roles = await administrator.listRoles(tenant);
      const of = tenant === undefined ? '' : ` of tenant ${tenant}`;
      print(roles.map(asJson), roles.length === 0 ? `No roles${of} in ${where}.` : asTable(roles));
    };
  },
};

const revoke: RoleSubcommand = {
  options: adminOptions,
  prepare({ positionals }, nowMs) {
    noMore(positionals, 1, 'roles revoke');
    const [roleArn] = positionals;
    if (roleArn === undefined) throw new UsageError('blueprint roles revoke needs the ARN of a role (see blueprint roles list).');
    registeredArn(roleArn);
    return async ({ administrator, where }, print) => {
      const { record, alreadyRevoked } = await administrator.revokeRole(roleArn);
      const when = alreadyRevoked
        ? `was revoked already, ${isoTime(record.revokedAt ?? nowMs)}`
        : 'is revoked; it is refused within 30 seconds';
      print(asJson(record), `Role ${record.roleArn} of tenant ${record.tenant} in ${where} ${when}.`);
    };
  },
};

/**
 * `blueprint roles …`.
 *
 * @throws UsageError, CommandError or ConfigError, each with a message for people.
 */
export async function rolesCommand(args: readonly string[], context: CommandContext): Promise<void> {
  await runAdminCommand({ help: rolesHelp, subcommands: { register, list, revoke } }, args, context);
}

function asJson(role: RoleRecord): object {
  const { createdAt, revokedAt } = role;
  return { ...role, status: statusOf(role), createdAt: isoTime(createdAt), revokedAt: revokedAt === undefined ? null : isoTime(revokedAt) };
}

function asTable(roles: readonly RoleRecord[]): string {
  const rows = roles.map((role) => [
    role.roleArn,
    role.tenant,
    role.name,
    statusOf(role),
    isoTime(role.createdAt),
    role.team ?? '-',
    role.owner ?? '-',
  ]);
  return asColumns([['ROLE', 'TENANT', 'NAME', 'STATUS', 'CREATED', 'TEAM', 'OWNER'], ...rows]);
}

function statusOf({ revokedAt }: RoleRecord): string {
  return revokedAt === undefined ? 'active' : 'revoked';
}
