import { findRole } from '../core/administration/role-store';
import type { RegistryTable } from '../core/administration/registry-items';
import { GatewayError } from '../core/errors';
import { roleArnOf } from '../core/roles';
import { storeError } from '../core/store-error';

/**
 * Who may administer is said by IAM. One thing more is checked: a role that calls models for a tenant never may. Its policy often names all of
 * `/iam/v1/*`, and whoever has taken it over would make keys of any tenant.
 *
 * @param userArn What API Gateway verified. @returns the same. @throws GatewayError `access_denied`
 */
export async function authorize(userArn: string | undefined, registry: RegistryTable): Promise<string> {
  if (userArn === undefined) throw new GatewayError('access_denied', 'Administration takes requests that are signed by an AWS identity.');
  const roleArn = roleArnOf(userArn);
  if (roleArn === undefined) return userArn;
  const role = await findRole({ ...registry, roleArn }).catch((cause: unknown) => {
    throw storeError(cause);
  });
  if (role === undefined || role.revokedAt !== undefined) return userArn;
  throw new GatewayError(
    'access_denied',
    `Role ${roleArn} is registered to call models for tenant ${role.tenant}; such a role may not administer. Use another, or revoke the registration.`,
  );
}
