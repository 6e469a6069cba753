import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createBatchedAuditStore } from '../../../../lambdas/core/audit-batch';
import type { IntentRecord } from '../../../../lambdas/core/audit-record';
import { type BatchExecute, createBatchExecute, dynamoDbAddress } from '../../../../lambdas/core/batch-execute';
import { createJsonSigner } from '../../../../lambdas/core/sign-json-request';
import { newCallId } from '../../../../lambdas/core/trace-id';
import { type Respond, startServer, type TestServer } from '../support/http-server';

const REGION = 'eu-west-1';
const ACCOUNT = { accessKeyId: 'AKID', secretAccessKey: 'right' };
let server: TestServer;
let respond: Respond;
beforeEach(async () => {
  respond = (_request, response) => void response.end('{"Responses":[{}]}');
  server = await startServer((...all) => respond(...all));
});
afterEach(() => server.close());

const clientWith = (credentials = ACCOUNT) => new DynamoDBClient({ region: REGION, credentials });
const execute: BatchExecute = (statements) => createBatchExecute(clientWith(), server.url, 1)(statements);
const refuse =
  (status: number, body: string): Respond =>
  (_request, response) =>
    void response.writeHead(status).end(body);

/** As DynamoDB does: the key must be known, and the signature made with its secret. */
const checkSignature: Respond = ({ headers, body }, response) => {
  const nowMs = Date.parse(String(headers['x-amz-date']).replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z'));
  const request = {
    host: String(headers.host),
    contentType: String(headers['content-type']),
    target: String(headers['x-amz-target']),
    body,
  };
  const fail = (code: string, message: string) =>
    void response.writeHead(400).end(JSON.stringify({ __type: `com.amazon.coral.service#${code}`, message }));
  if (!headers.authorization?.includes('Credential=AKID/'))
    return fail('UnrecognizedClientException', 'The security token included in the request is invalid.');
  if (createJsonSigner('dynamodb', REGION)(request, ACCOUNT, nowMs).authorization !== headers.authorization)
    return fail('InvalidSignatureException', 'The request signature we calculated does not match the signature you provided.');
  response.end('{"Responses":[{}]}');
};

const intent: IntentRecord = {
  tenant: 'tenant',
  key_id: 'key_1',
  door: 'v1',
  requested_model: 'small-1',
  input_hash: '1',
  worst_case_cost_micro_usd: 1,
  stream: false,
  metadata: {},
  created_at: 1,
  price_table_version: '1',
  gateway_version: '1',
};

function insertWith(credentials: typeof ACCOUNT): Promise<void> {
  const store = createBatchedAuditStore(clientWith(credentials), {
    table: 'Audit',
    retentionDays: 30,
    maxWaiting: 10,
    maxSends: 3,
    backoffMs: 1,
    endpoint: server.url,
  });
  return store.insertIntent(newCallId(Date.now()), intent);
}

test.each([
  ['an unknown key', { ...ACCOUNT, accessKeyId: 'OTHER' }, 'UnrecognizedClientException', /security token/],
  ['a wrong secret', { ...ACCOUNT, secretAccessKey: 'wrong' }, 'InvalidSignatureException', /signature we calculated/],
])('%s is refused once, and the log has what DynamoDB said', async (_what, credentials, name, message) => {
  respond = checkSignature;
  await expect(insertWith(credentials)).rejects.toMatchObject({
    code: 'internal_error',
    cause: { name, message: expect.stringMatching(message) },
  });
  expect(server.received).toHaveLength(1);
  await expect(insertWith(ACCOUNT)).resolves.toBeUndefined();
});

test('statements go as they are, and their answers come in order', async () => {
  respond = (_request, response) => void response.end('{"Responses":[{},{"Error":{"Code":"DuplicateItem"}}]}');
  expect(await execute(['{"Statement":"a"}', '{"Statement":"b"}'])).toEqual({
    responses: [{}, { Error: { Code: 'DuplicateItem' } }],
    sends: 1,
  });
  expect(server.received[0]?.body).toBe('{"Statements":[{"Statement":"a"},{"Statement":"b"}]}');
  expect(server.received[0]?.headers['x-amz-target']).toBe('DynamoDB_20120810.BatchExecuteStatement');
});

test.each<[string, Respond]>([
  ['500', refuse(500, '{"__type":"x#InternalServerError"}')],
  ['no JSON from a balancer', refuse(503, '<html>')],
  ['no JSON with 200', refuse(200, '<html>')],
  ['throttling', refuse(400, '{"__type":"x#ProvisionedThroughputExceededException"}')],
  ['a connection that broke', (_request, response) => void response.socket?.destroy()],
])('%s passes: sent again, and that is told', async (_what, failing) => {
  const answer = respond;
  respond = (request, response, index) => (index < 2 ? failing : answer)(request, response, index);
  expect(await execute(['{}'])).toEqual({ responses: [{}], sends: 3 });
});

test('what goes on failing is the error of the third time', async () => {
  respond = (request, response, index) => refuse(500, `{"__type":"x#InternalServerError","message":"${index}"}`)(request, response, index);
  await expect(execute(['{}'])).rejects.toMatchObject({ name: 'InternalServerError', message: '2', $metadata: { httpStatusCode: 500 } });
  expect(server.received).toHaveLength(3);
});

test.each([
  [
    '{"__type":"x#AccessDeniedException","Message":"not authorized to perform: dynamodb:PartiQLInsert"}',
    'AccessDeniedException',
    /PartiQLInsert/,
  ],
  ['{"__type":"ValidationException","message":"bad"}', 'ValidationException', /^bad$/],
  ['', 'UnknownError', /^DynamoDB answered 400 without saying why\.$/],
])('%s is final', async (body, name, message) => {
  respond = refuse(400, body);
  await expect(execute(['{}'])).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  expect(server.received).toHaveLength(1);
});

test.each([
  [REGION, {}, 'https://dynamodb.eu-west-1.amazonaws.com/'],
  ['cn-north-1', {}, 'https://dynamodb.cn-north-1.amazonaws.com.cn/'],
  ['us-east-1', { useFipsEndpoint: true }, 'https://dynamodb-fips.us-east-1.amazonaws.com/'],
])('its address in %s with %j is %s', async (region, options, address) => {
  const client = new DynamoDBClient({ region, credentials: ACCOUNT, ...options });
  expect(await dynamoDbAddress(client.config, region)).toBe(address);
});
