import type { Target } from './access';
import { type Body, type Engine, type Item, storageKeyOf } from './engine';
import type { UserIdentity } from './stream-record';
import type { TableDefinition } from './table';
import type { TableStream } from './table-stream';

/** Runs a write, alone on its items, and puts what it changed into the streams of their tables. */
export async function capturingChanges<T>(
  { engine, streams }: { readonly engine: Engine; readonly streams?: ReadonlyMap<string, TableStream> },
  targets: readonly Target[],
  userIdentity: UserIdentity | undefined,
  write: () => Promise<T>,
): Promise<T> {
  const announced = [];
  for (const { definition, stream, keys } of streamedItems(targets, streams)) {
    const change = { keys, before: await readItem(engine, definition, keys), ...(userIdentity && { userIdentity }) };
    announced.push({ definition, stream, change, id: stream.begin(change) });
  }
  try {
    return await write();
  } finally {
    // Also of a write that failed: of a batch, a part may have been made.
    for (const { definition, stream, change, id } of announced) {
      stream.end(id, { ...change, after: await readItem(engine, definition, change.keys) });
    }
  }
}

/** An item by its key attributes, or by all of them; undefined when there is none. */
export async function readItem(engine: Engine, definition: TableDefinition, named: Item): Promise<Item | undefined> {
  const request: Body = { TableName: definition.name, Key: keysOf(definition, named), ConsistentRead: true };
  return (await engine.call('GetItem', request)).Item as Item | undefined;
}

function* streamedItems(targets: readonly Target[], streams: ReadonlyMap<string, TableStream> | undefined) {
  for (const { table, items = [] } of targets) {
    const { definition } = table;
    const stream = streams?.get(table.name);
    if (!definition || !stream) continue;
    for (const item of items) {
      // Without a whole key the write fails by itself.
      if (storageKeyOf(definition, item) !== undefined) yield { definition, stream, keys: keysOf(definition, item) };
    }
  }
}

function keysOf({ keySchema }: TableDefinition, item: Item): Item {
  return Object.fromEntries(keySchema.flatMap(({ AttributeName: name }) => (item[name] ? [[name, item[name]]] : [])));
}
