import { places } from '../../config/regions';
import { nearest } from '../../config/nearest';
import type { ResidencyChange } from '../administrator';
import type { TenantRecord } from '../../lambdas/core/tenants';
import { checkName, checkTenant } from '../../lambdas/core/administration/registry-input';
import { adminHelp, adminOptions, type AdminSubcommand, runAdminCommand } from './admin-command';
import { UsageError } from './cli-error';
import type { CommandContext } from './context';
import { asColumns, isoTime } from './format';
import { checkModels, inWords, scopeChangeOf, scopeHelp, scopeOptions } from './scope-options';
import { noMore } from './subcommands';

const tenantsHelp = `blueprint tenants: who calls are for

  blueprint tenants set <tenant> [--name <name>] [--suspended <yes|no>] [--residency <list>] [--no-retention <yes|no>] [<scopes>]
  blueprint tenants show <tenant>
  blueprint tenants list

A tenant may have keys without this; tokens may name only tenants that were set. A change counts everywhere within 30 seconds. What is not named stays
as it is; "none" takes a list away. Limits: blueprint limits set --tenant.

  --residency <list>     regions and geographies that its data may be processed in, as in eu or eu-west-1,eu-central-1
  --no-retention <yes>   only models whose provider keeps nothing of what it is sent
  --suspended <yes>      all its callers are refused

What all its callers may use, whatever their own scopes:
${scopeHelp}
${adminHelp}`;

const options = {
  ...adminOptions,
  ...scopeOptions,
  name: 'string',
  suspended: 'string',
  residency: 'string',
  'no-retention': 'string',
} as const;
type TenantSubcommand = AdminSubcommand<typeof options>;

const set: TenantSubcommand = {
  options,
  prepare({ values, positionals }) {
    const tenant = tenantOf(positionals, 'tenants set');
    const { name } = values;
    if (name !== undefined) checkName(name);
    const suspended = yesOrNo('suspended', values.suspended);
    const scopes = scopeChangeOf(values);
    const residency = residencyOf(values);
    return async (target, print) => {
      const { administrator, where } = target;
      checkModels(scopes, target);
      const record = await administrator.setTenant(tenant, { name, scopes, residency, suspended });
      print(asJson(record), `Tenant ${tenant} in ${where}: ${described(record)}.`);
    };
  },
};

const show: TenantSubcommand = {
  options: adminOptions,
  prepare({ positionals }) {
    const tenant = tenantOf(positionals, 'tenants show');
    return async ({ administrator, where }, print) => {
      const record = await administrator.findTenant(tenant);
      print(asJson(record), `Tenant ${tenant} in ${where}: ${described(record)}.`);
    };
  },
};

const list: TenantSubcommand = {
  options: adminOptions,
  prepare({ positionals }) {
    noMore(positionals, 0, 'tenants list');
    return async ({ administrator, where }, print) => {
      const tenants = await administrator.listTenants();
      const rows = tenants.map((record) => [record.tenant, record.name ?? '', statusOf(record), boundsInWords(record)]);
      print(
        tenants.map(asJson),
        rows.length === 0 ? `No tenants in the registry of ${where}.` : asColumns([['TENANT', 'NAME', 'STATUS', 'MAY USE'], ...rows]),
      );
    };
  },
};

/** `blueprint tenants …`. @throws UsageError, CommandError or ConfigError, each with a message for people. */
export async function tenantsCommand(args: readonly string[], context: CommandContext): Promise<void> {
  await runAdminCommand({ help: tenantsHelp, subcommands: { set, show, list } }, args, context);
}

function tenantOf(positionals: readonly string[], words: string): string {
  noMore(positionals, 1, words);
  const [tenant] = positionals;
  if (tenant === undefined) throw new UsageError(`blueprint ${words} needs the id of a tenant, as in acme.`);
  checkTenant(tenant);
  return tenant;
}

function yesOrNo(option: string, text: string | undefined): boolean | undefined {
  if (text === undefined || text === 'yes' || text === 'no') return text === undefined ? undefined : text === 'yes';
  throw new UsageError(`Option --${option} is "${text}"; it must be yes or no.`);
}

/** Undefined where nothing is said, null for none. */
function placesOf(text: string | undefined): string[] | null | undefined {
  if (text === undefined || text === 'none') return text === undefined ? undefined : null;
  const named = text.split(',').map((part) => part.trim());
  const strange = named.find((part) => !places.some((place) => place === part));
  if (strange === undefined) return named;
  const meant = nearest(strange, places);
  const advice =
    meant === undefined ? `; it must be an AWS region, or one of ${places.slice(0, 6).join(', ')}.` : `: did you mean "${meant}"?`;
  throw new UsageError(`Option --residency names "${strange}", which is no place${advice}`);
}

/** Undefined where nothing is said. */
function residencyOf(values: { readonly residency?: string; readonly 'no-retention'?: string }): ResidencyChange | undefined {
  const within = placesOf(values.residency);
  const noRetention = yesOrNo('no-retention', values['no-retention']);
  return within === undefined && noRetention === undefined ? undefined : { within, noRetention };
}

function asJson(record: TenantRecord): object {
  const { createdAt, suspendedAt, updatedAt } = record;
  return {
    ...record,
    status: statusOf(record),
    createdAt: createdAt === undefined ? null : isoTime(createdAt),
    suspendedAt: suspendedAt === undefined ? null : isoTime(suspendedAt),
    updatedAt: isoTime(updatedAt),
  };
}

function described(record: TenantRecord): string {
  const named = record.name === undefined ? '' : `${record.name}, `;
  return `${named}${statusOf(record)}; its callers may use ${boundsInWords(record)}`;
}

function boundsInWords({ scopes, residency }: TenantRecord): string {
  const within = residency?.within && `models in ${residency.within.join(' or ')}`;
  const kept = residency?.noRetention && 'models that keep nothing';
  return [inWords(scopes), within, kept].filter(Boolean).join(', ') || 'everything';
}

function statusOf({ suspendedAt }: TenantRecord): string {
  return suspendedAt === undefined ? 'active' : 'suspended';
}
