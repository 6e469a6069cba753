import { listKeys } from '../core/administration/key-store';
import { listLimits } from '../core/administration/limit-store';
import type { RegistryTable } from '../core/administration/registry-items';
import { checkTenant, InvalidInputError, RegistryError } from '../core/administration/registry-input';
import { listRevocations } from '../core/administration/revocation-store';
import { listRoles } from '../core/administration/role-store';
import { listTeams } from '../core/administration/team-store';
import { findTenant, listTenants } from '../core/administration/tenant-store';
import { usageReport } from '../core/usage-ledger/usage-report';
import type { AdminPorts } from './ports';

/** Parameters of the query and the path. */
type Named = Readonly<Record<string, string>>;
type ReadPorts = Pick<AdminPorts, 'registry' | 'usage' | 'clock'>;

/** What can be looked at, by its route below `/iam/v1/admin`; `?tenant=` narrows keys, roles and teams. Keys themselves are stored nowhere. */
export const reads: Readonly<Record<string, (ports: ReadPorts, named: Named) => Promise<object>>> = {
  '/keys': async ({ registry }, named) => ({ keys: await listKeys(within(registry, named)) }),
  '/roles': async ({ registry }, named) => ({ roles: await listRoles(within(registry, named)) }),
  '/teams': async ({ registry }, named) => ({ teams: await listTeams(within(registry, named)) }),
  '/tenants': async ({ registry }, named) => {
    nothingElse(named);
    return { tenants: await listTenants(registry) };
  },
  '/tenants/:tenant': async ({ registry }, { tenant = '', ...others }) => {
    nothingElse(others);
    checkTenant(tenant);
    const found = await findTenant({ ...registry, tenant });
    if (found === undefined) throw new RegistryError(`The registry says nothing of tenant ${tenant} (see blueprint tenants list).`);
    return found;
  },
  '/tenants/:tenant/usage': async ({ usage, clock }, { tenant = '', ...query }) => {
    checkTenant(tenant);
    return usageReport(usage, { tenant }, query, clock.nowMs());
  },
  '/tokens': async ({ registry }, named) => {
    nothingElse(named);
    return { revocations: await listRevocations(registry) };
  },
  '/limits': async ({ registry }, named) => {
    nothingElse(named);
    return { limits: await listLimits(registry) };
  },
};

function within(registry: RegistryTable, { tenant, ...others }: Named): RegistryTable & { readonly tenant?: string } {
  nothingElse(others, 'tenant');
  if (tenant !== undefined) checkTenant(tenant);
  return { ...registry, tenant };
}

/** A parameter that is misspelt would show more than was asked for. @throws InvalidInputError */
function nothingElse(others: Named, ...known: readonly string[]): void {
  const [name] = Object.keys(others);
  if (name === undefined) return;
  const there = known.length === 0 ? 'this route takes none' : `this route takes ${known.join(', ')}`;
  throw new InvalidInputError(`The query has the parameter "${name}", which is unknown; ${there}.`);
}
