import { accountOf } from './match';
import { askIdentityPolicies, askResourcePolicy, type Question, type Verdict } from './statements';
import type { Access, ConditionContext, Decision, Principal, RolePrincipal } from './types';

export { supportedConditionOperators } from './conditions';

const NOTHING: Verdict = { denied: false, allowedAs: new Set(), unsupported: [] };

/** The three kinds of policy that decide, in the words of AWS's messages. */
interface Verdicts {
  readonly identity: Verdict;
  readonly boundary: Verdict | undefined;
  readonly resource: Verdict;
}

type Because = 'identity-based policy' | 'permissions boundary' | 'resource-based policy' | 'data-access policy';

/**
 * Decides as IAM does whether the principal may do one thing: an explicit deny anywhere wins; a permissions boundary limits what identity policies allow;
 * the resource's own policy is enough by itself within the account where it names the caller, and needed besides in another account.
 * What is not evaluated (an operator outside `supportedConditionOperators`, a policy variable) never allows, always denies, and is named in the reason.
 */
export function authorize(principal: Principal, access: Access): Decision {
  const question: Question = { action: access.action, resource: access.resource, context: contextOf(principal, access.context) };
  const resource = askResourcePolicy(access.resourcePolicy, question, principal);
  if (access.resourcePolicyAlone) return decideAlone(principal, access, resource);
  const isRole = principal.kind === 'role';
  const verdicts: Verdicts = {
    identity: isRole ? askIdentityPolicies(principal.identityPolicies, question) : NOTHING,
    boundary: isRole && principal.permissionsBoundary ? askIdentityPolicies([principal.permissionsBoundary], question) : undefined,
    resource,
  };
  const missing = isRole ? findMissingGrant(principal, access, verdicts) : missingServiceGrant(resource);
  const denier = findExplicitDeny(verdicts);
  if (denier) return deny(principal, access, `with an explicit deny in ${article(denier)} ${denier}`, verdicts);
  if (missing) return deny(principal, access, `because no ${missing} allows the ${access.action} action`, verdicts);
  return { allowed: true };
}

function decideAlone(principal: Principal, access: Access, resource: Verdict): Decision {
  if (!resource.denied && (resource.allowedAs.has('session') || resource.allowedAs.has('role'))) return { allowed: true };
  const because: Because = 'data-access policy';
  return deny(principal, access, `because no ${because} allows the ${access.action} action`, {
    identity: NOTHING,
    boundary: undefined,
    resource,
  });
}

function findExplicitDeny({ identity, boundary, resource }: Verdicts): Because | undefined {
  if (identity.denied) return 'identity-based policy';
  if (resource.denied) return 'resource-based policy';
  return boundary?.denied ? 'permissions boundary' : undefined;
}

function findMissingGrant(principal: RolePrincipal, access: Access, { identity, boundary, resource }: Verdicts): Because | undefined {
  const identityAllows = identity.allowedAs.size > 0;
  const boundaryAllows = boundary === undefined || boundary.allowedAs.size > 0;
  const account = accountOf(access.resource);
  const sameAccount = account === undefined || account === principal.accountId;
  if (sameAccount) {
    // A grant to the session itself is not limited by the boundary, one to its role is.
    if (resource.allowedAs.has('session')) return undefined;
    if (resource.allowedAs.has('role')) return boundaryAllows ? undefined : 'permissions boundary';
    if (access.resourcePolicyIsRoot && !resource.allowedAs.has('account')) return 'resource-based policy';
  }
  if (!identityAllows) return 'identity-based policy';
  if (!boundaryAllows) return 'permissions boundary';
  return sameAccount || resource.allowedAs.size > 0 ? undefined : 'resource-based policy';
}

function missingServiceGrant(resource: Verdict): Because | undefined {
  return resource.allowedAs.size > 0 ? undefined : 'resource-based policy';
}

function deny(principal: Principal, access: Access, because: string, { identity, boundary, resource }: Verdicts): Decision {
  const user = principal.kind === 'role' ? principal.sessionArn : principal.name;
  const unsupported = [...new Set([identity, ...(boundary ? [boundary] : []), resource].flatMap((verdict) => verdict.unsupported))];
  const note =
    unsupported.length === 0 ? '' : ` (not evaluated by the local emulator, and so taken as a denial: ${unsupported.join('; ')})`;
  return {
    allowed: false,
    reason: `User: ${user} is not authorized to perform: ${access.action} on resource: ${access.resource} ${because}${note}`,
  };
}

function article(because: Because): 'a' | 'an' {
  return because === 'identity-based policy' ? 'an' : 'a';
}

/** The request's context in lower-case keys, with the keys that IAM itself fills in; those cannot be given by the call. */
function contextOf(principal: Principal, given: ConditionContext = {}): ConditionContext {
  const reserved = ['aws:principalarn', 'aws:principalaccount', 'aws:principalisawsservice', 'aws:principalservicename'];
  const entries = Object.entries(given)
    .map(([key, value]) => [key.toLowerCase(), value] as const)
    .filter(([key]) => !reserved.includes(key));
  const own: ConditionContext =
    principal.kind === 'role'
      ? { 'aws:principalarn': principal.roleArn, 'aws:principalaccount': principal.accountId, 'aws:principalisawsservice': 'false' }
      : { 'aws:principalservicename': principal.name, 'aws:principalisawsservice': 'true' };
  return { ...Object.fromEntries(entries), ...own };
}
