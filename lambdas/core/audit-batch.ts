import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchStatementError, BatchStatementResponse, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type AuditKind, type AuditRecord, type AuditStore, createAuditStore, insertStatementJson } from './audit';
import { createBatchExecute } from './batch-execute';
import { type GatewayError, internalError } from './errors';
import { storeError } from './store-error';
import type { CallId } from './trace-id';

/** What `BatchExecuteStatement` takes. */
const MAX_STATEMENTS = 25;
/** What an item may have, by the JSON of its values, which is never shorter than DynamoDB's own count. */
const MAX_ITEM_BYTES = 400 * 1024;
/** In UTF-8, of what is a unit of UTF-16. */
const MAX_BYTES_PER_UNIT = 3;
/** 25 of these are far from `MAX_BATCH_BYTES`. */
const MAX_UNCOUNTED_BYTES = 64 * 1024;
/** Of one batch, well below what the service reads of a request. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
/** Batches under way at once. A further one than the first goes out only when it is full, or when a call waits for it and for none of the others. */
const MAX_BATCHES_UNDER_WAY = 4;

/** Refusals of one statement that pass when it is sent again. Any other is final. */
const TRANSIENT: ReadonlySet<string> = new Set([
  'InternalServerError',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
  'ThrottlingError',
  'TransactionConflict',
]);

export interface AuditBatchOptions {
  readonly table: string;
  readonly retentionDays: number;
  /** Records that wait to be sent; further ones are refused. At least 1. */
  readonly maxWaiting: number;
  /** Overrides DynamoDB's address in the region. */
  readonly endpoint: string | undefined;
  /** How often one record is sent at most, retries of a whole batch apart. At least 1. */
  readonly maxSends: number;
  /** Before a record is sent again: a random wait of at most this, twice as long each time, in milliseconds. */
  readonly backoffMs: number;
}

interface Waiting {
  readonly key: string;
  /** Whether a call goes on only when the record is there: an intent's. A settlement's caller has its answer. */
  readonly holdsCall: boolean;
  /** As JSON. */
  readonly statement: string;
  readonly bytes: number;
  /** Of times sent. */
  sends: number;
  /** A batch that held it was refused as a whole: alone it shows whether it was the one. */
  isAlone: boolean;
  readonly resolve: () => void;
  readonly reject: (error: GatewayError) => void;
}

/**
 * The audit trail for a process that serves many calls at once: records that arrive while a batch is under way form the next one, so that
 * nobody waits for company and the store is asked once for up to 25 records. An insert resolves when its own record is durable, and rejects
 * when it is not known to be; records of a batch fail one by one.
 */
export function createBatchedAuditStore(client: DynamoDBClient, options: AuditBatchOptions): AuditStore {
  const { table, retentionDays, maxWaiting, maxSends, backoffMs } = options;
  for (const [name, value] of Object.entries({ maxWaiting, maxSends })) {
    if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`${name} must be an integer of at least 1, received ${value}`);
  }
  if (!Number.isFinite(backoffMs) || backoffMs < 0) throw new RangeError(`backoffMs must be at least 0, received ${backoffMs}`);
  const single = createAuditStore(client, table, retentionDays);
  const execute = createBatchExecute(client, options.endpoint, backoffMs);
  const queue: Waiting[] = [];
  /** Waiting, under way or between two sends. */
  let held = 0;
  let underWay = 0;
  /** Of them, those that calls wait for. */
  let awaited = 0;
  let isScheduled = false;

  function insert(callId: CallId, kind: AuditKind, record: AuditRecord): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const statement = statementOf(callId, kind, record);
      const bytes = bytesOf(statement);
      if (bytes > MAX_ITEM_BYTES)
        throw internalError(new RangeError(`the ${kind} of call ${callId} has ${bytes} bytes; ${MAX_ITEM_BYTES} fit`));
      if (held >= maxWaiting) throw storeError(new Error(`${held} records are waiting for the audit table`));
      held += 1;
      const waiting: Waiting = {
        key: `${callId} ${kind}`,
        holdsCall: kind === 'INTENT',
        statement,
        bytes,
        sends: 0,
        isAlone: false,
        resolve: () => {
          held -= 1;
          resolve();
        },
        reject: (error) => {
          held -= 1;
          reject(error);
        },
      };
      queue.push(waiting);
      schedule();
    });
  }

  /** @throws GatewayError `internal_error` for what the table has no faithful form for. */
  function statementOf(callId: CallId, kind: AuditKind, record: AuditRecord): string {
    try {
      return insertStatementJson({ table, retentionDays, callId, kind, record });
    } catch (cause) {
      throw internalError(cause);
    }
  }

  /** After what is going on now: calls that arrived together are sent together. */
  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      while (queue.length > 0 && mayGo()) void flush(takeBatch(queue));
    });
  }

  function mayGo(): boolean {
    if (underWay === 0) return true;
    if (underWay >= MAX_BATCHES_UNDER_WAY) return false;
    return queue.length >= MAX_STATEMENTS || (awaited === 0 && queue.some(({ holdsCall }) => holdsCall));
  }

  async function flush(batch: readonly Waiting[]): Promise<void> {
    const isAwaited = batch.some(({ holdsCall }) => holdsCall);
    underWay += 1;
    awaited += Number(isAwaited);
    for (const waiting of batch) waiting.sends += 1;
    try {
      const { responses, sends } = await execute(batch.map(({ statement }) => statement));
      const concludeAll = (holdsCall: boolean): void => {
        for (const [index, waiting] of batch.entries()) {
          if (waiting.holdsCall === holdsCall) conclude(waiting, responses[index], sends > 1);
        }
      };
      concludeAll(true);
      // Whatever follows a settlement: not before the calls have gone on.
      setImmediate(concludeAll, false);
    } catch (cause) {
      refuse(batch, cause);
    } finally {
      underWay -= 1;
      awaited -= Number(isAwaited);
      schedule();
    }
  }

  function conclude(waiting: Waiting, response: BatchStatementResponse | undefined, isResend: boolean): void {
    if (response === undefined) return sendAgain(waiting, new Error('the batch came back without an answer to this statement'));
    const { Error: error } = response;
    if (error === undefined) return waiting.resolve();
    // The key has the call's random id, so what is there already is what an earlier send left.
    if (error.Code === 'DuplicateItem' && (isResend || waiting.sends > 1)) return waiting.resolve();
    const cause = new StatementError(error);
    if (cause.isTransient) return sendAgain(waiting, cause);
    waiting.reject(storeError(cause));
  }

  function sendAgain(waiting: Waiting, cause: Error): void {
    if (waiting.sends >= maxSends) return waiting.reject(storeError(cause));
    void sleep(Math.random() * backoffMs * 2 ** (waiting.sends - 1)).then(() => {
      queue.push(waiting);
      schedule();
    });
  }

  /** A batch that failed as a whole, after its own retries. What one record did wrong must not be held against the others. */
  function refuse(batch: readonly Waiting[], cause: unknown): void {
    if (batch.length === 1 || !isValidationError(cause)) {
      for (const { reject } of batch) reject(storeError(cause));
      return;
    }
    for (const waiting of batch) {
      // Nothing of such a batch was written: this send does not count, and a duplicate later on is one.
      waiting.sends -= 1;
      waiting.isAlone = true;
      queue.push(waiting);
    }
  }

  return {
    insertIntent: (callId, intent) => insert(callId, 'INTENT', intent),
    insertSettlement: (callId, settlement) => insert(callId, 'SETTLEMENT', settlement),
    insertOutcome: single.insertOutcome,
    read: single.read,
  };
}

/** The oldest records that go together. A batch has no key twice: DynamoDB does not say in which order it would take them. */
function takeBatch(queue: Waiting[]): readonly Waiting[] {
  const batch: Waiting[] = [];
  const keys = new Set<string>();
  let bytes = 0;
  for (const waiting of queue) {
    const fits = batch.length < MAX_STATEMENTS && bytes + waiting.bytes <= MAX_BATCH_BYTES && !keys.has(waiting.key) && !waiting.isAlone;
    if (batch.length > 0 && !fits) break;
    batch.push(waiting);
    keys.add(waiting.key);
    bytes += waiting.bytes;
    if (waiting.isAlone) break;
  }
  queue.splice(0, batch.length);
  return batch;
}

/** A statement's error in the form of an SDK error, so that it is judged and logged as one. */
class StatementError extends Error {
  readonly isTransient: boolean;
  readonly $metadata: { readonly httpStatusCode: number };

  constructor({ Code, Message }: BatchStatementError) {
    super(Message);
    this.name = Code ?? 'UnknownError';
    this.isTransient = TRANSIENT.has(this.name);
    this.$metadata = { httpStatusCode: this.isTransient ? 503 : 400 };
  }
}

/** A bound that is near enough to every limit where the text is short: to count means to copy it. */
function bytesOf(statement: string): number {
  const most = statement.length * MAX_BYTES_PER_UNIT;
  return most <= MAX_UNCOUNTED_BYTES ? most : Buffer.byteLength(statement);
}

function isValidationError(cause: unknown): boolean {
  return cause instanceof Error && cause.name === 'ValidationException';
}
