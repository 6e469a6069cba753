import { type DynamoDBClient, ExecuteStatementCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { marshalItem } from '../attribute-values';
import { isOwnEarlierAttempt, statementOf } from '../audit';
import { storeError } from '../store-error';
import { type CallId, startedAtSeconds } from '../trace-id';

/** Epoch milliseconds. */
const instant = z.number();

/** Written before anything is changed: who is about to do what. Never a secret. */
export const adminRecord = z.looseObject({
  /** As `keys.create`. */
  act: z.string(),
  /** ARN of the AWS identity that API Gateway verified. */
  by: z.string(),
  /** What was said: the members of the body and of the path. */
  parameters: z.record(z.string(), z.unknown()),
  created_at: instant,
});

/** Written afterwards. An act without one has begun, and whether it was done shows in the registry alone. */
export const adminResultRecord = z.looseObject({
  act: z.string(),
  by: z.string(),
  outcome: z.enum(['done', 'refused', 'failed']),
  /** What it was done to, as `key_0123456789abcdef`; absent where it was not done. */
  subject: z.string().optional(),
  /** Why it was refused, or the code of the error. */
  reason: z.string().optional(),
  recorded_at: instant,
});

export type AdminRecord = z.infer<typeof adminRecord>;
export type AdminResultRecord = z.infer<typeof adminResultRecord>;

/** Where administrative acts are recorded. Both reject with GatewayError `store_unavailable` or `internal_error`. */
export interface AdminAudit {
  insertAct(id: CallId, record: AdminRecord): Promise<void>;
  insertResult(id: CallId, record: AdminResultRecord): Promise<void>;
}

const SECONDS_PER_DAY = 86_400;
/** In place of the tenant, in the index by tenant and day. No tenant begins so. */
const INDEX_PREFIX = '@admin#';

/**
 * Administrative acts in the audit table, by PartiQL INSERT alone. Item: `pk = ADMIN#<id>`, `sk = ADMIN | ADMIN_RESULT`, `tenant_day` (`@admin#<UTC day>`),
 * `expires_at` (epoch seconds), and the record's members.
 */
export function createAdminAudit(client: DynamoDBClient, table: string, retentionDays: number): AdminAudit {
  async function insert(id: CallId, kind: 'ADMIN' | 'ADMIN_RESULT', record: AdminRecord | AdminResultRecord): Promise<void> {
    const startedAt = startedAtSeconds(id);
    const item = marshalItem({
      pk: `ADMIN#${id}`,
      sk: kind,
      tenant_day: INDEX_PREFIX + new Date(startedAt * 1000).toISOString().slice(0, 10),
      expires_at: startedAt + retentionDays * SECONDS_PER_DAY,
      ...record,
    });
    try {
      await client.send(new ExecuteStatementCommand({ Statement: statementOf(table, Object.keys(item)), Parameters: Object.values(item) }));
    } catch (cause) {
      if (!isOwnEarlierAttempt(cause)) throw storeError(cause);
    }
  }

  return {
    insertAct: (id, record) => insert(id, 'ADMIN', record),
    insertResult: (id, record) => insert(id, 'ADMIN_RESULT', record),
  };
}
