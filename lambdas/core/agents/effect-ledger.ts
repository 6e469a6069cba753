import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshalItem } from '../attribute-values';
import type { EffectRequest } from './effect';
import type { EffectLedger } from './perform-effects';
import { decisionPk, expiresAt, keyOf, type RunsTable } from './runs-table';

const PREFIX = 'EFFECT#';

/** What was asked for and done, in the Runs table: one item for each effect, beside its decision. */
export function createEffectLedger(runs: RunsTable, nowMs: () => number): EffectLedger {
  const { client, table } = runs;
  return {
    async ask(request) {
      const by = randomUUID();
      const { effect, input, key } = request;
      const members = {
        effect,
        key,
        state: 'asked',
        by,
        input: JSON.stringify(input),
        asked_at: nowMs(),
        expires_at: expiresAt(runs, nowMs()),
      };
      try {
        await client.send(
          new PutItemCommand({
            TableName: table,
            Item: { ...itemKey(request), ...marshalItem(members) },
            ConditionExpression: 'attribute_not_exists(pk)',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return 'new';
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
        // The SDK sends a write again whose answer it did not see: what is there may be this very one.
        if (error.Item.by?.S === by) return 'new';
        return error.Item.state?.S === 'done' ? 'done' : 'asked';
      }
    },
    async done(request) {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: itemKey(request),
          UpdateExpression: 'SET #state = :done, done_at = :now',
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: { ':done': { S: 'done' }, ':now': { N: String(nowMs()) } },
        }),
      );
    },
    async refuse(request) {
      await client.send(new DeleteItemCommand({ TableName: table, Key: itemKey(request) }));
    },
  };
}

function itemKey({ key, decisionId }: EffectRequest): Record<string, AttributeValue> {
  return keyOf(decisionPk(decisionId), `${PREFIX}${key.slice(decisionId.length + 1)}`);
}
