import {
  type AttributeValue,
  ConditionalCheckFailedException,
  GetItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { applyUpdate, holds, type Item } from './expressions';

/**
 * A table in memory that evaluates the statements it is sent, one at a time: for tests that need thousands of them in an order of their own. What
 * it does not know it refuses.
 */
export class MemoryTable {
  readonly items = new Map<string, Item>();
  /** Called after each update that was made. */
  onUpdate: (key: string, item: Item) => void = () => undefined;

  /** @throws ConditionalCheckFailedException with the item, as the store does when it is asked for it. */
  execute(command: unknown): object {
    if (command instanceof UpdateItemCommand) return this.#update(command.input);
    if (command instanceof GetItemCommand) {
      const item = this.items.get(keyOf(command.input.Key));
      return item === undefined ? {} : { Item: item };
    }
    if (command instanceof ScanCommand) {
      const { FilterExpression, ...expression } = command.input;
      return { Items: [...this.items.values()].filter((item) => holds(FilterExpression, item, expression)) };
    }
    throw new Error(`The table in memory does not know ${(command as object).constructor.name}.`);
  }

  #update(input: UpdateItemCommand['input']): object {
    const key = keyOf(input.Key);
    const old = this.items.get(key);
    if (!holds(input.ConditionExpression, old ?? {}, input)) {
      throw new ConditionalCheckFailedException({
        message: 'The conditional request failed',
        $metadata: {},
        ...(input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && old !== undefined && { Item: old }),
      });
    }
    const { item, written } = applyUpdate(input.UpdateExpression ?? '', { ...input.Key, ...old }, input);
    this.items.set(key, item);
    this.onUpdate(key, item);
    if (input.ReturnValues === 'ALL_NEW') return { Attributes: item };
    return input.ReturnValues === 'UPDATED_NEW'
      ? { Attributes: Object.fromEntries(Object.entries(item).filter(([name]) => written.has(name))) }
      : {};
  }

  /** An item's numbers. */
  numbers(pk: string, sk: string): Record<string, number> {
    const item = this.items.get(`${pk} ${sk}`) ?? {};
    return Object.fromEntries(Object.entries(item).flatMap(([name, { N }]) => (N === undefined ? [] : [[name, Number(N)]])));
  }
}

function keyOf(key: Record<string, AttributeValue> | undefined): string {
  const { pk, sk } = key ?? {};
  if (pk?.S === undefined || sk?.S === undefined) throw new Error(`No key of this table: ${JSON.stringify(key)}.`);
  return `${pk.S} ${sk.S}`;
}
