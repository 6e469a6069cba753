import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { marshalItem, unmarshalItem } from '../attribute-values';
import { keyOf, type RunsTable } from './runs-table';

/** Why a message failed last: what stands beside it when it lies in the dead-letter queue. */
export const failureRecord = z.object({
  messageId: z.string(),
  agent: z.string(),
  /** Name of the error's class: `GatewayCallError`. */
  error: z.string(),
  reason: z.string(),
  /** Of the call to the model, where it came to one. */
  callId: z.string().optional(),
  /** How often the message had been received. */
  receives: z.number(),
  /** Epoch milliseconds. */
  failedAtMs: z.number(),
});

export type FailureRecord = Readonly<z.infer<typeof failureRecord>>;

const FAILURE_SORT = 'FAILURE';
const MAX_REASON = 2_000;
/** Longer than a message can be kept in any queue, twice. */
const RETENTION_SECONDS = 30 * 86_400;

export function failureKey(messageId: string) {
  return keyOf(`MESSAGE#${messageId}`, FAILURE_SORT);
}

/** Keeps the last failure of a message. */
export async function keepFailure({ client, table }: Pick<RunsTable, 'client' | 'table'>, failure: FailureRecord): Promise<void> {
  const members = {
    ...failure,
    reason: failure.reason.slice(0, MAX_REASON),
    expires_at: Math.floor(failure.failedAtMs / 1000) + RETENTION_SECONDS,
  };
  await client.send(new PutItemCommand({ TableName: table, Item: { ...failureKey(failure.messageId), ...marshalItem(members) } }));
}

/** Undefined for a message that no agent has failed on. */
export async function findFailure(
  { client, table }: Pick<RunsTable, 'client' | 'table'>,
  messageId: string,
): Promise<FailureRecord | undefined> {
  const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: failureKey(messageId), ConsistentRead: true }));
  return Item === undefined ? undefined : failureRecord.parse(unmarshalItem(Item));
}
