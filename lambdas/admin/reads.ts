import { listKeys } from '../core/administration/key-store';
import { listLimits } from '../core/administration/limit-store';
import type { RegistryTable } from '../core/administration/registry-items';
import { checkTenant, RegistryError } from '../core/administration/registry-input';
import { listRevocations } from '../core/administration/revocation-store';
import { listRoles } from '../core/administration/role-store';
import { listTeams } from '../core/administration/team-store';
import { findTenant, listTenants } from '../core/administration/tenant-store';

interface Named {
  readonly tenant?: string;
}

/** What can be looked at, by its route below `/iam/v1/admin`; `?tenant=` narrows keys, roles and teams. Keys themselves are stored nowhere. */
export const reads: Readonly<Record<string, (registry: RegistryTable, named: Named) => Promise<object>>> = {
  '/keys': async (registry, named) => ({ keys: await listKeys(within(registry, named)) }),
  '/roles': async (registry, named) => ({ roles: await listRoles(within(registry, named)) }),
  '/teams': async (registry, named) => ({ teams: await listTeams(within(registry, named)) }),
  '/tenants': async (registry) => ({ tenants: await listTenants(registry) }),
  '/tenants/:tenant': async (registry, { tenant = '' }) => {
    checkTenant(tenant);
    const found = await findTenant({ ...registry, tenant });
    if (found === undefined) throw new RegistryError(`The registry says nothing of tenant ${tenant} (see blueprint tenants list).`);
    return found;
  },
  '/tokens': async (registry) => ({ revocations: await listRevocations(registry) }),
  '/limits': async (registry) => ({ limits: await listLimits(registry) }),
};

function within(registry: RegistryTable, { tenant }: Named): RegistryTable & Named {
  if (tenant !== undefined) checkTenant(tenant);
  return { ...registry, tenant };
}
