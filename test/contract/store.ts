import {
  BatchExecuteStatementCommand,
  ConditionalCheckFailedException,
  DuplicateItemException,
  type DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Account } from '../../lambdas/core/accounts/account';
import { createAccounts } from '../../lambdas/core/accounts/accounts';
import { unmarshalItem } from '../../lambdas/core/attribute-values';
import { createAuditStore } from '../../lambdas/core/audit';
import type { IntentRecord } from '../../lambdas/core/audit-record';
import { createBatchExecute } from '../../lambdas/core/batch-execute';
import { newCallId } from '../../lambdas/core/trace-id';

/** A server that speaks DynamoDB's API, with the tables of `storeTables`. */
export interface StoreServer {
  readonly client: DynamoDBClient;
  readonly url: string;
  stop(): Promise<void>;
}

/** As the platform's templates have them. */
export const storeTables = [
  {
    name: 'audit',
    keySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' as const },
      { AttributeName: 'sk', KeyType: 'RANGE' as const },
    ],
    attributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' as const },
      { AttributeName: 'sk', AttributeType: 'S' as const },
      { AttributeName: 'tenant_day', AttributeType: 'S' as const },
      { AttributeName: 'created_at', AttributeType: 'N' as const },
    ],
    globalSecondaryIndexes: [
      {
        IndexName: 'by-tenant-day',
        KeySchema: [
          { AttributeName: 'tenant_day', KeyType: 'HASH' as const },
          { AttributeName: 'created_at', KeyType: 'RANGE' as const },
        ],
        Projection: { ProjectionType: 'ALL' as const },
      },
    ],
  },
  {
    name: 'ledger',
    keySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' as const },
      { AttributeName: 'sk', KeyType: 'RANGE' as const },
    ],
    attributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' as const },
      { AttributeName: 'sk', AttributeType: 'S' as const },
    ],
  },
];

const START_MS = Date.UTC(2026, 10, 21, 12, 0, 30);

/** What the platform's stores rely on: the same tests for the emulator and for DynamoDB Local. */
export function storeContract(start: () => Promise<StoreServer>): void {
  let server: StoreServer;
  let client: DynamoDBClient;
  let count = 0;
  beforeAll(async () => {
    server = await start();
    client = server.client;
  }, 120_000);
  afterAll(() => server.stop());

  const key = (pk: string, sk = 'A') => ({ pk: { S: pk }, sk: { S: sk } });
  const insert = (pk: string, value: string) => ({
    Statement: `INSERT INTO "audit" VALUE {'pk': ?, 'sk': ?, 'value': ?}`,
    Parameters: [{ S: pk }, { S: 'A' }, { S: value }],
  });
  const read = async (table: string, pk: string, sk = 'A') => {
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: key(pk, sk), ConsistentRead: true }));
    return Item && unmarshalItem(Item);
  };

  test('of many inserts of one key one wins, and stays', async () => {
    const values = Array.from({ length: 20 }, (_, value) => String(value));
    const ends = await Promise.allSettled(values.map((value) => client.send(new ExecuteStatementCommand(insert('once', value)))));
    const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
    expect(failures).toHaveLength(19);
    expect(failures.every((failure) => failure instanceof DuplicateItemException)).toBe(true);
    const won = values[ends.findIndex(({ status }) => status === 'fulfilled')];
    expect(await read('audit', 'once')).toMatchObject({ value: won });
  });

  test('statements of a batch fail one by one', async () => {
    await client.send(new ExecuteStatementCommand(insert('taken', 'first')));
    const { Responses = [] } = await client.send(
      new BatchExecuteStatementCommand({ Statements: [insert('free-1', 'a'), insert('taken', 'second'), insert('free-2', 'b')] }),
    );
    expect(Responses.map(({ Error: error }) => error?.Code)).toEqual([undefined, 'DuplicateItem', undefined]);
    expect([await read('audit', 'free-1'), await read('audit', 'taken'), await read('audit', 'free-2')]).toMatchObject([
      { value: 'a' },
      { value: 'first' },
      { value: 'b' },
    ]);
  });

  test('our own batch is understood', async () => {
    const execute = createBatchExecute(client, server.url, 1);
    const { responses, sends } = await execute([JSON.stringify(insert('own-1', 'ü'))]);
    expect([sends, responses.map(({ Error: error }) => error?.Code)]).toEqual([1, [undefined]]);
    expect(await read('audit', 'own-1')).toMatchObject({ value: 'ü' });
  });

  test('a failed condition says by what item', async () => {
    await client.send(new PutItemCommand({ TableName: 'ledger', Item: { ...key('held'), used: { N: '90' } } }));
    const add = new UpdateItemCommand({
      TableName: 'ledger',
      Key: key('held'),
      UpdateExpression: 'ADD used :more',
      ConditionExpression: 'attribute_not_exists(used) OR used <= :most',
      ExpressionAttributeValues: { ':more': { N: '20' }, ':most': { N: '80' } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const error: unknown = await client.send(add).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect((error as ConditionalCheckFailedException).Item).toEqual({ ...key('held'), used: { N: '90' } });
    expect(await read('ledger', 'held')).toMatchObject({ used: 90 });
  });

  test('additions at one time are all there', async () => {
    const add = () =>
      client.send(
        new UpdateItemCommand({
          TableName: 'ledger',
          Key: key('sum'),
          UpdateExpression: 'ADD used :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
        }),
      );
    await Promise.all(Array.from({ length: 50 }, add));
    expect(await read('ledger', 'sum')).toMatchObject({ used: 50 });
  });

  test('the index gives a tenant’s day in order, in pages', async () => {
    const put = (at: number) =>
      client.send(
        new PutItemCommand({
          TableName: 'audit',
          Item: { ...key(`call-${at}`), tenant_day: { S: 'acme#2026-11-21' }, created_at: { N: String(at) } },
        }),
      );
    await Promise.all([3, 1, 2].map(put));
    const page = async (start?: object) =>
      client.send(
        new QueryCommand({
          TableName: 'audit',
          IndexName: 'by-tenant-day',
          KeyConditionExpression: 'tenant_day = :day AND created_at >= :from',
          ExpressionAttributeValues: { ':day': { S: 'acme#2026-11-21' }, ':from': { N: '1' } },
          Limit: 2,
          ...(start && { ExclusiveStartKey: start as Record<string, { S: string }> }),
        }),
      );
    const first = await page();
    const second = await page(first.LastEvaluatedKey);
    expect([first, second].map(({ Items = [] }) => Items.map((item) => unmarshalItem(item).created_at))).toEqual([[1, 2], [3]]);
    expect(second.LastEvaluatedKey).toBeUndefined();
  });

  describe('accounts', () => {
    const accountOf = (limits: Account['limits']): Account => ({ kind: 'tenant', id: `tenant-${++count}`, limits });
    const instance = () => createAccounts({ client, once: client, table: 'ledger' }, { nowMs: () => START_MS });
    const monthOf = ({ id }: Account) => read('ledger', `ACCOUNT#tenant#${id}`, 'MONTH#2026-11');

    test('eight instances, a budget for exactly 50 calls, 200 attempted: exactly 50', async () => {
      const account = accountOf({ microUsdPerMonth: 50_000, concurrency: 400 });
      let admitted = 0;
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          const accounts = instance();
          for (let call = 0; call < 25; call++) {
            const request = { id: newCallId(START_MS), accounts: [account], worst: { microUsd: 1_000, tokens: 10 } };
            const reservation = await accounts.reserve(request).catch((error: unknown) => {
              expect(error).toMatchObject({ code: 'insufficient_quota' });
              return undefined;
            });
            if (reservation === undefined) continue;
            admitted += 1;
            await accounts.settle(reservation, { microUsd: 1_000, tokens: 10 });
          }
        }),
      );
      expect(admitted).toBe(50);
      expect(await monthOf(account)).toMatchObject({ used: 50_000, spent: 50_000, inflight: 0 });
    });

    test('a reservation made twice is one, and so is a settlement', async () => {
      const account = accountOf({ microUsdPerMonth: 1_000, concurrency: 2, requestsPerMinute: 9, tokensPerMinute: 900 });
      const accounts = instance();
      const request = { id: newCallId(START_MS), accounts: [account], worst: { microUsd: 600, tokens: 10 } };
      const [reservation] = [await accounts.reserve(request), await accounts.reserve(request)];
      expect(await monthOf(account)).toMatchObject({ used: 600, inflight: 1 });
      for (let time = 0; time < 2; time++) await accounts.settle(reservation, { microUsd: 200, tokens: 5 });
      expect(await monthOf(account)).toMatchObject({ used: 200, spent: 200, inflight: 0 });
    });

    test.each<[string, Account['limits'], string]>([
      ['requests', { requestsPerMinute: 2 }, 'rate_limit_exceeded'],
      ['tokens', { tokensPerMinute: 25 }, 'rate_limit_exceeded'],
      ['calls at a time', { concurrency: 2 }, 'rate_limit_exceeded'],
      ['money in a day', { microUsdPerDay: 250 }, 'insufficient_quota'],
    ])('a limit of %s', async (_what, limits, code) => {
      const account = accountOf(limits);
      const reserve = () => instance().reserve({ id: newCallId(START_MS), accounts: [account], worst: { microUsd: 100, tokens: 10 } });
      await reserve();
      await reserve();
      await expect(reserve()).rejects.toMatchObject({ code });
    });
  });

  test('the audit trail gives back what it was given, and changes nothing', async () => {
    const audit = createAuditStore(client, 'audit', 30);
    const callId = newCallId(START_MS);
    expect(await audit.read(callId)).toBeUndefined();
    const intent: IntentRecord = {
      tenant: 'acme',
      key_id: 'key_1',
      door: 'v1',
      requested_model: 'small-1',
      route: { model: 'small-1', provider_model_id: 'vendor.small', reason: 'exact_id' },
      input_hash: 'abc',
      worst_case_cost_micro_usd: 10,
      max_tokens: 5,
      stream: false,
      created_at: START_MS,
      price_table_version: '2026-11-01',
      gateway_version: '1.2.3',
    };
    await audit.insertIntent(callId, intent);
    await expect(audit.insertIntent(callId, { ...intent, tenant: 'globex' })).rejects.toMatchObject({ code: 'internal_error' });
    const unknown = { tenant: 'acme', cost_micro_usd: 7, recorded_at: START_MS };
    // Sweeps that run at once find the same calls.
    await Promise.all([audit.insertUnknown(callId, unknown), audit.insertUnknown(callId, unknown)]);
    expect(await audit.read(callId)).toEqual({ intent, unknown, settlement: undefined });
  });
}
