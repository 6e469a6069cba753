import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ServerResponse } from 'node:http';
import { createApiKeys, type ReadApiKey } from '../../../../lambdas/core/secrets';
import { startServer, type TestServer } from '../support/http-server';

const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' };
// The configuration of a client is what the gateway passes too.
const { config } = new DynamoDBClient({ region: 'eu-west-1', credentials });
const MINUTES = 60_000;

let nowMs = 0;
let server: TestServer;
let respond: (response: ServerResponse) => void;
let readApiKey: (...args: Parameters<ReadApiKey>) => Promise<string>;
beforeAll(async () => {
  server = await startServer((_request, response) => respond(response));
});
beforeEach(() => {
  server.received.length = 0;
  const read = createApiKeys(config, server.url, { nowMs: () => nowMs, monotonicMs: () => nowMs });
  readApiKey = async (secretId) => read(secretId);
});
afterAll(() => server.close());

function answers(body: object | string, status = 200): void {
  respond = (response) => void response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
}

test('asks GetSecretValue, signed for the service and the region', async () => {
  answers({ SecretString: ' sk-1\n' });
  expect(await readApiKey('openai/key')).toBe('sk-1');
  const [request] = server.received;
  expect(request).toMatchObject({ method: 'POST', path: '/', body: '{"SecretId":"openai/key"}' });
  expect(request?.headers).toMatchObject({
    'x-amz-target': 'secretsmanager.GetSecretValue',
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-security-token': 'token',
    authorization: expect.stringMatching(/Credential=AKID\/\d{8}\/eu-west-1\/secretsmanager\/aws4_request, SignedHeaders=.*host/),
  });
});

test('keeps a key for five minutes, and each by itself', async () => {
  answers({ SecretString: 'sk-1' });
  await readApiKey('a');
  nowMs += 5 * MINUTES - 1;
  answers({ SecretString: 'sk-2' });
  expect(await readApiKey('a')).toBe('sk-1');
  expect(await readApiKey('b')).toBe('sk-2');
  nowMs += 1;
  expect(await readApiKey('a')).toBe('sk-2');
  expect(server.received).toHaveLength(3);
});

test('calls that need a key at once share one read', async () => {
  answers({ SecretString: 'sk-1' });
  expect(new Set(await Promise.all(Array.from({ length: 10 }, () => readApiKey('a'))))).toEqual(new Set(['sk-1']));
  expect(server.received).toHaveLength(1);
});

test('a failure is not kept', async () => {
  answers({ __type: 'ResourceNotFoundException', message: 'not there' }, 400);
  await expect(readApiKey('a')).rejects.toThrow('in secret "a"');
  answers({ SecretString: 'sk-1' });
  expect(await readApiKey('a')).toBe('sk-1');
});

test.each<[string, object | string, number, RegExp]>([
  [
    'a secret that is not there',
    { __type: 'ResourceNotFoundException', Message: 'not there' },
    400,
    /^ResourceNotFoundException: not there$/,
  ],
  ['a missing permission', { __type: 'AccessDeniedException', Message: 'not authorized' }, 400, /^AccessDeniedException: not authorized$/],
  ['what is no JSON', '<html>sk-1', 502, /^Secrets Manager answered 502 with what is not JSON\.$/],
  ['JSON', { SecretString: '{"key":"sk-1"}' }, 200, /must hold the key itself/],
  ['a binary value', { SecretBinary: 'c2stMQ==' }, 200, /must hold the key itself/],
  ['an empty value', { SecretString: ' ' }, 200, /must hold the key itself/],
  ['what no header can hold', { SecretString: 'sk-1\r\nx: y' }, 200, /must hold the key itself/],
])('%s is told by name, without the content', async (_name, body, status, message) => {
  answers(body, status);
  const error = (await readApiKey('openai/key').catch((thrown: unknown) => thrown)) as Error;
  expect(error.message).toBe('The API key in secret "openai/key" cannot be read (secretsmanager:GetSecretValue).');
  expect(error.cause).toHaveProperty('message', expect.stringMatching(message));
  expect(String(error.cause)).not.toContain('sk-1');
});

test('nobody there is an error, too', async () => {
  const gone = await startServer(() => undefined);
  await gone.close();
  const read = createApiKeys(config, gone.url, { nowMs: () => 0, monotonicMs: () => 0 });
  await expect(read('a')).rejects.toThrow('in secret "a" cannot be read');
});

test('a key that is known is there at once', async () => {
  answers({ SecretString: 'sk-1' });
  const read = createApiKeys(config, server.url, { nowMs: () => nowMs, monotonicMs: () => nowMs });
  expect(read('a')).toBeInstanceOf(Promise);
  await read('a');
  expect(read('a')).toBe('sk-1');
  nowMs += 300_000;
  expect(read('a')).toBeInstanceOf(Promise);
  await read('a');
});
