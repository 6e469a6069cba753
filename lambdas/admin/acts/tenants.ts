import * as z from 'zod';
import { setTeamLimits, setTenantLimits } from '../../core/administration/limit-store';
import { setTeam } from '../../core/administration/team-store';
import { setTenant } from '../../core/administration/tenant-store';
import { defineAct } from '../act';
import { changedResidency, changedScopes, limitChange, limitChangeOf, residencyChange, scopeChange } from '../changes';

const tenantPath = z.object({ tenant: z.string() });
const teamPath = z.object({ tenant: z.string(), team: z.string() });

export const tenantActs = [
  defineAct({
    name: 'tenants.set',
    method: 'PATCH',
    path: '/tenants/:tenant',
    said: z.strictObject({
      ...tenantPath.shape,
      name: z.string().optional(),
      scopes: scopeChange.nullish(),
      residency: residencyChange.nullish(),
      suspended: z.boolean().optional(),
    }),
    async run({ tenant, name, scopes, residency, suspended }, { registry, nowMs }) {
      const record = await setTenant(
        { ...registry, tenant },
        (before) => ({
          ...(name !== undefined && { name }),
          scopes: changedScopes(before?.scopes, scopes),
          residency: changedResidency(before?.residency, residency),
          ...(suspended !== undefined && { suspendedAt: suspended ? (before?.suspendedAt ?? nowMs) : undefined }),
        }),
        nowMs,
      );
      return { subject: tenant, answer: record };
    },
  }),
  defineAct({
    name: 'tenants.limit',
    method: 'PATCH',
    path: '/tenants/:tenant/limits',
    said: limitChange.extend(tenantPath.shape),
    async run({ tenant, ...change }, { registry, nowMs }) {
      return { subject: tenant, answer: await setTenantLimits({ ...registry, tenant }, limitChangeOf(change), nowMs) };
    },
  }),
  defineAct({
    name: 'teams.set',
    method: 'PATCH',
    path: '/teams/:tenant/:team',
    said: z.strictObject({ ...teamPath.shape, name: z.string().optional(), scopes: scopeChange.nullish() }),
    async run({ tenant, team, name, scopes }, { registry, nowMs }) {
      const record = await setTeam(
        { ...registry, tenant, team },
        (before) => ({ ...(name !== undefined && { name }), scopes: changedScopes(before?.scopes, scopes) }),
        nowMs,
      );
      return { subject: `${tenant}/${team}`, answer: record };
    },
  }),
  defineAct({
    name: 'teams.limit',
    method: 'PATCH',
    path: '/teams/:tenant/:team/limits',
    said: limitChange.extend(teamPath.shape),
    async run({ tenant, team, ...change }, { registry, nowMs }) {
      return { subject: `${tenant}/${team}`, answer: await setTeamLimits({ ...registry, tenant, team }, limitChangeOf(change), nowMs) };
    },
  }),
];
