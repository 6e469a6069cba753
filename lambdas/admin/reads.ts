import { listKeys } from '../core/administration/key-store';
import { listLimits } from '../core/administration/limit-store';
import type { RegistryTable } from '../core/administration/registry-items';
import { checkTenant, RegistryError } from '../core/administration/registry-input';
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
  '/tenants': async ({ registry }) => ({ tenants: await listTenants(registry) }),
  '/tenants/:tenant': async ({ registry }, { tenant = '' }) => {
    checkTenant(tenant);
    const found = await findTenant({ ...registry, tenant });
    if (found === undefined) throw new RegistryError(`The registry says nothing of tenant ${tenant} (see blueprint tenants list).`);
    return found;
  },
  '/tenants/:tenant/usage': async ({ usage, clock }, { tenant = '', ...query }) => {
    checkTenant(tenant);
    return usageReport(usage, { tenant }, query, clock.nowMs());
  },
  '/tokens': async ({ registry }) => ({ revocations: await listRevocations(registry) }),
  '/limits': async ({ registry }) => ({ limits: await listLimits(registry) }),
};

function within(registry: RegistryTable, { tenant }: Named): RegistryTable & { readonly tenant?: string } {
  if (tenant !== undefined) checkTenant(tenant);
  return { ...registry, tenant };
}
