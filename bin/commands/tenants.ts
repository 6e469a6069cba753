import { places } from '../../config/regions';
import { nearest } from '../../config/nearest';
import type { Residency } from '../../lambdas/core/residency';
import type { TenantRecord } from '../../lambdas/core/tenants';
import { checkName, checkTenant, RegistryError } from '../../lambdas/core/administration/registry-input';
import { findTenant, listTenants, setTenant } from '../../lambdas/core/administration/tenant-store';
import { UsageError } from './cli-error';
import type { CommandContext } from './context';
import { asColumns, isoTime } from './format';
import { changedScopes, checkModels, inWords, scopeHelp, scopeOptions } from './scope-options';
import { commonHelp, commonOptions, noMore, runRegistryCommand, type Subcommand } from './subcommands';

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
${commonHelp}`;

const options = {
  ...commonOptions,
  ...scopeOptions,
  name: 'string',
  suspended: 'string',
  residency: 'string',
  'no-retention': 'string',
} as const;
type TenantSubcommand = Subcommand<typeof options>;

const set: TenantSubcommand = {
  options,
  prepare({ values, positionals }, nowMs) {
    const tenant = tenantOf(positionals, 'tenants set');
    const { name } = values;
    if (name !== undefined) checkName(name);
    const isSuspended = yesOrNo('suspended', values.suspended);
    const named = changedScopes(undefined, values);
    const within = placesOf(values.residency);
    const noRetention = yesOrNo('no-retention', values['no-retention']);
    return async (target, print) => {
      const { client, table, where } = target;
      checkModels(named, target);
      const record = await setTenant(
        { client, table, tenant },
        (before) => ({
          ...(name !== undefined && { name }),
          scopes: changedScopes(before?.scopes, values),
          residency: residencyOf(before?.residency, { within, noRetention }),
          ...(isSuspended !== undefined && { suspendedAt: isSuspended ? (before?.suspendedAt ?? nowMs) : undefined }),
        }),
        nowMs,
      );
      print(asJson(record), `Tenant ${tenant} in ${where}: ${described(record)}.`);
    };
  },
};

const show: TenantSubcommand = {
  options: commonOptions,
  prepare({ positionals }) {
    const tenant = tenantOf(positionals, 'tenants show');
    return async ({ client, table, where }, print) => {
      const record = await findTenant({ client, table, tenant });
      if (record === undefined)
        throw new RegistryError(`The registry of ${where} says nothing of tenant ${tenant} (see blueprint tenants list).`);
      print(asJson(record), `Tenant ${tenant} in ${where}: ${described(record)}.`);
    };
  },
};

const list: TenantSubcommand = {
  options: commonOptions,
  prepare({ positionals }) {
    noMore(positionals, 0, 'tenants list');
    return async ({ client, table, where }, print) => {
      const tenants = await listTenants({ client, table });
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
  await runRegistryCommand({ name: 'tenants', help: tenantsHelp, subcommands: { set, show, list } }, args, context);
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
function placesOf(text: string | undefined): readonly string[] | null | undefined {
  if (text === undefined || text === 'none') return text === undefined ? undefined : null;
  const named = text.split(',').map((part) => part.trim());
  const strange = named.find((part) => !places.some((place) => place === part));
  if (strange === undefined) return named;
  const meant = nearest(strange, places);
  const advice =
    meant === undefined ? `; it must be an AWS region, or one of ${places.slice(0, 6).join(', ')}.` : `: did you mean "${meant}"?`;
  throw new UsageError(`Option --residency names "${strange}", which is no place${advice}`);
}

interface ResidencyChange {
  readonly within: readonly string[] | null | undefined;
  readonly noRetention: boolean | undefined;
}

function residencyOf(before: Residency | undefined, change: ResidencyChange): Residency | undefined {
  const within = change.within === undefined ? before?.within : change.within;
  const noRetention = change.noRetention ?? before?.noRetention ?? false;
  if (!within && !noRetention) return undefined;
  return { ...(within && { within: [...within] }), ...(noRetention && { noRetention }) };
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
