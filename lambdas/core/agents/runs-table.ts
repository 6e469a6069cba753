import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';

/**
 * The Runs table: what agents have decided, done and left to people. Partition by decision: one query reads all that is known of it.
 *
 * | pk | sk | item |
 * | --- | --- | --- |
 * | `DECISION#<decision id>` | `DECISION` | the decision; `list = DECISIONS#<agent>#<UTC day>` |
 * | | `EFFECT#<effect>[/<n>]` | one effect and how far it came |
 * | | `CASE` | its review; `list = CASES#<state>` |
 * | | `LABEL#<source>` | what was right, as it turned out |
 * | `LOCK#<agent>#<hash of the event id>` | `LOCK` | an event that is being worked on, or was |
 * | `MESSAGE#<message id>` | `FAILURE` | why a message failed last |
 *
 * The index `by-list` has `list` and `created_at` (epoch milliseconds).
 */
export interface RunsTable {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** Days that an item is kept. */
  readonly retentionDays: number;
}

export const LIST_INDEX = 'by-list';

const SECONDS_PER_DAY = 86_400;

export function keyOf(pk: string, sk: string): { readonly pk: AttributeValue.SMember; readonly sk: AttributeValue.SMember } {
  return { pk: { S: pk }, sk: { S: sk } };
}

export function decisionPk(decisionId: string): string {
  return `DECISION#${decisionId}`;
}

/** Epoch seconds at which DynamoDB may delete what is written now. */
export function expiresAt({ retentionDays }: RunsTable, nowMs: number): number {
  return Math.floor(nowMs / 1000) + retentionDays * SECONDS_PER_DAY;
}

export function dayOf(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}

export function decisionList(agent: string, day: string): string {
  return `DECISIONS#${agent}#${day}`;
}
