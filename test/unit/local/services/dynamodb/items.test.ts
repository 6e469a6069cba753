import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  ResourceNotFoundException,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { ACCOUNT, auditTable, Harness, REGION } from './harness';

const TABLE = auditTable.name;
const TABLE_ARN = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${TABLE}`;
const key = (id: string) => ({ pk: { S: id }, sk: { S: 'INTENT' } });

let harness: Harness;
beforeAll(async () => {
  harness = await Harness.start();
});
afterAll(() => harness.stop());

const put = (item: Record<string, { S: string } | { N: string }>) =>
  harness.client.send(new PutItemCommand({ TableName: TABLE, Item: item }));
const get = async (id: string) => (await harness.client.send(new GetItemCommand({ TableName: TABLE, Key: key(id) }))).Item;

describe('what dynalite does, through the service', () => {
  test('put, get, update, delete', async () => {
    await put({ ...key('a'), count: { N: '1' } });
    expect(await get('a')).toEqual({ ...key('a'), count: { N: '1' } });
    const updated = await harness.client.send(
      new UpdateItemCommand({
        TableName: TABLE,
        Key: key('a'),
        UpdateExpression: 'ADD #c :one',
        ExpressionAttributeNames: { '#c': 'count' },
        ExpressionAttributeValues: { ':one': { N: '1' } },
        ReturnValues: 'ALL_NEW',
      }),
    );
    expect(updated.Attributes).toEqual({ ...key('a'), count: { N: '2' } });
    await harness.client.send(new DeleteItemCommand({ TableName: TABLE, Key: key('a') }));
    expect(await get('a')).toBeUndefined();
  });

  test('query on the table and on an index, and scan', async () => {
    await put({ pk: { S: 'q' }, sk: { S: '1' }, tenant: { S: 'acme' } });
    await put({ pk: { S: 'q' }, sk: { S: '2' }, tenant: { S: 'acme' } });
    await put({ pk: { S: 'q' }, sk: { S: '3' } });
    const query = (attribute: string, value: string, IndexName?: string) =>
      harness.client.send(
        new QueryCommand({
          TableName: TABLE,
          IndexName,
          KeyConditionExpression: '#k = :v',
          ExpressionAttributeNames: { '#k': attribute },
          ExpressionAttributeValues: { ':v': { S: value } },
        }),
      );
    expect((await query('pk', 'q')).Items?.map(({ sk }) => sk?.S)).toEqual(['1', '2', '3']);
    expect((await query('tenant', 'acme', 'by-tenant')).Count).toBe(2);
    await expect(query('tenant', 'acme', 'no-such-index')).rejects.toThrow('The table does not have the specified index: no-such-index');
    expect((await harness.client.send(new ScanCommand({ TableName: TABLE }))).Count).toBe(3);
  });

  test('batches, by name and by ARN', async () => {
    const requests = ['b1', 'b2'].map((id) => ({ PutRequest: { Item: key(id) } }));
    const written = await harness.client.send(new BatchWriteItemCommand({ RequestItems: { [TABLE_ARN]: requests } }));
    expect(written.UnprocessedItems).toEqual({});
    const read = { Keys: [key('b1'), key('b2'), key('b3')] };
    const byName = await harness.client.send(new BatchGetItemCommand({ RequestItems: { [TABLE]: read } }));
    expect(byName.Responses?.[TABLE]).toHaveLength(2);
    const byArn = await harness.client.send(new BatchGetItemCommand({ RequestItems: { [TABLE_ARN]: read } }));
    expect(Object.keys(byArn.Responses ?? {})).toEqual([TABLE_ARN]);
    const twice = new BatchGetItemCommand({ RequestItems: { [TABLE]: read, [TABLE_ARN]: read } });
    await expect(harness.client.send(twice)).rejects.toThrow(`The request names the table ${TABLE} twice`);
  });

  test('an item over 400 KB is refused', async () => {
    await expect(put({ ...key('big'), text: { S: 'x'.repeat(410_000) } })).rejects.toThrow(
      'Item size has exceeded the maximum allowed size',
    );
  });
});

describe('tables', () => {
  test('are described as declared', async () => {
    const { Table: table } = await harness.client.send(new DescribeTableCommand({ TableName: TABLE }));
    expect(table).toMatchObject({
      TableName: TABLE,
      TableArn: TABLE_ARN,
      TableStatus: 'ACTIVE',
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      GlobalSecondaryIndexes: [{ IndexName: 'by-tenant', IndexStatus: 'ACTIVE', IndexArn: `${TABLE_ARN}/index/by-tenant` }],
    });
    expect(table?.SSEDescription).toBeUndefined();
  });

  test('say their time to live', async () => {
    const describe = (TableName: string) => harness.client.send(new DescribeTimeToLiveCommand({ TableName }));
    expect((await describe(TABLE)).TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAtSeconds' });
    expect((await describe('Counters')).TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'DISABLED' });
  });

  test('are listed in pages', async () => {
    const list = (input: { Limit?: number; ExclusiveStartTableName?: string }) => harness.client.send(new ListTablesCommand(input));
    expect(await list({})).toMatchObject({ TableNames: [TABLE, 'Counters'] });
    expect(await list({ Limit: 1 })).toMatchObject({ TableNames: [TABLE], LastEvaluatedTableName: TABLE });
    const last = await list({ Limit: 1, ExclusiveStartTableName: TABLE });
    expect(last.TableNames).toEqual(['Counters']);
    expect(last.LastEvaluatedTableName).toBeUndefined();
    await expect(list({ Limit: 0 })).rejects.toThrow('Member must have value greater than or equal to 1');
  });

  test.each([
    ['another name', 'No-Such-Table'],
    ['another account', `arn:aws:dynamodb:${REGION}:999988887777:table/${TABLE}`],
    ['another region', `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/${TABLE}`],
  ])('with %s are not found', async (_, name) => {
    const find = harness.client.send(new GetItemCommand({ TableName: name, Key: key('a') }));
    await expect(find).rejects.toThrow(ResourceNotFoundException);
    await expect(harness.client.send(new DescribeTableCommand({ TableName: name }))).rejects.toThrow('not found: Table:');
  });

  test('are found by ARN', async () => {
    await put(key('by-arn'));
    const found = await harness.client.send(new GetItemCommand({ TableName: TABLE_ARN, Key: key('by-arn') }));
    expect(found.Item).toEqual(key('by-arn'));
  });
});

describe('a failed condition', () => {
  const onlyNew = { ConditionExpression: 'attribute_not_exists(pk)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const };
  const itemOf = async (write: Promise<unknown>) => {
    const error = await write.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect((error as Error).message).toBe('The conditional request failed');
    return (error as ConditionalCheckFailedException).Item;
  };
  const stored = { ...key('c'), holder: { S: 'first' } };

  beforeAll(() => put(stored));

  test('carries the item, for each of the writes', async () => {
    const put = new PutItemCommand({ TableName: TABLE, Item: { ...key('c'), holder: { S: 'second' } }, ...onlyNew });
    expect(await itemOf(harness.client.send(put))).toEqual(stored);
    const update = new UpdateItemCommand({
      TableName: TABLE,
      Key: key('c'),
      UpdateExpression: 'SET holder = :h',
      ExpressionAttributeValues: { ':h': { S: 'second' } },
      ...onlyNew,
    });
    expect(await itemOf(harness.client.send(update))).toEqual(stored);
    const remove = new DeleteItemCommand({ TableName: TABLE, Key: key('c'), ...onlyNew });
    expect(await itemOf(harness.client.send(remove))).toEqual(stored);
    expect(await get('c')).toEqual(stored);
  });

  test('carries none when not asked for, and none where there is no item', async () => {
    const base = { TableName: TABLE, Item: key('c'), ConditionExpression: 'attribute_not_exists(pk)' };
    expect(await itemOf(harness.client.send(new PutItemCommand(base)))).toBeUndefined();
    expect(await itemOf(harness.client.send(new PutItemCommand({ ...base, ReturnValuesOnConditionCheckFailure: 'NONE' })))).toBeUndefined();
    const missing = new DeleteItemCommand({
      TableName: TABLE,
      Key: key('nobody'),
      ConditionExpression: 'attribute_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    expect(await itemOf(harness.client.send(missing))).toBeUndefined();
  });

  test('refuses another value', async () => {
    const odd = new PutItemCommand({ TableName: TABLE, Item: key('c'), ReturnValuesOnConditionCheckFailure: 'ALL_NEW' as 'ALL_OLD' });
    await expect(harness.client.send(odd)).rejects.toThrow("Value 'ALL_NEW' at 'returnValuesOnConditionCheckFailure'");
  });

  test('shows the very item that failed it, while others write', async () => {
    const set = (state: string) =>
      harness.client.send(new PutItemCommand({ TableName: 'Counters', Item: { id: { N: '7' }, state: { S: state } } }));
    // The key in another spelling of the same number.
    const claim = () =>
      harness.client
        .send(
          new PutItemCommand({
            TableName: 'Counters',
            Item: { id: { N: '7.0' }, state: { S: 'free' } },
            ConditionExpression: '#state = :free',
            ExpressionAttributeNames: { '#state': 'state' },
            ExpressionAttributeValues: { ':free': { S: 'free' } },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        )
        .then(
          () => undefined,
          (error: ConditionalCheckFailedException) => error.Item?.state?.S,
        );
    await set('busy');
    const rounds = Array.from({ length: 100 }, async () => {
      const [, outcome] = await Promise.all([set('busy'), claim(), set('free')]);
      return outcome;
    });
    const outcomes = await Promise.all(rounds);
    const seen = outcomes.filter((outcome) => typeof outcome === 'string');
    expect(seen.length).toBeGreaterThan(0);
    expect(new Set(seen)).toEqual(new Set(['busy']));
  });
});

describe('what is not emulated', () => {
  test('an operation is refused by its name', async () => {
    const transaction = new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName: TABLE, Item: key('t') } }] });
    await expect(harness.client.send(transaction)).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: expect.stringContaining("DynamoDB's TransactWriteItems is not emulated locally."),
    });
    expect(await get('t')).toBeUndefined();
  });

  test('a member that dynalite would ignore is refused by its name', async () => {
    const find = harness.raw('GetItem', { TableName: TABLE, Key: key('a'), FutureMember: true });
    await expect(find).rejects.toThrow('The member FutureMember of GetItem is not emulated locally.');
  });
});
