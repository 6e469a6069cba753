import database = require('dynalite/db');
import validations = require('dynalite/validations');
import { ServiceError } from '../../service';
import { validationError } from './errors';
import { describeSchema, type TableDefinition } from './table';

const ENGINE_OPERATIONS = [
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetItem',
  'ListTables',
  'PutItem',
  'Query',
  'Scan',
  'UpdateItem',
] as const;

export type EngineOperation = (typeof ENGINE_OPERATIONS)[number];

/** A request or an answer in DynamoDB JSON. */
export type Body = Readonly<Record<string, unknown>>;

export type AttributeValue = Readonly<Record<string, unknown>>;
export type Item = Readonly<Record<string, AttributeValue>>;

/** A request that dynalite has checked: numbers in canonical form, expressions parsed into members that start with `_`. */
export interface EngineRequest {
  readonly operation: EngineOperation;
  readonly members: Body;
}

interface EngineModules {
  readonly types: Readonly<Record<string, unknown>>;
  readonly custom?: unknown;
  readonly act: (store: ReturnType<typeof database.create>, members: Body, callback: (error: unknown, answer?: Body) => void) => void;
}

/** The persisted description of a table. */
interface StoredTable {
  readonly KeySchema: TableDefinition['keySchema'];
  readonly AttributeDefinitions: TableDefinition['attributeDefinitions'];
  readonly GlobalSecondaryIndexes?: TableDefinition['globalSecondaryIndexes'];
}

const modules = new Map<EngineOperation, EngineModules>(ENGINE_OPERATIONS.map((operation) => [operation, loadModules(operation)]));

/** dynalite knows no consistency for scans: all its reads are strongly consistent. */
function withoutConsistency(operation: EngineOperation, body: Body): Body {
  if (operation !== 'Scan') return body;
  const { ConsistentRead: _always, ...rest } = body;
  return rest;
}

/**
 * dynalite's actions called in this process: its own HTTP server would add a hop per call, check signatures that the endpoint has checked,
 * and throw storage errors where nobody can catch them.
 */
export class Engine {
  /**
   * @param path LevelDB directory; everything stays in memory when absent.
   * Rejects with LevelDB's error (`code`, `cause`) when the store cannot be opened.
   */
  static async open(options: { readonly accountId: string; readonly region: string; readonly path?: string }): Promise<Engine> {
    const store = database.create({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0, ...(options.path && { path: options.path }) });
    await store.db.open();
    store.tableDb.awsAccountId = options.accountId;
    store.tableDb.awsRegion = options.region;
    return new Engine(store);
  }

  readonly #store: ReturnType<typeof database.create>;

  private constructor(store: ReturnType<typeof database.create>) {
    this.#store = store;
  }

  /** Checks a request. Throws ServiceError as DynamoDB would, and for members that dynalite would silently ignore. */
  prepare(operation: EngineOperation, request: Body): EngineRequest {
    const { types, custom } = modulesOf(operation);
    const body = withoutConsistency(operation, request);
    const unknown = Object.keys(body).find((member) => !Object.hasOwn(types, member));
    if (unknown !== undefined) {
      throw validationError(`The member ${unknown} of ${operation} is not emulated locally. Leave it out, or use DynamoDB itself.`);
    }
    try {
      const members = validations.checkTypes({ ...body }, types);
      validations.checkValidations(members, types, custom, this.#store);
      return { operation, members };
    } catch (error) {
      if (isWireError(error)) throw toServiceError(error);
      // dynalite stumbles over some values of impossible shape, such as null for an attribute value.
      throw validationError(`The request has a value of a shape that ${operation} does not take: ${String(error)}.`);
    }
  }

  /** Runs a prepared request, once. Rejects with ServiceError; storage that fails is an InternalServerError. */
  run(request: EngineRequest): Promise<Body> {
    return new Promise((resolve, reject) => {
      try {
        modulesOf(request.operation).act(this.#store, request.members, (error, answer) => {
          if (error) reject(toServiceError(error));
          else resolve(answer ?? {});
        });
      } catch (error) {
        reject(toServiceError(error));
      }
    });
  }

  /** Prepares and runs. */
  async call(operation: EngineOperation, body: Body): Promise<Body> {
    return this.run(this.prepare(operation, body));
  }

  /** Whether the store holds a table of that name. Rejects when its description cannot be read. */
  async hasTable(name: string): Promise<boolean> {
    return (await this.#readTable(name)) !== undefined;
  }

  /** Makes the table unless it is there. Returns the schema of the stored one where it differs from the definition, and then changes nothing. */
  async ensureTable(definition: TableDefinition): Promise<{ readonly differsFrom?: string }> {
    const existing = await this.#readTable(definition.name);
    if (existing) {
      const schema = describeSchema({
        keySchema: existing.KeySchema,
        attributeDefinitions: existing.AttributeDefinitions,
        globalSecondaryIndexes: existing.GlobalSecondaryIndexes,
      });
      if (schema !== describeSchema(definition)) return { differsFrom: schema };
    } else {
      await this.call('CreateTable', createTableBody(definition));
    }
    await this.#activate(definition.name);
    return {};
  }

  /** Waits for what is under way, then closes the store. */
  async close(): Promise<void> {
    await this.#store.lifecycleManager.gracefulClose();
  }

  #readTable(name: string): Promise<StoredTable | undefined> {
    return new Promise((resolve, reject) => {
      this.#store.tableDb.get(name, (error, table) => {
        if (error && error.name !== 'NotFoundError') reject(error);
        else resolve(error ? undefined : (table as StoredTable | undefined));
      });
    });
  }

  /** dynalite does this on a timer; a process that ended before would leave a table that nobody can use. */
  async #activate(name: string): Promise<void> {
    const table = await this.#readTable(name);
    const indexes = table?.GlobalSecondaryIndexes?.map((index) => ({ ...index, IndexStatus: 'ACTIVE' }));
    const active = { ...table, TableStatus: 'ACTIVE', ...(indexes && { GlobalSecondaryIndexes: indexes }) };
    await new Promise<void>((resolve, reject) => {
      this.#store.tableDb.put(name, active, (error) => (error ? reject(error) : resolve()));
    });
  }
}

/** The key under which the engine stores an item, the same for all spellings of a number; undefined where the item lacks a valid key. */
export function storageKeyOf(definition: TableDefinition, item: Item): string | undefined {
  const table = { KeySchema: definition.keySchema, AttributeDefinitions: definition.attributeDefinitions };
  const complete = table.KeySchema.every(({ AttributeName }) => {
    const type = table.AttributeDefinitions.find((attribute) => attribute.AttributeName === AttributeName)?.AttributeType ?? '';
    return item[AttributeName]?.[type] !== undefined;
  });
  return complete ? database.createKey(item, table) : undefined;
}

function createTableBody(definition: TableDefinition): Body {
  const indexes = definition.globalSecondaryIndexes ?? [];
  return {
    TableName: definition.name,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: definition.keySchema,
    AttributeDefinitions: definition.attributeDefinitions,
    ...(indexes.length > 0 && {
      GlobalSecondaryIndexes: indexes.map(({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection })),
    }),
  };
}

function loadModules(operation: EngineOperation): EngineModules {
  const file = operation.charAt(0).toLowerCase() + operation.slice(1);
  const { types, custom } = require(`dynalite/validations/${file}`) as Pick<EngineModules, 'types' | 'custom'>;
  return { types, custom, act: require(`dynalite/actions/${file}`) as EngineModules['act'] };
}

function modulesOf(operation: EngineOperation): EngineModules {
  const found = modules.get(operation);
  if (!found) throw new Error(`dynalite has no operation ${operation}.`);
  return found;
}

/** dynalite's errors carry the status and the body of the answer; anything else is the storage's. */
function toServiceError(error: unknown): ServiceError {
  if (isWireError(error)) {
    const { __type, message, Message, ...members } = error.body;
    return new ServiceError(__type.slice(__type.indexOf('#') + 1), message ?? Message ?? '', error.statusCode, members);
  }
  const detail = error instanceof Error ? error.message : String(error);
  return new ServiceError(
    'InternalServerError',
    `The local DynamoDB store failed (${detail}). If it is damaged, start with "npm start -- --fresh", which empties it.`,
    500,
  );
}

interface WireError {
  readonly statusCode: number;
  readonly body: { readonly __type: string; readonly message?: string; readonly Message?: string };
}

function isWireError(error: unknown): error is WireError {
  return typeof error === 'object' && error !== null && 'statusCode' in error && 'body' in error;
}
