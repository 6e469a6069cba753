import { ServiceError } from '../../service';
import { lockKeysOf, type Target } from './access';
import type { Body, Engine, EngineRequest, Item } from './engine';
import { validationError } from './errors';
import type { KeyLock } from './key-lock';

/** What runs operations on items. All writes go through `locks`, so that what is read after a failed condition is what the condition saw. */
export interface ItemStore {
  readonly engine: Engine;
  readonly locks: KeyLock;
}

const RETURN_ITEM = 'ReturnValuesOnConditionCheckFailure';

/** Takes `ReturnValuesOnConditionCheckFailure`, which dynalite does not know, out of a write. Throws ServiceError for values it cannot have. */
export function takeReturnItem(body: Body): { readonly body: Body; readonly returnItem: boolean } {
  const { [RETURN_ITEM]: value, ...rest } = body;
  if (value !== undefined && value !== null && value !== 'ALL_OLD' && value !== 'NONE') {
    throw validationError(
      `1 validation error detected: Value '${String(value)}' at 'returnValuesOnConditionCheckFailure' failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, NONE]`,
    );
  }
  return { body: rest, returnItem: value === 'ALL_OLD' };
}

/**
 * Runs a write on the items of the targets, alone on each of them.
 *
 * @param returnItem whether a ConditionalCheckFailedException carries the item that failed the condition
 */
export function writeItems(store: ItemStore, request: EngineRequest, targets: readonly Target[], returnItem = false): Promise<Body> {
  return store.locks.run(lockKeysOf(targets), async () => {
    try {
      return await store.engine.run(request);
    } catch (error) {
      if (!returnItem || !(error instanceof ServiceError) || error.code !== 'ConditionalCheckFailedException') throw error;
      const item = await readItem(store.engine, targets);
      throw item ? new ServiceError(error.code, error.message, error.status, { Item: item }) : error;
    }
  });
}

async function readItem(engine: Engine, targets: readonly Target[]): Promise<unknown> {
  const [target] = targets;
  const [named] = target?.items ?? [];
  if (!target?.table.definition || !named) return undefined;
  const { Item: item } = await engine.call('GetItem', {
    TableName: target.table.name,
    Key: keyOf(target.table.definition.keySchema, named),
    ConsistentRead: true,
  });
  return item;
}

function keyOf(schema: readonly { readonly AttributeName: string }[], item: Item): Item {
  return Object.fromEntries(schema.flatMap(({ AttributeName: name }) => (item[name] ? [[name, item[name]]] : [])));
}
