import { type AttributeValue, ConditionalCheckFailedException, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { marshalItem, unmarshalItem } from '../attribute-values';
import { type DecisionRecord, decisionRecord } from './decision';
import type { DecisionStore } from './run-agent';
import { dayOf, decisionList, decisionPk, expiresAt, keyOf, type RunsTable } from './runs-table';

export const DECISION_SORT = 'DECISION';

/** Decisions in the Runs table. What was decided by and what was answered are kept as JSON text: DynamoDB's numbers are not JSON's. */
export function createDecisionStore(runs: RunsTable, nowMs: () => number): DecisionStore {
  const { client, table } = runs;
  return {
    async find(id) {
      const key = keyOf(decisionPk(id), DECISION_SORT);
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }));
      return Item === undefined ? undefined : fromDecisionItem(Item);
    },
    async keep(decision) {
      try {
        await client.send(
          new PutItemCommand({
            TableName: table,
            Item: toDecisionItem(decision, expiresAt(runs, nowMs())),
            ConditionExpression: 'attribute_not_exists(pk)',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return decision;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException && error.Item !== undefined) return fromDecisionItem(error.Item);
        throw error;
      }
    },
  };
}

function toDecisionItem({ input, prediction, ...same }: DecisionRecord, expires: number): Record<string, AttributeValue> {
  return {
    ...keyOf(decisionPk(same.id), DECISION_SORT),
    ...marshalItem({
      ...same,
      input: JSON.stringify(input),
      prediction: JSON.stringify(prediction),
      list: decisionList(same.agent, dayOf(same.decidedAtMs)),
      created_at: same.decidedAtMs,
      expires_at: expires,
    }),
  };
}

/** @throws Error when the item is no decision. */
export function fromDecisionItem(item: Record<string, AttributeValue>): DecisionRecord {
  const { input, prediction, ...same } = unmarshalItem(item);
  const parsed = decisionRecord.safeParse({ ...same, input: JSON.parse(String(input)), prediction: JSON.parse(String(prediction)) });
  if (parsed.success) return parsed.data;
  throw new Error(`The decision item ${item.pk?.S ?? 'without pk'} cannot be read: ${z.prettifyError(parsed.error)}`);
}
