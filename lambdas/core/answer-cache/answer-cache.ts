import { DeleteItemCommand, type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { marshalItem, unmarshalItem } from '../attribute-values';

const SORT_KEY = 'ANSWER';
const MS_PER_SECOND = 1000;

const storedAnswer = z.object({
  model: z.string(),
  text: z.string(),
  /** What it cost to make, in micro-dollars: what each replay saves. */
  cost_micro_usd: z.int().nonnegative(),
  /** Epoch milliseconds. */
  stored_at: z.number(),
  fresh_until: z.number(),
  stale_until: z.number(),
});

/** A whole answer of a model: all of its text, and that it ended by itself. */
export type StoredAnswer = z.infer<typeof storedAnswer>;

/** Answers by their key, `<partition>#<hash>`: two strings of hex, of which the first says for whom and by what the answer was made. */
export interface AnswerCache {
  /** One read. Rejects with whatever the store says, or the signal's reason. */
  find(key: string, signal: AbortSignal): Promise<StoredAnswer | undefined>;
  /** One write; a later answer replaces an earlier one. */
  put(key: string, answer: StoredAnswer): Promise<void>;
  /** One write. An answer that is not there counts as removed. */
  remove(key: string): Promise<void>;
}

export function createAnswerCache(client: DynamoDBClient, table: string): AnswerCache {
  return {
    async find(key, signal) {
      // A replica that lags behind costs a model call: no reason to pay for consistency.
      const command = new GetItemCommand({ TableName: table, Key: { pk: { S: key }, sk: { S: SORT_KEY } } });
      const { Item } = await client.send(command, { abortSignal: signal });
      // What another version wrote in another form is no answer.
      return Item === undefined ? undefined : storedAnswer.safeParse(unmarshalItem(Item)).data;
    },
    async put(key, answer) {
      const expiresAt = Math.ceil(answer.stale_until / MS_PER_SECOND);
      const Item = { pk: { S: key }, sk: { S: SORT_KEY }, ...marshalItem(answer), expires_at: { N: String(expiresAt) } };
      await client.send(new PutItemCommand({ TableName: table, Item }));
    },
    async remove(key) {
      await client.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: key }, sk: { S: SORT_KEY } } }));
    },
  };
}
