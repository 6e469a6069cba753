import { crc32 } from 'node:zlib';
import type { CommonFault } from '../../../../../local/service';
import { ServiceError, type WireResponse } from '../../../../../local/service';
import { auditTable, Harness } from './harness';

let harness: Harness;
beforeAll(async () => {
  harness = await Harness.start();
});
afterAll(() => harness.stop());

const json = (response: WireResponse): unknown => JSON.parse(Buffer.from(response.body as Uint8Array).toString());

test('an answer has DynamoDB’s headers, and a checksum that is right', async () => {
  const response = await harness.raw('ListTables', {});
  expect(response.status).toBe(200);
  expect(response.headers).toEqual({
    'content-type': 'application/x-amz-json-1.0',
    'x-amzn-requestid': expect.stringMatching(/^[0-9A-Z]{52}$/),
    'x-amz-crc32': String(crc32(response.body as Uint8Array)),
  });
});

test.each<[string, string, object]>([
  ['ConditionalCheckFailedException', 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException', { message: 'm' }],
  ['DuplicateItemException', 'com.amazonaws.dynamodb.v20120810#DuplicateItemException', { message: 'm' }],
  ['ResourceNotFoundException', 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException', { message: 'm' }],
  ['AccessDeniedException', 'com.amazon.coral.service#AccessDeniedException', { Message: 'm' }],
  ['SerializationException', 'com.amazon.coral.service#SerializationException', { Message: 'm' }],
  ['UnknownOperationException', 'com.amazon.coral.service#UnknownOperationException', { Message: 'm' }],
  ['ValidationException', 'com.amazon.coral.validate#ValidationException', { message: 'm' }],
])('%s on the wire', (code, type, message) => {
  const response = harness.service.errorResponse(new ServiceError(code, 'm', 400, { Item: { pk: { S: 'a' } } }));
  expect(response.status).toBe(400);
  expect(json(response)).toEqual({ __type: type, ...message, Item: { pk: { S: 'a' } } });
});

test.each<[CommonFault, string, number]>([
  ['access-denied', 'AccessDeniedException', 400],
  ['throttled', 'ProvisionedThroughputExceededException', 400],
  ['unavailable', 'InternalServerError', 500],
])('the fault %s is %s, %i', (kind, code, status) => {
  expect(harness.service.fault(kind, 'm')).toMatchObject({ code, status, message: 'm' });
});

const target = (value: string) => ({ headers: { 'x-amz-target': value } });

test.each<[string, unknown, object, string, string]>([
  ['no JSON', '{"TableName":', {}, 'SerializationException', 'The request is not JSON: '],
  ['an empty body', '', {}, 'SerializationException', 'The request is not JSON: '],
  ['a list', '[]', {}, 'SerializationException', 'The request is not a JSON object.'],
  ['null', 'null', {}, 'SerializationException', 'The request is not a JSON object.'],
  ['no target', {}, { headers: {} }, 'UnknownOperationException', 'POST with the x-amz-target "" is not emulated locally.'],
  ['an old API version', {}, target('DynamoDB_20111205.GetItem'), 'UnknownOperationException', 'DynamoDB_20111205.GetItem'],
  [
    'a stream call',
    {},
    target('DynamoDBStreams_20120810.ListStreams'),
    'UnknownOperationException',
    'DynamoDBStreams_20120810.ListStreams',
  ],
  ['another method', {}, { method: 'GET' }, 'UnknownOperationException', 'GET with the x-amz-target'],
  ['no table', { Key: {} }, {}, 'ValidationException', "Value null at 'tableName' failed to satisfy constraint"],
  ['a table that is a number', { TableName: 7, Key: {} }, {}, 'SerializationException', 'cannot be converted to String'],
  [
    'a table name with odd characters',
    { TableName: 'a/b/c', Key: {} },
    {},
    'ValidationException',
    'Member must satisfy regular expression pattern',
  ],
  [
    'an ARN that is no table’s',
    { TableName: 'arn:aws:s3:::bucket', Key: {} },
    {},
    'ValidationException',
    'Member must satisfy regular expression pattern',
  ],
  [
    'a key of null',
    { TableName: auditTable.name, Key: { pk: null } },
    {},
    'ValidationException',
    'a value of a shape that GetItem does not take',
  ],
  ['a key of odd shape', { TableName: auditTable.name, Key: 'x' }, {}, 'SerializationException', ''],
  [
    'a number that is none',
    { TableName: auditTable.name, Key: { pk: { N: 'ten' } } },
    {},
    'ValidationException',
    'cannot be converted to a numeric value: ten',
  ],
  [
    'a condition that cannot be read',
    { TableName: auditTable.name, Key: {}, ProjectionExpression: '!' },
    {},
    'ValidationException',
    'Invalid ProjectionExpression: Syntax error',
  ],
])('%s', async (_, body, more, code, message) => {
  await expect(harness.raw('GetItem', body, more)).rejects.toMatchObject({ code, message: expect.stringContaining(message), status: 400 });
});

test.each([
  'CreateTable',
  'DeleteTable',
  'UpdateTable',
  'UpdateTimeToLive',
  'TransactGetItems',
  'TransactWriteItems',
  'ExecuteTransaction',
  'TagResource',
  'constructor',
  '',
])('the operation "%s" is refused by its name', async (operation) => {
  const message = expect.stringContaining(`DynamoDB's ${operation} is not emulated locally. Emulated are GetItem, PutItem, `);
  await expect(harness.raw(operation, {})).rejects.toMatchObject({ code: 'UnknownOperationException', message });
});

test.each<[string, object]>([
  ['GetItem', { Key: { pk: { S: 'x' } } }],
  ['PutItem', { Item: { pk: { S: 'x' } } }],
  ['PutItem', { Item: { pk: { N: '1' }, sk: { S: 'x' } } }],
  ['UpdateItem', { Key: { other: { S: 'x' } } }],
  ['DeleteItem', { Key: { pk: { S: '' }, sk: { S: 'x' } } }],
])('%s with a key that does not fit the table is refused: %j', async (operation, body) => {
  await expect(harness.raw(operation, { TableName: auditTable.name, ...body })).rejects.toMatchObject({ code: 'ValidationException' });
});
