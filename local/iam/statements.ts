import { evaluateConditions, findPolicyVariable } from './conditions';
import { matchesAction, matchesArn } from './match';
import { metByDeny, type Naming, namedByAllow } from './principals';
import type { ConditionContext, PolicyDocument, PolicyStatement, Principal } from './types';

/** What is asked of a policy: the call's action and resource, and its context with keys in lower case. */
export interface Question {
  readonly action: string;
  readonly resource: string;
  readonly context: ConditionContext;
}

/** What a set of policies says. `unsupported` names what made statements that would apply count as denials. */
export interface Verdict {
  readonly denied: boolean;
  /** How allowing statements name the caller; identity policies and boundaries name nobody and say `role`. */
  readonly allowedAs: ReadonlySet<Naming>;
  readonly unsupported: readonly string[];
}

type Match = 'no' | 'yes' | { readonly unsupported: string };

/** What identity policies, or a boundary, say. */
export function askIdentityPolicies(policies: readonly PolicyDocument[], question: Question): Verdict {
  return collect(policies, question, () => 'role');
}

/** What the policy on the resource says about this caller. */
export function askResourcePolicy(policy: PolicyDocument | undefined, question: Question, principal: Principal): Verdict {
  return collect(policy ? [policy] : [], question, (statement) => {
    if (statement.Effect === 'Allow') return namedByAllow(statement, principal);
    return metByDeny(statement, principal) ? 'role' : undefined;
  });
}

function collect(
  policies: readonly PolicyDocument[],
  question: Question,
  naming: (statement: PolicyStatement) => Naming | undefined,
): Verdict {
  const allowedAs = new Set<Naming>();
  const unsupported: string[] = [];
  let denied = false;
  for (const statement of policies.flatMap((policy) => policy.Statement)) {
    const named = naming(statement);
    if (!named) continue;
    const match = matchStatement(statement, question);
    if (match === 'no') continue;
    if (typeof match === 'object') unsupported.push(match.unsupported);
    // Whatever is not plainly an Allow that was fully understood is a denial or nothing.
    if (statement.Effect !== 'Allow') denied = true;
    else if (match === 'yes') allowedAs.add(named);
  }
  return { denied, allowedAs, unsupported };
}

function matchStatement(statement: PolicyStatement, question: Question): Match {
  const matches = [
    matchElement('Action', statement.Action, statement.NotAction, (pattern) => matchesAction(pattern, question.action)),
    matchElement('Resource', statement.Resource, statement.NotResource, (pattern) => matchesArn(pattern, question.resource)),
  ];
  if (matches.includes('no')) return 'no';
  const unsupported = matches.find((match) => typeof match === 'object');
  if (unsupported) return unsupported;
  const conditions = evaluateConditions(statement.Condition, question.context);
  if ('unsupported' in conditions) return conditions;
  return conditions.holds ? 'yes' : 'no';
}

/** Matches `Action` or `NotAction`, `Resource` or `NotResource`; exactly one of each pair stands in a statement. */
function matchElement(name: string, element: unknown, notElement: unknown, matches: (pattern: string) => boolean): Match {
  if ((element === undefined) === (notElement === undefined)) return { unsupported: `a statement without either ${name} or Not${name}` };
  const given = element ?? notElement;
  const patterns: readonly unknown[] = Array.isArray(given) ? given : [given];
  const texts = patterns.filter((pattern) => typeof pattern === 'string');
  if (texts.length < patterns.length) return { unsupported: `a ${name} that is not resolved to text` };
  const positive = element !== undefined;
  // A pattern that is plain text decides by itself, whatever variables stand in the others.
  const plain = texts.filter((text) => findPolicyVariable([text]) === undefined);
  if (plain.some(matches)) return positive ? 'yes' : 'no';
  const variable = findPolicyVariable(texts);
  if (variable) return { unsupported: `the policy variable ${variable} in ${positive ? '' : 'Not'}${name}` };
  return positive ? 'no' : 'yes';
}
