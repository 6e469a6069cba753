import * as z from 'zod';
import type { UsageDimension } from '../lambdas/core/attribution';
import type { limitChange, residencyChange, scopeChange } from '../lambdas/admin/changes';
import { storedKey } from '../lambdas/core/key-item';
import { revocation } from '../lambdas/core/identity/revocations';
import { limits } from '../lambdas/core/limits';
import { roleRecord } from '../lambdas/core/roles';
import type { Scopes } from '../lambdas/core/scopes';
import { teamRecord } from '../lambdas/core/teams';
import { tenantRecord } from '../lambdas/core/tenants';
import { addSums, NO_USAGE_SUMS, type UsageCounter, usageCounters, type UsageSums } from '../lambdas/core/usage-ledger/usage-item';
import type { ApiClient } from './api-client';

/** Who a key or a role is of, and what it may use. */
export interface NewCaller {
  readonly tenant: string;
  readonly team?: string;
  readonly name: string;
  readonly owner?: string;
  readonly scopes?: Scopes;
}

/** Members that are not named stay as they are; null takes one away. */
export type LimitChange = z.input<typeof limitChange>;
export type ScopeChange = z.input<typeof scopeChange>;
export type ResidencyChange = z.input<typeof residencyChange>;

export interface TenantChange {
  readonly name?: string;
  readonly scopes?: ScopeChange;
  readonly residency?: ResidencyChange;
  readonly suspended?: boolean;
}

export interface TeamChange {
  readonly name?: string;
  readonly scopes?: ScopeChange;
}

/** What has limits. */
export type LimitedId =
  | { readonly of: 'tenant'; readonly tenant: string }
  | { readonly of: 'team'; readonly tenant: string; readonly team: string }
  | { readonly of: 'key'; readonly keyId: string };

const limited = z.object({ of: z.enum(['tenant', 'team', 'key']), id: z.string(), tenant: z.string(), limits });
const createdKey = z.object({ key: z.string(), record: storedKey });
const rotatedKey = createdKey.extend({ old: storedKey });
const revokedKey = z.object({ record: storedKey, alreadyRevoked: z.boolean() });
const registeredRole = z.object({ record: roleRecord, created: z.boolean() });
const revokedRole = z.object({ record: roleRecord, alreadyRevoked: z.boolean() });

const of = <T extends z.ZodType>(name: string, record: T) => z.object({ [name]: z.array(record) }).transform((said) => said[name] ?? []);

export interface UsageQuestion {
  /** `2026-11-01` */
  readonly from: string;
  readonly to: string;
  /** What it is grouped by. */
  readonly by: readonly UsageDimension[];
}

/** Sums of what has the same values in the dimensions; null where a call has none. */
export interface UsedBy {
  readonly by: Readonly<Partial<Record<UsageDimension, string | null>>>;
  readonly sums: UsageSums;
}

const sums = z.looseObject(Object.fromEntries(usageCounters.map((counter) => [counter, z.number()])) as Record<UsageCounter, z.ZodNumber>);

function usage(by: readonly UsageDimension[]) {
  const group = sums.transform((said): UsedBy => {
    const values = by.map((dimension) => [dimension, typeof said[dimension] === 'string' ? said[dimension] : null]);
    return { by: Object.fromEntries(values), sums: addSums(NO_USAGE_SUMS, said) };
  });
  return z.object({ data: z.array(group) }).transform(({ data }) => data);
}

export type Limited = z.infer<typeof limited>;

/**
 * Administration of an environment as its API does it, in the order and with the names of docs/administration.md. Whatever changes something is in the
 * audit trail, with the AWS identity of whoever asked. All reject with CommandError for what the API refuses.
 */
export class Administrator {
  /** @param api Of `…/iam/v1/admin`. */
  constructor(private readonly api: ApiClient) {}

  /** @param key `expiresAt` in epoch milliseconds. */
  createKey(key: NewCaller & { readonly expiresAt?: number }) {
    return this.api.ask(createdKey, 'POST', '/keys', key);
  }

  /** @param times `overlapMs`, how long the old key is good beside the new one; `expiresAt` of the new one, in epoch milliseconds. */
  rotateKey(keyId: string, times: { readonly overlapMs: number; readonly expiresAt?: number }) {
    return this.api.ask(rotatedKey, 'POST', `/keys/${segment(keyId)}/rotate`, times);
  }

  revokeKey(keyId: string) {
    return this.api.ask(revokedKey, 'POST', `/keys/${segment(keyId)}/revoke`);
  }

  /** @param tenant Absent: of all. */
  listKeys(tenant?: string) {
    return this.api.ask(of('keys', storedKey), 'GET', `/keys${within(tenant)}`);
  }

  registerRole(role: NewCaller & { readonly roleArn: string }) {
    return this.api.ask(registeredRole, 'POST', '/roles', role);
  }

  revokeRole(roleArn: string) {
    return this.api.ask(revokedRole, 'POST', '/roles/revoke', { roleArn });
  }

  listRoles(tenant?: string) {
    return this.api.ask(of('roles', roleRecord), 'GET', `/roles${within(tenant)}`);
  }

  setTenant(tenant: string, change: TenantChange) {
    return this.api.ask(tenantRecord, 'PATCH', `/tenants/${segment(tenant)}`, change);
  }

  findTenant(tenant: string) {
    return this.api.ask(tenantRecord, 'GET', `/tenants/${segment(tenant)}`);
  }

  /** What it has used, by UTC days from `from` to `to`, both included. */
  usageOf(tenant: string, { from, to, by }: UsageQuestion) {
    const query = new URLSearchParams({ from, to, group_by: by.join(',') });
    return this.api.ask(usage(by), 'GET', `/tenants/${segment(tenant)}/usage?${query}`);
  }

  listTenants() {
    return this.api.ask(of('tenants', tenantRecord), 'GET', '/tenants');
  }

  setTeam({ tenant, team }: { readonly tenant: string; readonly team: string }, change: TeamChange) {
    return this.api.ask(teamRecord, 'PATCH', `/teams/${segment(tenant)}/${segment(team)}`, change);
  }

  listTeams(tenant?: string) {
    return this.api.ask(of('teams', teamRecord), 'GET', `/teams${within(tenant)}`);
  }

  setLimits(id: LimitedId, change: LimitChange) {
    return this.api.ask(limited, 'PATCH', `${limitedPath(id)}/limits`, change);
  }

  listLimits() {
    return this.api.ask(of('limits', limited), 'GET', '/limits');
  }

  revokeTokens(issuer: string, subject: string) {
    return this.api.ask(revocation, 'POST', '/tokens/revoke', { issuer, subject });
  }

  listRevocations() {
    return this.api.ask(of('revocations', revocation), 'GET', '/tokens');
  }
}

const segment = encodeURIComponent;

function within(tenant: string | undefined): string {
  return tenant === undefined ? '' : `?tenant=${encodeURIComponent(tenant)}`;
}

function limitedPath(id: LimitedId): string {
  if (id.of === 'key') return `/keys/${segment(id.keyId)}`;
  return id.of === 'tenant' ? `/tenants/${segment(id.tenant)}` : `/teams/${segment(id.tenant)}/${segment(id.team)}`;
}
