import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import {
  BatchExecuteStatementCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  ExecuteStatementCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DynamoDbService, type TableDefinition } from '../../../../../local/services/dynamodb';
import type { StreamRecord } from '../../../../../local/services/dynamodb/stream-record';
import type { TableStream } from '../../../../../local/services/dynamodb/table-stream';
import { ACCOUNT, auditTable, counterTable, Harness, REGION } from './harness';

const TABLE = 'Streamed';
const streamed: TableDefinition = { ...auditTable, name: TABLE, streamViewType: 'NEW_AND_OLD_IMAGES' };
const HOUR_MS = 3_600_000;

let directory: string;
let harness: Harness;
let nowMs: number;
const start = async (definition = streamed) => {
  harness = await Harness.start({ directory, tables: [definition, counterTable], now: () => nowMs });
};
beforeEach(async () => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'streams-'));
  nowMs = Date.UTC(2026, 5, 1);
  await start();
});
afterEach(async () => {
  await harness.stop();
  fs.rmSync(directory, { recursive: true });
});

const stream = async (definition = streamed): Promise<TableStream> => {
  const { streamArn = '' } = await harness.service.createTable(definition);
  const found = harness.service.streamOf(streamArn);
  if (!found) throw new Error(`no stream ${streamArn}`);
  return found;
};
const records = async (definition = streamed) => (await stream(definition)).read(undefined, 1000).map(({ event }) => event as StreamRecord);
const summary = async () =>
  (await records()).map(({ eventName, dynamodb }) => [eventName, dynamodb.Keys.pk?.S, dynamodb.OldImage?.v?.N, dynamodb.NewImage?.v?.N]);

const key = (pk: string) => ({ pk: { S: pk }, sk: { S: 's' } });
const item = (pk: string, v: number, more: object = {}) => ({ ...key(pk), v: { N: String(v) }, ...more });
const put = (pk: string, v: number, more: object = {}) =>
  harness.client.send(new PutItemCommand({ TableName: TABLE, Item: item(pk, v), ...more }));

test('a record as Lambda hands it over', async () => {
  await put('a', 1);
  expect(await records()).toEqual([
    {
      eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: REGION,
      eventSourceARN: (await stream()).arn,
      dynamodb: {
        ApproximateCreationDateTime: nowMs / 1000,
        Keys: key('a'),
        NewImage: item('a', 1),
        SequenceNumber: expect.stringMatching(/^\d{21}$/),
        SizeBytes: expect.any(Number),
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    },
  ]);
});

test('every kind of write is there, in order: put, update, delete, batch, PartiQL', async () => {
  const { client } = harness;
  await put('a', 1);
  const update = { TableName: TABLE, UpdateExpression: 'ADD v :one', ExpressionAttributeValues: { ':one': { N: '1' } } };
  await client.send(new UpdateItemCommand({ ...update, Key: key('a') }));
  await client.send(new UpdateItemCommand({ ...update, Key: key('new') }));
  await client.send(
    new BatchWriteItemCommand({
      RequestItems: {
        [TABLE]: [{ PutRequest: { Item: item('b', 5) } }, { DeleteRequest: { Key: key('a') } }],
        Counters: [{ PutRequest: { Item: { id: { N: '1' } } } }],
      },
    }),
  );
  await client.send(new DeleteItemCommand({ TableName: TABLE, Key: key('b') }));
  const insert = (pk: string) => ({ Statement: `INSERT INTO "${TABLE}" VALUE {'pk': ?, 'sk': 's', 'v': 7}`, Parameters: [{ S: pk }] });
  await client.send(new ExecuteStatementCommand(insert('c')));
  await client.send(new BatchExecuteStatementCommand({ Statements: [insert('d'), insert('c')] }));
  expect(await summary()).toEqual([
    ['INSERT', 'a', undefined, '1'],
    ['MODIFY', 'a', '1', '2'],
    ['INSERT', 'new', undefined, '1'],
    ['INSERT', 'b', undefined, '5'],
    ['REMOVE', 'a', '2', undefined],
    ['REMOVE', 'b', '5', undefined],
    ['INSERT', 'c', undefined, '7'],
    ['INSERT', 'd', undefined, '7'],
  ]);
});

test('what changes nothing leaves no record: the same item, nothing deleted, a failed condition', async () => {
  const tags = { tags: { SS: ['x', 'y'] } };
  await harness.client.send(new PutItemCommand({ TableName: TABLE, Item: item('a', 1, tags) }));
  await harness.client.send(new PutItemCommand({ TableName: TABLE, Item: item('a', 1, { tags: { SS: ['y', 'x'] } }) }));
  await harness.client.send(new DeleteItemCommand({ TableName: TABLE, Key: key('absent') }));
  await expect(put('a', 9, { ConditionExpression: 'attribute_not_exists(pk)' })).rejects.toMatchObject({
    name: 'ConditionalCheckFailedException',
  });
  await expect(harness.raw('PutItem', { TableName: TABLE, Item: { pk: { S: 'no sort key' } } })).rejects.toMatchObject({
    code: 'ValidationException',
  });
  expect(await summary()).toEqual([['INSERT', 'a', undefined, '1']]);
});

test('an item that expires is removed by DynamoDB itself', async () => {
  await harness.client.send(
    new PutItemCommand({ TableName: TABLE, Item: item('old', 1, { expiresAtSeconds: { N: String(nowMs / 1000 - 1) } }) }),
  );
  await harness.service.expireItems(nowMs);
  await harness.client.send(new DeleteItemCommand({ TableName: TABLE, Key: key('old') }));
  const [inserted, removed, ...more] = await records();
  expect(inserted).not.toHaveProperty('userIdentity');
  expect(removed).toMatchObject({ eventName: 'REMOVE', userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } });
  expect(more).toEqual([]);
});

test('writes at one time to one item: each record begins where the one before ended', async () => {
  await Promise.all(Array.from({ length: 50 }, (_, index) => put('hot', index + 1)));
  const images = (await records()).map(({ dynamodb }) => [dynamodb.OldImage?.v?.N, dynamodb.NewImage?.v?.N]);
  expect(images).toHaveLength(50);
  for (let index = 1; index < images.length; index++) expect(images[index]?.[0]).toBe(images[index - 1]?.[1]);
});

test.each([
  ['KEYS_ONLY', [false, false]],
  ['NEW_IMAGE', [true, false]],
  ['OLD_IMAGE', [false, true]],
  ['NEW_AND_OLD_IMAGES', [true, true]],
])('%s: new and old image are there: %j', async (streamViewType, expected) => {
  const definition = { ...streamed, name: `T-${streamViewType}`, streamViewType };
  await harness.service.createTable(definition);
  for (const v of [1, 2]) await harness.client.send(new PutItemCommand({ TableName: definition.name, Item: item('a', v) }));
  const [, { dynamodb } = { dynamodb: undefined }] = await records(definition);
  expect([dynamodb?.NewImage !== undefined, dynamodb?.OldImage !== undefined]).toEqual(expected);
});

test('an unknown view type is refused', async () => {
  await expect(harness.service.createTable({ ...streamed, name: 'Other', streamViewType: 'ALL' })).rejects.toThrow(
    'The stream of Other has the view type ALL; it takes KEYS_ONLY,',
  );
});

describe('after a restart', () => {
  const restart = async () => {
    await harness.stop();
    await start();
  };

  test('records are there, and numbers go on', async () => {
    await put('a', 1);
    const [before] = await records();
    await restart();
    await put('b', 1);
    const [first, second] = await records();
    expect(first).toEqual(before);
    expect(BigInt(second?.dynamodb.SequenceNumber ?? 0)).toBe(BigInt(first?.dynamodb.SequenceNumber ?? 0) + 1n);
  });

  test('records of more than a day ago are gone, and their numbers are not given again', async () => {
    await put('a', 1);
    const last = (await stream()).latest;
    nowMs += 24 * HOUR_MS - 1;
    expect(await records()).toHaveLength(1);
    nowMs += 1;
    expect(await records()).toEqual([]);
    // Twice: the second start finds none of the records that it would go on from.
    await restart();
    await restart();
    await put('b', 1);
    expect((await records())[0]?.dynamodb.SequenceNumber).toBe((BigInt(last) + 1n).toString());
  });

  test('a write that was announced and made, and whose record a crash cut off, has its record', async () => {
    await put('a', 1);
    const file = path.join(directory, 'streams', `${TABLE}.jsonl`);
    const lines = fs.readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ kind: 'end' });
    await harness.stop();
    fs.writeFileSync(file, `${lines.slice(0, -1).join('\n')}\n${lines.at(-1)?.slice(0, 30)}`);
    await start();
    expect(await summary()).toEqual([['INSERT', 'a', undefined, '1']]);
    await restart();
    expect(await summary()).toEqual([['INSERT', 'a', undefined, '1']]);
  });

  test('a write that was announced and never made has none', async () => {
    const file = path.join(directory, 'streams', `${TABLE}.jsonl`);
    await harness.stop();
    fs.appendFileSync(file, `${JSON.stringify({ kind: 'begin', id: 'x', change: { keys: key('never') } })}\n`);
    await start();
    expect(await records()).toEqual([]);
  });

  test('a damaged log is an error of one sentence', async () => {
    await put('a', 1);
    await harness.stop();
    fs.writeFileSync(path.join(directory, 'streams', `${TABLE}.jsonl`), 'broken\n{}\n');
    const service = await DynamoDbService.start({ accountId: ACCOUNT, region: REGION, directory });
    await expect(service.createTable(streamed)).rejects.toThrow(/Streamed\.jsonl: line 1 is not JSON\): start with "npm start -- --fresh"/);
    await service.stop();
    await start(auditTable);
  });
});

test('a reader goes on after a position, and hears of new records', async () => {
  const source = await stream();
  let heard = 0;
  const unsubscribe = source.subscribe(() => (heard += 1));
  for (const pk of ['a', 'b', 'c']) await put(pk, 1);
  unsubscribe();
  await put('d', 1);
  expect(heard).toBe(3);
  const [first] = source.read(undefined, 1);
  expect(source.read(first?.position, 2).map(({ event }) => (event as StreamRecord).dynamodb.Keys.pk?.S)).toEqual(['b', 'c']);
  expect(source.read(source.latest, 10)).toEqual([]);
});
