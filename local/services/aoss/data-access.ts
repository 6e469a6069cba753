import { matchesWildcard } from '../../iam/match';
import type { PolicyDocument, PolicyStatement } from '../../iam/types';
import { isJsonObject } from '../json-protocol';

/** Rules of OpenSearch Serverless's own policies, of one type. */
interface Rule {
  readonly ResourceType: string;
  readonly Resource: readonly string[];
  readonly Permission: readonly string[];
}

/** What data-access policies say, as the statements of one policy: each allows principals some permissions on some indexes, and none denies. */
export class DataAccess {
  readonly #statements: PolicyStatement[] = [];

  /** @param text JSON, as the template has it. @throws Error where it is not such a policy */
  add(text: string): void {
    const rules: unknown = JSON.parse(text);
    if (!Array.isArray(rules)) throw new Error('its policy is not an array.');
    for (const entry of rules as readonly { readonly Rules: readonly Rule[]; readonly Principal: readonly string[] }[]) {
      for (const principal of entry.Principal) requireRoleOrUser(principal);
      for (const { Resource, Permission } of entry.Rules) {
        this.#statements.push({ Effect: 'Allow', Principal: { AWS: entry.Principal }, Action: Permission, Resource });
      }
    }
  }

  get policy(): PolicyDocument {
    return { Statement: this.#statements };
  }

  /** Whether anybody may do that: what no principal of the template may do, its deployment cannot. */
  isAllowedToSomeone(action: string, resource: string): boolean {
    return this.#statements.some(({ Action, Resource }) => anyMatches(Action, action) && anyMatches(Resource, resource));
  }
}

/** Of an encryption or network policy: the collections that its rules name, as patterns `collection/<name>`. */
export class CollectionPolicies {
  readonly #patterns: { readonly pattern: string; readonly isPublic: boolean }[] = [];

  /** @param text JSON, as the template has it: one object for encryption, an array of them for the network */
  add(text: string): void {
    const parsed: unknown = JSON.parse(text);
    for (const entry of Array.isArray(parsed) ? (parsed as unknown[]) : [parsed]) {
      if (!isJsonObject(entry)) throw new Error('its policy is not an object, or an array of objects.');
      for (const { ResourceType, Resource } of entry.Rules as readonly Rule[]) {
        if (ResourceType !== 'collection') continue;
        for (const pattern of Resource) this.#patterns.push({ pattern, isPublic: entry.AllowFromPublic === true });
      }
    }
  }

  covers(collection: string): boolean {
    return this.#patterns.some(({ pattern }) => matchesWildcard(pattern, `collection/${collection}`));
  }

  letsInFromAnywhere(collection: string): boolean {
    return this.#patterns.some(({ pattern, isPublic }) => isPublic && matchesWildcard(pattern, `collection/${collection}`));
  }
}

function requireRoleOrUser(principal: string): void {
  if (/^arn:[^:]+:(iam::\d{12}:(role|user)\/|sts::\d{12}:assumed-role\/)/.test(principal)) return;
  throw new Error(`its principal ${principal} is neither a role, a user nor a session of a role; the emulator knows no other.`);
}

function anyMatches(patterns: string | readonly string[] | undefined, text: string): boolean {
  return (typeof patterns === 'string' ? [patterns] : (patterns ?? [])).some((pattern) => matchesWildcard(pattern, text));
}
