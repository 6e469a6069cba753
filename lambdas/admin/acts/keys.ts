import * as z from 'zod';
import { createKey, revokeKey, rotateKey } from '../../core/administration/key-store';
import { setKeyLimits } from '../../core/administration/limit-store';
import { InvalidInputError } from '../../core/administration/registry-input';
import { limits } from '../../core/limits';
import { newScopes } from '../../core/scopes';
import { defineAct } from '../act';
import { limitChange, limitChangeOf } from '../changes';

const MS_PER_DAY = 86_400_000;
/** An old key is not to live on beside its new one for good. */
const LONGEST_OVERLAP_MS = 30 * MS_PER_DAY;

export const keyActs = [
  defineAct({
    name: 'keys.create',
    method: 'POST',
    path: '/keys',
    said: z.strictObject({
      tenant: z.string(),
      team: z.string().optional(),
      name: z.string(),
      owner: z.string().optional(),
      scopes: newScopes.optional(),
      limits: limits.optional(),
      /** Epoch milliseconds. */
      expiresAt: z.int().positive().optional(),
    }),
    async run(said, { registry, by, nowMs }) {
      checkExpiry(said.expiresAt, nowMs);
      const { secret, record } = await createKey({ ...registry, ...said, createdBy: by, nowMs });
      return { status: 201, subject: record.keyId, answer: { key: secret, record } };
    },
  }),
  defineAct({
    name: 'keys.rotate',
    method: 'POST',
    path: '/keys/:keyId/rotate',
    said: z.strictObject({
      keyId: z.string(),
      overlapMs: z.int().nonnegative().max(LONGEST_OVERLAP_MS).default(MS_PER_DAY),
      expiresAt: z.int().positive().optional(),
    }),
    async run({ keyId, overlapMs, expiresAt }, { registry, nowMs }) {
      checkExpiry(expiresAt, nowMs);
      const { secret, record, old } = await rotateKey({ ...registry, keyId, overlapMs, expiresAt, nowMs });
      return { status: 201, subject: record.keyId, answer: { key: secret, record, old } };
    },
  }),
  defineAct({
    name: 'keys.revoke',
    method: 'POST',
    path: '/keys/:keyId/revoke',
    said: z.strictObject({ keyId: z.string() }),
    async run({ keyId }, { registry, nowMs }) {
      return { subject: keyId, answer: await revokeKey({ ...registry, keyId, nowMs }) };
    },
  }),
  defineAct({
    name: 'keys.limit',
    method: 'PATCH',
    path: '/keys/:keyId/limits',
    said: limitChange.extend({ keyId: z.string() }),
    async run({ keyId, ...change }, { registry }) {
      return { subject: keyId, answer: await setKeyLimits({ ...registry, keyId }, limitChangeOf(change)) };
    },
  }),
];

function checkExpiry(expiresAt: number | undefined, nowMs: number): void {
  if (expiresAt === undefined || expiresAt > nowMs) return;
  throw new InvalidInputError(`expiresAt is ${expiresAt}, which is over; it must be epoch milliseconds after ${nowMs}.`);
}
