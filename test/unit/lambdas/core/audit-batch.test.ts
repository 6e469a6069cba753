import type { ServerResponse } from 'node:http';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as fc from 'fast-check';
import type { AuditStore } from '../../../../lambdas/core/audit';
import { type AuditBatchOptions, createBatchedAuditStore } from '../../../../lambdas/core/audit-batch';
import type { IntentRecord, SettlementRecord } from '../../../../lambdas/core/audit-record';
import { createDynamoDbClient } from '../../../../lambdas/core/dynamodb-client';
import { GatewayError } from '../../../../lambdas/core/errors';
import { newCallId } from '../../../../lambdas/core/trace-id';
import { ServiceError } from '../../../../local/service';
import type { TableDefinition } from '../../../../local/services/dynamodb';
import { Harness } from '../../local/services/dynamodb/harness';
import { startServer, type TestServer } from '../support/http-server';

const table: TableDefinition = {
  name: 'Audit',
  keySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  attributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
  ],
};

const defaults: Omit<AuditBatchOptions, 'endpoint'> = { table: 'Audit', retentionDays: 30, maxWaiting: 1_000, maxSends: 3, backoffMs: 1 };
let options: AuditBatchOptions;

interface Statement {
  readonly Statement: string;
  readonly Parameters: readonly unknown[];
}

interface Batch {
  readonly statements: readonly Statement[];
  /** Has the emulator run some of the statements; resolves to its answer to each. */
  execute(statements: readonly Statement[]): Promise<readonly object[]>;
  answer(responses: readonly object[]): void;
  refuse(code: string, status: number): void;
  hangUp(): void;
}

let harness: Harness;
let wire: TestServer;
let client: DynamoDBClient;
let audit: AuditStore;
/** What happens to each batch on its way to the emulator. */
let serve: (batch: Batch) => Promise<void>;
/** Statements of each batch that came. */
let sizes: number[];

const pass = async (batch: Batch) => batch.answer(await batch.execute(batch.statements));

beforeEach(async () => {
  harness = await Harness.start({ tables: [table] });
  serve = pass;
  sizes = [];
  wire = await startServer(async ({ headers, body }, response) => {
    const operation = String(headers['x-amz-target']).split('.')[1] ?? '';
    if (operation !== 'BatchExecuteStatement') return send(response, 200, await emulate(operation, JSON.parse(body)));
    const statements = (JSON.parse(body) as { Statements: Statement[] }).Statements;
    sizes.push(statements.length);
    await serve({
      statements,
      execute: async (some) =>
        some.length === 0 ? [] : ((await emulate(operation, { Statements: some })) as { Responses: object[] }).Responses,
      answer: (Responses) => send(response, 200, { Responses }),
      refuse: (code, status) => send(response, status, { __type: `com.amazonaws.dynamodb.v20120810#${code}`, message: 'refused' }),
      hangUp: () => void response.socket?.destroy(),
    });
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: wire.url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  client = createDynamoDbClient();
  options = { ...defaults, endpoint: wire.url };
  audit = createBatchedAuditStore(client, options);
});

afterEach(async () => {
  client.destroy();
  await wire.close();
  await harness.stop();
});

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
}

async function emulate(operation: string, body: unknown): Promise<unknown> {
  const answer = await harness.raw(operation, body).catch((error: unknown) => {
    throw error instanceof ServiceError ? new Error(`the emulator refused: ${error.message}`) : error;
  });
  return JSON.parse(String(answer.body));
}

const failed = (Code: string) => ({ Error: { Code, Message: 'refused' } });

type Called = ReturnType<typeof newCalls>[0];

const settlement: SettlementRecord = {
  tenant: 'acme',
  status: 'refused',
  usage: { input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0 },
  usage_estimated: false,
  cost_micro_usd: 0,
  price_table_version: 'test',
  model_ms: 0,
  overhead_ms: 0,
  total_ms: 0,
  settled_at: 0,
};

function intentOf(number: number): IntentRecord {
  return {
    tenant: `tenant-${number}`,
    key_id: 'key_1',
    door: 'v1',
    requested_model: 'small-1',
    input_hash: String(number),
    worst_case_cost_micro_usd: number,
    stream: false,
    metadata: { note: 'x'.repeat(number % 7) },
    created_at: 1,
    price_table_version: '1',
    gateway_version: '1',
  };
}

/** A call's own intent in the table. */
async function stored(callId: string): Promise<IntentRecord | undefined> {
  return (await audit.read(callId))?.intent;
}

async function countItems(): Promise<number> {
  return ((await emulate('Scan', { TableName: 'Audit', Select: 'COUNT' })) as { Count: number }).Count;
}

const newCalls = (count: number) => Array.from({ length: count }, (_, number) => ({ id: newCallId(Date.now()), intent: intentOf(number) }));

type Fate = 'pass' | 'lost on the way' | 'answer lost' | 'throttled' | 'failed after' | 'part of an answer';
const fate = fc.constantFrom<Fate>('pass', 'pass', 'lost on the way', 'answer lost', 'throttled', 'failed after', 'part of an answer');
const statementFate = fc.constantFrom('pass', 'pass', 'pass', 'throttled', 'written and failed', 'refused');

test('whatever fails: what resolved is there, once and whole, and what rejected says so', async () => {
  const seen = { resolved: 0, rejected: 0 };
  const faults = fc.record({
    fates: fc.array(fate, { minLength: 1, maxLength: 6 }),
    statements: fc.array(statementFate, { minLength: 7, maxLength: 30 }),
    count: fc.integer({ min: 1, max: 60 }),
  });
  await fc.assert(
    fc.asyncProperty(faults, async ({ fates, statements: statementFates, count }) => {
      let batches = 0;
      let position = 0;
      serve = async (batch) => {
        const fate = fates[batches++ % fates.length];
        if (fate === 'lost on the way') return batch.hangUp();
        if (fate === 'throttled') return batch.refuse('ProvisionedThroughputExceededException', 400);
        const marked = batch.statements.map((statement) => ({ statement, fate: statementFates[position++ % statementFates.length] }));
        const run = marked.filter(({ fate }) => fate === 'pass' || fate === 'written and failed').map(({ statement }) => statement);
        const answers = [...(await batch.execute(run))];
        const responses = marked.map(({ fate }) => {
          if (fate === 'throttled') return failed('ThrottlingError');
          if (fate === 'refused') return failed('AccessDenied');
          const answer = answers.shift() ?? {};
          return fate === 'pass' ? answer : failed('InternalServerError');
        });
        if (fate === 'answer lost') return batch.hangUp();
        if (fate === 'failed after') return batch.refuse('InternalServerError', 500);
        batch.answer(fate === 'part of an answer' ? responses.slice(0, Math.ceil(responses.length / 2)) : responses);
      };
      const before = await countItems();
      const calls = newCalls(count);
      const outcomes = await Promise.all(
        calls.map(async ({ id, intent }) => {
          try {
            await audit.insertIntent(id, intent);
          } catch (error) {
            expect(error).toBeInstanceOf(GatewayError);
            expect((error as GatewayError).code).toMatch(/^(store_unavailable|internal_error)$/);
            seen.rejected += 1;
            return false;
          }
          // At once: not only when all is over.
          expect(await stored(id)).toEqual(intent);
          seen.resolved += 1;
          return true;
        }),
      );
      const written = await Promise.all(calls.map(async ({ id }) => (await stored(id)) !== undefined));
      expect(outcomes.filter((resolved, index) => resolved && written[index] === false)).toEqual([]);
      expect((await countItems()) - before).toBe(written.filter(Boolean).length);
    }),
    { numRuns: 12 },
  );
  expect(seen.resolved).toBeGreaterThan(0);
  expect(seen.rejected).toBeGreaterThan(0);
}, 120_000);

test('what arrives together goes together, 25 to a batch, and what arrives meanwhile makes the next one', async () => {
  let release!: () => void;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let isFirst = true;
  serve = async (batch) => {
    if (isFirst) {
      isFirst = false;
      await held;
    }
    await pass(batch);
  };
  const [first, ...rest] = newCalls(33) as [ReturnType<typeof newCalls>[0], ...ReturnType<typeof newCalls>];
  const inserts = [audit.insertIntent(first.id, first.intent)];
  while (sizes.length === 0) await new Promise((resolve) => setImmediate(resolve));
  // 25 of them are a full batch, which does not wait; 7 wait for a batch to come back.
  for (const { id, intent } of rest) inserts.push(audit.insertIntent(id, intent));
  await Promise.race(inserts.slice(1));
  expect(sizes.slice(0, 2)).toEqual([1, 25]);
  release();
  await Promise.all(inserts);
  expect(sizes).toEqual([1, 25, 7]);
  expect(await countItems()).toBe(33);
});

test('an intent does not wait for a batch of settlements', async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  serve = async (batch) => {
    if (sizes.length === 1) await held;
    await pass(batch);
  };
  const [first, second, third] = newCalls(3) as [Called, Called, Called];
  const settled = audit.insertSettlement(first.id, settlement);
  while (sizes.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const settledLater = audit.insertSettlement(second.id, settlement);
  await audit.insertIntent(third.id, third.intent);
  // What waited was taken along.
  expect(sizes).toEqual([1, 2]);
  release();
  await Promise.all([settled, settledLater]);
  expect(sizes).toEqual([1, 2]);
});

test('a duplicate of something else is an error, that of the same key in one moment too', async () => {
  const [call] = newCalls(1) as [ReturnType<typeof newCalls>[0]];
  const outcomes = await Promise.allSettled([audit.insertIntent(call.id, call.intent), audit.insertIntent(call.id, intentOf(9))]);
  expect(outcomes).toMatchObject([{ status: 'fulfilled' }, { status: 'rejected', reason: { code: 'internal_error' } }]);
  await expect(audit.insertIntent(call.id, call.intent)).rejects.toMatchObject({ code: 'internal_error' });
  expect(await stored(call.id)).toEqual(call.intent);
  expect(sizes).toEqual([1, 1, 1]);
});

test('a statement is sent again as often as it may be, and then reported', async () => {
  serve = async (batch) => batch.answer(batch.statements.map(() => failed('ProvisionedThroughputExceeded')));
  const [call] = newCalls(1) as [ReturnType<typeof newCalls>[0]];
  await expect(audit.insertIntent(call.id, call.intent)).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(sizes).toEqual([1, 1, 1]);
});

test.each([
  ['its answer was lost', (batch: Batch) => batch.hangUp()],
  ['it was said to have failed', (batch: Batch) => batch.answer(batch.statements.map(() => failed('InternalServerError')))],
  ['the answer left it out', (batch: Batch) => batch.answer([])],
])('a record that was written, though %s, is found when it is sent again: success', async (_how, reply) => {
  let isFirst = true;
  serve = async (batch) => {
    const responses = await batch.execute(batch.statements);
    if (!isFirst) return batch.answer(responses);
    isFirst = false;
    reply(batch);
  };
  const [call] = newCalls(1) as [ReturnType<typeof newCalls>[0]];
  await audit.insertIntent(call.id, call.intent);
  expect(await stored(call.id)).toEqual(call.intent);
  expect(sizes).toEqual([1, 1]);
});

test('a batch that is refused as a whole goes out one by one: only what is wrong fails', async () => {
  serve = async (batch) => {
    const isBad = batch.statements.some(({ Parameters }) => JSON.stringify(Parameters).includes('tenant-3'));
    if (isBad) batch.refuse('ValidationException', 400);
    else await pass(batch);
  };
  const calls = newCalls(5);
  const outcomes = await Promise.allSettled(calls.map(({ id, intent }) => audit.insertIntent(id, intent)));
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(sizes).toEqual([5, 1, 1, 1, 1, 1]);
});

test('a record that the table cannot hold is refused before it is sent', async () => {
  const [call, other] = newCalls(2) as [ReturnType<typeof newCalls>[0], ReturnType<typeof newCalls>[0]];
  const huge = { ...call.intent, note: 'x'.repeat(410 * 1024) };
  const strange = { ...call.intent, worst_case_cost_micro_usd: Number.NaN };
  await expect(audit.insertIntent(call.id, huge)).rejects.toMatchObject({ code: 'internal_error' });
  await expect(audit.insertIntent(call.id, strange)).rejects.toMatchObject({ code: 'internal_error' });
  await audit.insertIntent(other.id, other.intent);
  expect(sizes).toEqual([1]);
});

test('more than may wait is refused at once, and there is room again afterwards', async () => {
  const small = createBatchedAuditStore(client, { ...options, maxWaiting: 2 });
  const calls = newCalls(3);
  const outcomes = await Promise.allSettled(calls.map(({ id, intent }) => small.insertIntent(id, intent)));
  expect(outcomes).toMatchObject([
    { status: 'fulfilled' },
    { status: 'fulfilled' },
    { status: 'rejected', reason: { code: 'store_unavailable' } },
  ]);
  const [again] = newCalls(1) as [ReturnType<typeof newCalls>[0]];
  await expect(small.insertIntent(again.id, again.intent)).resolves.toBeUndefined();
});

test.each([
  ['maxWaiting', 0],
  ['maxWaiting', Number.NaN],
  ['maxSends', 0],
  ['maxSends', Number.POSITIVE_INFINITY],
  ['backoffMs', -1],
  ['backoffMs', Number.NaN],
])('refuses %s of %d', (name, value) => {
  expect(() => createBatchedAuditStore(client, { ...options, [name]: value })).toThrow(name);
});
