import { ServiceError } from '../../service';
import { lockKeysOf, type Target } from './access';
import { capturingChanges, readItem } from './capture-changes';
import type { Body, Engine, EngineRequest } from './engine';
import { validationError } from './errors';
import type { KeyLock } from './key-lock';
import type { UserIdentity } from './stream-record';
import type { TableStream } from './table-stream';

/** What runs operations on items. All writes go through `locks`, so that what is read after a failed condition is what the condition saw. */
export interface ItemStore {
  readonly engine: Engine;
  readonly locks: KeyLock;
  /** By the name of the table; of those that have one. */
  readonly streams?: ReadonlyMap<string, TableStream>;
}

interface WriteOptions {
  /** Whether a ConditionalCheckFailedException carries the item that failed the condition. */
  readonly returnItem?: boolean;
  /** Stands in the stream's record where DynamoDB itself writes. */
  readonly userIdentity?: UserIdentity;
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

/** Runs a write on the items of the targets, alone on each of them. */
export function writeItems(
  store: ItemStore,
  request: EngineRequest,
  targets: readonly Target[],
  { returnItem = false, userIdentity }: WriteOptions = {},
): Promise<Body> {
  return store.locks.run(lockKeysOf(targets), async () => {
    try {
      return await capturingChanges(store, targets, userIdentity, () => store.engine.run(request));
    } catch (error) {
      if (!returnItem || !(error instanceof ServiceError) || error.code !== 'ConditionalCheckFailedException') throw error;
      const [{ table, items: [named] = [] } = {}] = targets;
      const item = table?.definition && named && (await readItem(store.engine, table.definition, named));
      throw item ? new ServiceError(error.code, error.message, error.status, { Item: item }) : error;
    }
  });
}
