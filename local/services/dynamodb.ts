import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Access } from '../iam/types';
import { openStateFolder, type StateFolder } from '../state/state-folder';
import type { CommonFault, Operation, Service, ServiceError, WireRequest, WireResponse } from '../service';
import { accessTo, keyAccess, operationRules, type RuledOperation, type Target, targetsOf } from './dynamodb/access';
import { readItem } from './dynamodb/capture-changes';
import { describeTable, describeTimeToLive, listTables, streamArn } from './dynamodb/describe';
import { type Body, Engine, type EngineRequest } from './dynamodb/engine';
import { commonFault, errorBody, notEmulated, tableNotFound } from './dynamodb/errors';
import { expireTable } from './dynamodb/expire';
import { KeyLock } from './dynamodb/key-lock';
import { withPlainNames } from './dynamodb/plain-names';
import {
  batchExecuteStatement,
  executeStatement,
  readStatement,
  readStatements,
  type StatementsCall,
  statementTargets,
} from './dynamodb/statements';
import { VIEW_TYPES } from './dynamodb/stream-record';
import { describeSchema, TableCatalog, type TableDefinition } from './dynamodb/table';
import { TableStream } from './dynamodb/table-stream';
import { openError, rememberTables, stateError, storePath, verifyState } from './dynamodb/verify-state';
import { jsonResponse, readJson, readTarget } from './dynamodb/wire';
import { type ItemStore, takeReturnItem, writeItems } from './dynamodb/write-item';

export type { TableDefinition } from './dynamodb/table';

const SWEEP_INTERVAL_MS = 60_000;

export interface DynamoDbOptions {
  readonly accountId: string;
  readonly region: string;
  /**
   * Where tables and items are kept; made when it is not there.
   * @default - in memory
   */
  readonly directory?: string;
  /** Clock of expiry and of the streams, epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

export interface CreatedTable {
  readonly name: string;
  readonly arn: string;
  /** When the table has a stream. */
  readonly streamArn?: string;
}

/**
 * DynamoDB on one machine: dynalite in this process, and around it what dynalite lacks: PartiQL INSERT, expiry, the item on a failed condition,
 * and refusals of what it would silently ignore. Which permissions each call needs stands in `dynamodb/access.ts`.
 */
export class DynamoDbService implements Service {
  /** Rejects with an error of one sentence when the directory's state cannot be read; it is then left as it is. */
  static async start(options: DynamoDbOptions): Promise<DynamoDbService> {
    const { directory } = options;
    if (directory === undefined) return new DynamoDbService(options, await Engine.open(options), []);
    const tables = await verifyState(directory);
    await mkdir(directory, { recursive: true });
    const engine = await Engine.open({ ...options, path: storePath(directory) }).catch((error: Error) => {
      throw openError(directory, error);
    });
    for (const table of tables) {
      const problem = await engine.hasTable(table).then(
        (isThere) => (isThere ? undefined : `the table ${table} is missing`),
        (error: Error) => `the table ${table}: ${error.message}`,
      );
      if (problem === undefined) continue;
      await engine.close();
      throw stateError(directory, problem);
    }
    return new DynamoDbService(options, engine, tables);
  }

  readonly signingName = 'dynamodb';
  readonly #catalog: TableCatalog;
  readonly #store: ItemStore;
  readonly #streams = new Map<string, TableStream>();
  readonly #now: () => number;
  #streamFolder?: StateFolder;
  readonly #directory: string | undefined;
  readonly #stored: Set<string>;
  readonly #creation = new KeyLock();
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #sweeper: NodeJS.Timeout;
  #isStopped = false;

  private constructor({ accountId, region, directory, now = Date.now }: DynamoDbOptions, engine: Engine, stored: readonly string[]) {
    this.#catalog = new TableCatalog(accountId, region);
    this.#store = { engine, locks: new KeyLock(), streams: this.#streams };
    this.#now = now;
    this.#directory = directory;
    this.#stored = new Set(stored);
    this.#sweeper = setInterval(() => void this.#sweep(), SWEEP_INTERVAL_MS).unref();
  }

  /** Makes a table, or takes over the stored one of that name. Rejects when that one has other keys or indexes. */
  createTable(definition: TableDefinition): Promise<CreatedTable> {
    return this.#track(() => this.#creation.run([''], () => this.#createTable(definition)));
  }

  operation(request: WireRequest): Operation {
    const name = readTarget(request);
    if (name === 'ExecuteStatement') return this.#statements(name, request, readStatement, executeStatement);
    if (name === 'BatchExecuteStatement') return this.#statements(name, request, readStatements, batchExecuteStatement);
    if (!isRuled(name)) {
      const emulated = [...Object.keys(operationRules), 'ExecuteStatement', 'BatchExecuteStatement'].join(', ');
      throw notEmulated(`DynamoDB's ${name}`, `Emulated are ${emulated}; the tables themselves come from the template.`);
    }
    const { body, returnItem } = takesReturnItem(name) ? takeReturnItem(readJson(request)) : { body: readJson(request), returnItem: false };
    const plain = withPlainNames(body, this.#catalog);
    const prepared = this.#store.engine.prepare(name, plain.body);
    const targets = targetsOf(name, prepared, plain.resolve);
    const { action, touchesItems } = operationRules[name];
    return {
      name,
      access: this.#access(
        request,
        targets.map((target) => ({ ...target, action, touchesItems })),
        prepared.members,
      ),
      run: () => this.#answer(async () => plain.restore(await this.#run(name, prepared, targets, returnItem))),
    };
  }

  /** Deletes items whose time to live is over, as DynamoDB does some time after it. Resolves to how many. Runs by itself every minute. */
  expireItems(nowMs = this.#now()): Promise<number> {
    return this.#track(async () => {
      let expired = 0;
      for (const definition of this.#catalog.definitions) {
        expired += await expireTable(this.#store, { ...this.#catalog.resolve(definition.name), definition }, nowMs);
      }
      return expired;
    });
  }

  errorResponse(error: ServiceError): WireResponse {
    return jsonResponse(error.status, errorBody(error));
  }

  fault(kind: CommonFault, message: string): ServiceError {
    return commonFault(kind, message);
  }

  /** Waits for calls under way, then closes the store. Later calls are refused as unavailable. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearInterval(this.#sweeper);
    await Promise.allSettled(this.#underWay);
    for (const stream of this.#streams.values()) stream.close();
    this.#streamFolder?.release();
    await this.#store.engine.close();
  }

  /** A table's stream by its ARN. */
  streamOf(streamArn: string): TableStream | undefined {
    return [...this.#streams.values()].find(({ arn }) => arn === streamArn);
  }

  /** What a reader of the stream must be allowed: Lambda asks all of it of a function's role. */
  accessToStream(streamArn: string, callerAccountId: string): readonly Access[] {
    const table = this.#catalog.resolve(streamArn.replace(/\/stream\/[^/]+$/, ''));
    const actions = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];
    return [
      ...actions.map((action) => ({ action: `dynamodb:${action}`, resource: streamArn })),
      ...keyAccess(table, callerAccountId, this.#catalog),
    ];
  }

  async #createTable(definition: TableDefinition): Promise<CreatedTable> {
    const { name, streamViewType } = definition;
    const { differsFrom } = await this.#store.engine.ensureTable(definition).catch((error: Error) => {
      throw new Error(`The table ${name} cannot be made: ${error.message}`, { cause: error });
    });
    if (differsFrom !== undefined) {
      throw new Error(
        `The stored table ${name} has the ${differsFrom}, but the template now declares the ${describeSchema(definition)}: start with "npm start -- --fresh", which empties the local state.`,
      );
    }
    this.#catalog.add(definition);
    if (this.#directory !== undefined && !this.#stored.has(name)) {
      this.#stored.add(name);
      await rememberTables(this.#directory, [...this.#stored]);
    }
    const arn = this.#catalog.arnOf(name);
    if (streamViewType === undefined) return { name, arn };
    const { Table: table } = await this.#store.engine.call('DescribeTable', { TableName: name });
    const stream = streamArn(arn, (table as { readonly CreationDateTime: number }).CreationDateTime);
    await this.#openStream(definition, stream);
    return { name, arn, streamArn: stream };
  }

  async #openStream(definition: TableDefinition, arn: string): Promise<void> {
    const { name, streamViewType } = definition;
    const viewType = VIEW_TYPES.find((known) => known === streamViewType);
    if (!viewType) throw new Error(`The stream of ${name} has the view type ${streamViewType}; it takes ${VIEW_TYPES.join(', ')}.`);
    if (this.#streams.has(name)) return;
    const folder = (this.#streamFolder ??= openStateFolder(this.#directory && join(this.#directory, 'streams'), 'streams'));
    const options = { file: join(folder.path, `${name}.jsonl`), arn, region: this.#catalog.region, viewType, now: this.#now };
    const stream = openStream(options, this.#directory);
    await stream.recover((keys) => readItem(this.#store.engine, definition, keys));
    this.#streams.set(name, stream);
  }

  #statements(
    name: string,
    request: WireRequest,
    read: (body: Body, resolve: TableCatalog['resolve']) => StatementsCall,
    run: (store: ItemStore, call: StatementsCall) => Promise<Body>,
  ): Operation {
    const call = read(readJson(request), (nameOrArn) => this.#catalog.resolve(nameOrArn));
    return {
      name,
      access: this.#access(request, statementTargets(call), call.members),
      run: () => this.#answer(() => run(this.#store, call)),
    };
  }

  #access({ principal }: WireRequest, targets: Parameters<typeof accessTo>[0], members: Body): Operation['access'] {
    return accessTo(targets, { members, callerAccountId: principal.accountId, catalog: this.#catalog });
  }

  async #run(name: RuledOperation, request: EngineRequest, targets: readonly Target[], returnItem: boolean): Promise<Body> {
    if (name === 'ListTables') return listTables(request.members, this.#catalog);
    for (const { table } of targets) {
      if (!table.definition) throw tableNotFound(name.startsWith('Describe') ? table.name : undefined);
    }
    const definition = targets[0]?.table.definition;
    if (name === 'DescribeTimeToLive' && definition) return describeTimeToLive(definition);
    if (name === 'DescribeTable' && definition) return describeTable(await this.#store.engine.run(request), definition, this.#catalog);
    if (name === 'BatchWriteItem' || takesReturnItem(name)) return writeItems(this.#store, request, targets, { returnItem });
    return this.#store.engine.run(request);
  }

  #answer(run: () => Promise<Body>): Promise<WireResponse> {
    return this.#track(async () => jsonResponse(200, await run()));
  }

  async #track<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isStopped) throw commonFault('unavailable', 'The local DynamoDB has been stopped.');
    const promise = work();
    this.#underWay.add(promise);
    try {
      return await promise;
    } finally {
      this.#underWay.delete(promise);
    }
  }

  async #sweep(): Promise<void> {
    try {
      await this.expireItems();
    } catch (error) {
      process.stderr.write(`local DynamoDB: expired items were not deleted: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
}

function openStream(options: Parameters<typeof TableStream.open>[0], directory = ''): TableStream {
  try {
    return TableStream.open(options);
  } catch (error) {
    throw stateError(directory, `the stream ${options.file}: ${(error as Error).message}`, error);
  }
}

function isRuled(name: string): name is RuledOperation {
  return Object.hasOwn(operationRules, name);
}

function takesReturnItem(name: RuledOperation): boolean {
  return name === 'PutItem' || name === 'UpdateItem' || name === 'DeleteItem';
}
