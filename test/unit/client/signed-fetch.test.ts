import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type AwsCredentials, createSignedFetch } from '../../../client';
import { identifyCaller } from '../../../local/apigateway/identify-caller';
import { rolePrincipal } from '../local/endpoint/harness';

/** Whoever signs is checked by what checks signatures on `/iam/v1` of the emulator. */
const CREDENTIALS = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'a secret', sessionToken: 'a/token+with=signs' };
const principal = rolePrincipal('product');
const book = {
  principalOf: (accessKeyId: string) => (accessKeyId === CREDENTIALS.accessKeyId ? principal : undefined),
  secretOf: (accessKeyId: string) => (accessKeyId === CREDENTIALS.accessKeyId ? CREDENTIALS.secretAccessKey : undefined),
};

interface Seen {
  readonly caller: unknown;
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

let server: Server;
let url: string;
let seen: Seen[];
let answer: (response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const body = await buffer(request);
    const caller = await identifyCaller(request, new URL(request.url ?? '/', 'http://localhost'), body, book);
    seen.push({ caller, request, body });
    answer(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  seen = [];
  answer = (response) => response.end('{}');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const signed = createSignedFetch({ region: 'eu-west-1', credentials: CREDENTIALS });
const last = (): Seen => seen.at(-1) as Seen;

const text = 'Grüße, 世界';
const post = (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  body,
  headers,
});
const streamOf = (content: string): ReadableStream => new Blob([content]).stream();

describe('what it sends is signed as the verifier of /iam/v1 asks', () => {
  test.each<[string, string, RequestInit?]>([
    ['a GET', '/iam/v1/models'],
    ['a query', '/iam/v1/models?b=2&a=1&b=1'],
    ['a query with spaces, plus and more', `/iam/v1/models?q=a+b%20c%2Bd&empty=&u=${encodeURIComponent(text)}`],
    ['a path with escapes', '/iam/v1/models/a%20b%2Fc'],
    ['a string', '/iam/v1/x', post(text, { 'content-type': 'application/json' })],
    ['bytes', '/iam/v1/x', post(Buffer.from(text))],
    ['an ArrayBuffer', '/iam/v1/x', post(new TextEncoder().encode(text).buffer)],
    ['a form', '/iam/v1/x', post(new URLSearchParams({ text }))],
    ['a stream', '/iam/v1/x', { ...post(streamOf(text)), duplex: 'half' }],
    [
      'headers that proxies change',
      '/iam/v1/x',
      post(text, { 'user-agent': 'x', 'x-forwarded-for': '1.2.3.4', 'x-stainless-os': 'Linux' }),
    ],
    ['another authorization, which gives way', '/iam/v1/x', post(text, { authorization: 'Bearer sk-unused' })],
  ])('%s', async (_, path, init = {}) => {
    expect((await signed(url + path, init)).status).toBe(200);
    expect(last().caller).toBe(principal);
    if (init.body && !(init.body instanceof URLSearchParams)) expect(last().body.toString()).toBe(text);
  });

  test('a URL object and a Request', async () => {
    await signed(new URL(`${url}/a?b=c`));
    await signed(new Request(`${url}/a`, { method: 'PUT', body: text, headers: { 'content-type': 'text/x-mine' } }));
    expect(seen.map(({ caller }) => caller)).toEqual([principal, principal]);
    expect(last()).toMatchObject({ request: { method: 'PUT', headers: { 'content-type': 'text/x-mine' } } });
    expect(last().body.toString()).toBe(text);
  });

  test('the session token goes along', async () => {
    await signed(`${url}/a`);
    expect(last().request.headers['x-amz-security-token']).toBe(CREDENTIALS.sessionToken);
  });

  test('a plus in a query is sent as the space that it means', async () => {
    await signed(`${url}/a?q=b+c&r=%2B`);
    expect(last().request.url).toBe('/a?q=b%20c&r=%2B');
  });

  test('a wrong secret is found out', async () => {
    await createSignedFetch({ region: 'eu-west-1', credentials: { ...CREDENTIALS, secretAccessKey: 'another' } })(`${url}/a`);
    expect(last().caller).toBe('INVALID_SIGNATURE');
  });
});

test('a response streams: its first piece is read before the last is written', async () => {
  let finish = (): void => undefined;
  answer = (response) => {
    response.write('first');
    finish = () => response.end('last');
  };
  const response = await signed(`${url}/stream`);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('first');
  finish();
  expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('last');
});

test('an abort ends the request', async () => {
  answer = () => undefined;
  const controller = new AbortController();
  const call = signed(`${url}/never`, { signal: controller.signal });
  setImmediate(() => controller.abort());
  await expect(call).rejects.toMatchObject({ name: 'AbortError' });
});

test('credentials are asked for each request, since those of a role change', async () => {
  const given: AwsCredentials[] = [CREDENTIALS, { ...CREDENTIALS, sessionToken: 'renewed' }];
  const signedFetch = createSignedFetch({ region: 'eu-west-1', credentials: async () => given.shift() ?? CREDENTIALS });
  await signedFetch(`${url}/a`);
  await signedFetch(`${url}/a`);
  expect(seen.map(({ request }) => request.headers['x-amz-security-token'])).toEqual([CREDENTIALS.sessionToken, 'renewed']);
});

describe('in Lambda, by the environment', () => {
  const saved = { ...process.env };
  afterEach(() => {
    process.env = { ...saved };
  });

  test('region and credentials are those of the function', async () => {
    process.env.AWS_REGION = 'ap-south-1';
    process.env.AWS_ACCESS_KEY_ID = CREDENTIALS.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = CREDENTIALS.secretAccessKey;
    process.env.AWS_SESSION_TOKEN = CREDENTIALS.sessionToken;
    await createSignedFetch()(`${url}/a`);
    expect(last().caller).toBe(principal);
    expect(last().request.headers.authorization).toContain('/ap-south-1/execute-api/aws4_request');
  });

  test('what is missing is named', async () => {
    delete process.env.AWS_REGION;
    delete process.env.AWS_SECRET_ACCESS_KEY;
    expect(() => createSignedFetch()).toThrow(/pass region/);
    await expect(createSignedFetch({ region: 'eu-west-1' })(`${url}/a`)).rejects.toThrow(/AWS_SECRET_ACCESS_KEY.*fromNodeProviderChain/);
    expect(seen).toEqual([]);
  });
});
