import * as z from 'zod';
import { revokeTokens } from '../../core/administration/revocation-store';
import { registerRole, revokeRole } from '../../core/administration/role-store';
import { newScopes } from '../../core/scopes';
import { defineAct } from '../act';

/** Callers that have no key of ours: AWS roles, and bearers of an issuer's tokens. ARNs and issuers stand in bodies: they have slashes. */
export const roleActs = [
  defineAct({
    name: 'roles.register',
    method: 'POST',
    path: '/roles',
    said: z.strictObject({
      roleArn: z.string(),
      tenant: z.string(),
      team: z.string().optional(),
      name: z.string(),
      owner: z.string().optional(),
      scopes: newScopes.optional(),
    }),
    async run(said, { registry, nowMs }) {
      const { record, created } = await registerRole({ ...registry, ...said, nowMs });
      return { status: created ? 201 : 200, subject: record.roleArn, answer: { record, created } };
    },
  }),
  defineAct({
    name: 'roles.revoke',
    method: 'POST',
    path: '/roles/revoke',
    said: z.strictObject({ roleArn: z.string() }),
    async run({ roleArn }, { registry, nowMs }) {
      const revoked = await revokeRole({ ...registry, roleArn, nowMs });
      return { subject: revoked.record.roleArn, answer: revoked };
    },
  }),
  defineAct({
    name: 'tokens.revoke',
    method: 'POST',
    path: '/tokens/revoke',
    said: z.strictObject({ issuer: z.url(), subject: z.string() }),
    async run({ issuer, subject }, { registry, nowMs }) {
      const record = await revokeTokens({ ...registry, issuer, subject, revokedAt: nowMs });
      return { subject: `${issuer}#${subject}`, answer: record };
    },
  }),
];
