import { accountOf } from './match';
import type { PolicyStatement, Principal, RolePrincipal } from './types';

/**
 * How a resource policy's statement names the caller:
 * `session` its very session; `role` its role, its service or everyone; `account` only its account, which leaves the grant to the caller's identity policies.
 */
export type Naming = 'session' | 'role' | 'account';

type PrincipalElement = NonNullable<PolicyStatement['Principal']>;

/** How an Allow statement names the caller; undefined when it does not. */
export function namedByAllow(statement: PolicyStatement, principal: Principal): Naming | undefined {
  if (statement.Principal !== undefined) return strongestNaming(statement.Principal, principal);
  if (statement.NotPrincipal !== undefined) return strongestNaming(statement.NotPrincipal, principal) ? undefined : 'role';
  return undefined;
}

/** Whether a Deny statement meets the caller. Naming an account denies everyone in it. */
export function metByDeny(statement: PolicyStatement, principal: Principal): boolean {
  if (statement.Principal !== undefined) return strongestNaming(statement.Principal, principal) !== undefined;
  if (statement.NotPrincipal !== undefined) return !isExempt(statement.NotPrincipal, principal);
  return true;
}

/** IAM exempts a role's session from a Deny with NotPrincipal only where its account, its role and the session itself are all listed. */
function isExempt(element: PrincipalElement, principal: Principal): boolean {
  const namings = namingsOf(element, principal);
  if (element === '*' || principal.kind === 'service') return namings.includes('role');
  if (namedEntries(element).some(([, name]) => name === '*')) return true;
  return namings.includes('session') && namings.includes('role') && namings.includes('account');
}

function strongestNaming(element: PrincipalElement, principal: Principal): Naming | undefined {
  const namings = namingsOf(element, principal);
  return (['session', 'role', 'account'] as const).find((naming) => namings.includes(naming));
}

function namingsOf(element: PrincipalElement, principal: Principal): readonly Naming[] {
  if (element === '*') return ['role'];
  return namedEntries(element).flatMap(([kind, name]) => {
    if (kind === 'AWS') return name === '*' ? ['role' as const] : (principal.kind === 'role' && namingByAws(name, principal)) || [];
    if (kind === 'Service') return principal.kind === 'service' && principal.name === name ? ['role' as const] : [];
    return [];
  });
}

function namedEntries(element: Exclude<PrincipalElement, '*'>): readonly (readonly [kind: string, name: string])[] {
  return Object.entries(element).flatMap(([kind, names]) =>
    (typeof names === 'string' ? [names] : names).map((name) => [kind, name] as const),
  );
}

function namingByAws(name: string, principal: RolePrincipal): Naming | undefined {
  if (name === principal.sessionArn) return 'session';
  if (name === principal.roleArn) return 'role';
  const isAccount = name === principal.accountId || (name.endsWith(':root') && accountOf(name) === principal.accountId);
  return isAccount ? 'account' : undefined;
}
