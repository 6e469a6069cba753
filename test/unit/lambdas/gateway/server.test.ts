import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as http from 'node:http';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { text } from 'node:stream/consumers';
import type { Registry } from '../../../../lambdas/core/registry';
import type { ModelEvent } from '../../../../lambdas/gateway/adapters/adapter';
import type { GatewayPorts } from '../../../../lambdas/gateway/call';
import { type RunningServer, runServer } from '../../../../lambdas/gateway/server-run';
import { bundleServer } from '../../../../scripts/bundle';
import {
  createTestGateway,
  errorOf,
  eventsOf,
  hello,
  KEY,
  platform,
  type Script,
  simpleChat,
  type TestGateway,
  untilAborted,
} from '../support/ports';
import { MemoryPrompts } from '../support/prompts';
import { fullAccounts } from '../support/reservations';
import { createSemanticGateway, HOW, IN_OTHER_WORDS } from '../support/similar-answers';

const log = { info: () => undefined, error: () => undefined };

let running: RunningServer[] = [];
afterEach(async () => {
  for (const server of running) await server.stop();
  running = [];
});

interface Served extends TestGateway {
  readonly server: RunningServer;
  readonly url: string;
}

async function serve(script: Script = hello, shutdownGraceMs = 10_000, overrides: Partial<GatewayPorts> = {}): Promise<Served> {
  const gateway = createTestGateway(script, overrides);
  const server = await runServer(gateway.app, { host: '127.0.0.1', port: 0, shutdownGraceMs }, log);
  running.push(server);
  return { ...gateway, server, url: `http://127.0.0.1:${server.port}` };
}

function chat({ url }: Served, body: object = simpleChat, init: RequestInit = {}): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...init,
  });
}

/** A promise and what settles it. */
function signalled(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, resolve };
}

async function settlementOf({ audit }: TestGateway) {
  while (audit.settlements.size === 0) await new Promise((resolve) => setImmediate(resolve));
  return [...audit.settlements.values()][0];
}

/** Text, then nothing until the caller has left. Tells when it was told. */
function stalls(aborted: () => void): Script {
  return async function* (_request, signal): AsyncGenerator<ModelEvent> {
    signal.addEventListener('abort', aborted);
    yield { type: 'text', text: 'Half an answer' };
    await untilAborted(signal);
  };
}

test('a plain answer, with its length, its headers and its trace id', async () => {
  const gateway = await serve();
  const response = await chat(gateway);
  const body = await response.text();
  expect(JSON.parse(body)).toMatchObject({ choices: [{ message: { content: 'Hello world' } }] });
  expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(body)));
  expect(response.headers.get('x-blueprint-trace-id')).toMatch(/^[0-9a-f]{32}$/);
  expect(gateway.audit.order).toEqual(['intent', 'model', 'settlement']);
});

test('of many calls at once each has its own answer', async () => {
  const all = signalled();
  let asked = 0;
  const gateway = await serve(async function* ({ body }) {
    asked += 1;
    if (asked === 50) all.resolve();
    await all.promise;
    yield { type: 'text', text: `for ${body.user}` };
    yield { type: 'finish', reason: 'stop' };
  });
  const users = Array.from({ length: 50 }, (_, index) => `user ${index}`);
  const answers = await Promise.all(users.map((user) => chat(gateway, { ...simpleChat, user }).then((response) => response.json())));
  expect(answers).toMatchObject(users.map((user) => ({ choices: [{ message: { content: `for ${user}` } }] })));
  while (gateway.audit.settlements.size < 50) await new Promise((resolve) => setImmediate(resolve));
});

test('a stream goes out piece by piece: the first before the model has said the second', async () => {
  const more = signalled();
  const gateway = await serve(async function* () {
    yield { type: 'text', text: 'Hello' };
    await more.promise;
    yield { type: 'finish', reason: 'stop' };
  });
  const response = await chat(gateway, { ...simpleChat, stream: true });
  const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
  let received = '';
  while (!received.includes('Hello')) received += (await reader.read()).value;
  expect(received).not.toContain('[DONE]');
  more.resolve();
  for (let next = await reader.read(); !next.done; next = await reader.read()) received += next.value;
  expect(eventsOf(received).at(-1)).toBe('[DONE]');
});

test('a reader who does not read stops the model', async () => {
  let produced = 0;
  const gateway = await serve(async function* () {
    for (; produced < 2_000; produced++) yield { type: 'text', text: 'x'.repeat(64 * 1024) };
    yield { type: 'finish', reason: 'stop' };
  });
  const request = http.request(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${KEY}` } });
  request.on('error', () => undefined);
  request.end(JSON.stringify({ ...simpleChat, stream: true, max_tokens: 1 }));
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.pause();
  // What is produced fills the buffers in between, and then no more comes for as long as the event loop is watched.
  let before = -1;
  let still = 0;
  while (still < 200) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    still = produced === before ? still + 1 : 0;
    before = produced;
  }
  expect(produced).toBeGreaterThan(0);
  expect(produced).toBeLessThan(2_000);
  request.destroy();
  expect(await settlementOf(gateway)).toMatchObject({ status: 'cancelled' });
});

test.each([{ stream: true }, { stream: false }])(
  'a caller who leaves stops the model and pays for what it said: %j',
  async ({ stream }) => {
    const order: string[] = [];
    const aborted = signalled();
    const begun = signalled();
    const gateway = await serve(async function* (_request, signal) {
      signal.addEventListener('abort', () => {
        order.push('model stopped');
        aborted.resolve();
      });
      yield { type: 'text', text: 'Half an answer' };
      begun.resolve();
      await untilAborted(signal);
    });
    const leaving = new AbortController();
    const call = chat(gateway, { ...simpleChat, stream }, { signal: leaving.signal }).then((response) => response.text());
    await begun.promise;
    order.push('caller left');
    leaving.abort();
    await expect(call).rejects.toThrow();
    await aborted.promise;
    expect(await settlementOf(gateway)).toMatchObject({ status: 'cancelled', error_code: 'request_cancelled', usage_estimated: true });
    expect((await settlementOf(gateway))?.cost_micro_usd).toBeGreaterThan(0);
    // Nothing else, no timer above all, stood between the two.
    expect(order).toEqual(['caller left', 'model stopped']);
  },
);

test('a caller who leaves in the middle of the request, before its key is known, leaves nothing under way', async () => {
  const asked = signalled();
  const known = signalled();
  const findKey: Registry['findKey'] = async () => {
    asked.resolve();
    await known.promise;
    return { record: { keyId: 'slow', tenant: 'acme', name: 'slow', createdAt: 0 }, tenant: undefined, team: undefined };
  };
  const { server } = await serve(hello, 10_000, {
    registry: { findKey, findRole: () => Promise.resolve(undefined), findBearer: () => Promise.reject(new Error('not asked')) },
  });
  const request = http.request(`http://127.0.0.1:${server.port}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-length': '100' },
  });
  request.on('error', () => undefined);
  request.write('{"model":');
  await asked.promise;
  request.destroy();
  const stopped = server.stop();
  // Long enough for the server to hear of it.
  await new Promise((resolve) => setTimeout(resolve, 100));
  known.resolve();
  await stopped;
});

test('the next request on a connection is answered after one whose body was not read', async () => {
  const gateway = await serve();
  const socket = net.connect(gateway.server.port, '127.0.0.1');
  const large = 'x'.repeat(200_000);
  socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\nauthorization: Bearer ${KEY}\r\ntransfer-encoding: chunked\r\n\r\n`);
  socket.write(`${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`);
  socket.write('GET /healthz HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n');
  const answers = await text(socket);
  expect(answers).toContain('HTTP/1.1 413 ');
  expect(answers).toContain('request_too_large');
  expect(answers).toContain('HTTP/1.1 200 OK');
});

test('nobody passes the door for IAM roles, whatever they send', async () => {
  const gateway = await serve();
  const headers = { authorization: `Bearer ${KEY}`, 'x-amzn-iam-user-arn': 'arn:aws:sts::111122223333:assumed-role/caller/session' };
  const response = await fetch(`${gateway.url}/iam/v1/models`, { headers });
  expect(response.status).toBe(403);
  expect(await errorOf(response)).toMatchObject({ code: 'access_denied' });
});

test.each([
  ['an absolute target', 'GET http://elsewhere.example/healthz HTTP/1.1', 200],
  ['a path that begins with two slashes', 'GET //healthz HTTP/1.1', 404],
  ['the asterisk', 'OPTIONS * HTTP/1.1', 404],
  ['a query', 'GET /healthz?a=b HTTP/1.1', 200],
  ['HEAD', 'HEAD /healthz HTTP/1.1', 200],
  ['a broken escape', 'GET /v1/models/%E0%A4%A HTTP/1.1', 401],
])('%s', async (_name, line, status) => {
  const gateway = await serve();
  const socket = net.connect(gateway.server.port, '127.0.0.1');
  socket.write(`${line}\r\nhost: h\r\nconnection: close\r\n\r\n`);
  expect(await text(socket)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});

test.each(['/healthz', '/v1/models', '/nowhere'])('HEAD %s has the headers of GET, and no body', async (path) => {
  const { url } = await serve();
  const init = { headers: { authorization: `Bearer ${KEY}` } };
  const [get, head] = [await fetch(url + path, init), await fetch(url + path, { ...init, method: 'HEAD' })];
  expect(head.status).toBe(get.status);
  expect(await head.text()).toBe('');
  const own = ['connection', 'keep-alive', 'date', 'content-length', 'x-blueprint-trace-id'];
  const shared = (response: Response) => [...response.headers].filter(([name]) => !own.includes(name));
  expect(shared(head)).toEqual(shared(get));
  expect(shared(head)).toContainEqual(['content-type', 'application/json']);
});

describe('when told to stop', () => {
  test('it takes no new connection, finishes the calls under way, and closes theirs', async () => {
    const more = signalled();
    const begun = signalled();
    const gateway = await serve(async function* () {
      yield { type: 'text', text: 'Hello' };
      begun.resolve();
      await more.promise;
      yield { type: 'finish', reason: 'stop' };
    });
    const agent = new http.Agent({ keepAlive: true });
    const request = http.request(`${gateway.url}/v1/chat/completions`, {
      agent,
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}` },
    });
    request.end(JSON.stringify(simpleChat));
    await begun.promise;
    const stopped = gateway.server.stop();
    await expect(fetch(`${gateway.url}/healthz`)).rejects.toThrow();
    more.resolve();
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    expect(response.headers.connection).toBe('close');
    expect(JSON.parse(await text(response))).toMatchObject({ choices: [{ finish_reason: 'stop' }] });
    await stopped;
    expect([...gateway.audit.settlements.values()]).toMatchObject([{ status: 'ok' }]);
  });

  test('what is not over by then is stopped and charged, and does not look like an end', async () => {
    const gateway = await serve(
      stalls(() => undefined),
      1,
    );
    const response = await chat(gateway, { ...simpleChat, stream: true });
    const [reading] = await Promise.allSettled([response.text(), gateway.server.stop()]);
    expect(reading.status).toBe('rejected');
    expect([...gateway.audit.settlements.values()]).toMatchObject([{ status: 'cancelled', usage_estimated: true }]);
  });

  describe('and a copy of a call, whose answer nobody receives, is under way', () => {
    /** The call itself is answered at once, its copy never. */
    async function copying(shutdownGraceMs: number) {
      const prompts = new MemoryPrompts();
      const content = { messages: [{ role: 'user', template: 'Hello' }], variables: {}, model: { models: ['small-1'] } };
      const shadow = { name: 'copy', percent: 100, microUsdPerDay: 1_000_000 };
      prompts.release('greet', 1, content, { experiment: { id: 'try', arms: [{ name: 'today', weight: 1 }], shadow } });
      const begun = signalled();
      let calls = 0;
      const script: Script = async function* (_request, signal) {
        calls += 1;
        if (calls === 1) return yield* hello();
        yield { type: 'text', text: 'Half a copy' };
        begun.resolve();
        await untilAborted(signal);
      };
      const gateway = await serve(script, shutdownGraceMs, { prompts, accounts: fullAccounts });
      const asked = await fetch(`${gateway.url}/v1/prompts/greet/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${KEY}` },
        body: '{}',
      });
      expect(asked.status).toBe(200);
      await begun.promise;
      return gateway;
    }

    test('it is stopped and charged when the time is over', async () => {
      const gateway = await copying(1);
      await gateway.server.stop();
      expect([...gateway.audit.settlements.values()]).toMatchObject([{ status: 'ok' }, { status: 'cancelled', usage_estimated: true }]);
    });
  });

  test('the verification of a hit from the cache is stopped and charged too', async () => {
    const begun = signalled();
    let calls = 0;
    const gateway = createSemanticGateway({
      verifyShare: 1,
      script: async function* (_request, signal) {
        calls += 1;
        if (calls === 1) return yield* hello();
        yield { type: 'text', text: 'Half a second opinion' };
        begun.resolve();
        await untilAborted(signal);
      },
    });
    const server = await runServer(gateway.app, { host: '127.0.0.1', port: 0, shutdownGraceMs: 1 }, log);
    running.push(server);
    const ask = (content: string) =>
      fetch(`http://127.0.0.1:${server.port}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${KEY}`, 'x-blueprint-cache-control': 'ttl=60' },
        body: JSON.stringify({ model: 'small-1', messages: [{ role: 'user', content }] }),
      });
    await ask(HOW);
    while (gateway.index.documents.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect((await ask(IN_OTHER_WORDS)).headers.get('x-blueprint-cache')).toBe('semantic');
    await begun.promise;
    await server.stop();
    expect([...gateway.audit.settlements.values()].map(({ status }) => status)).toEqual(['ok', 'ok', 'cancelled']);
    expect(gateway.lines.find(({ message }) => message === 'semantic hit verified')?.fields).toMatchObject({ verdict: 'unknown' });
  });

  test('twice is once', async () => {
    const gateway = await serve();
    await Promise.all([gateway.server.stop(), gateway.server.stop()]);
  });
});

describe('as a process', () => {
  let folder: string;
  let children: ChildProcess[] = [];
  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gateway-server-'));
    await bundleServer(folder);
    fs.writeFileSync(path.join(folder, 'platform.json'), JSON.stringify(platform));
  });
  afterEach(() => {
    for (const child of children) child.kill('SIGKILL');
    children = [];
  });
  afterAll(() => fs.rmSync(folder, { recursive: true }));

  const variables = () => ({
    PLATFORM_DIRECTORY: folder,
    HOST: '127.0.0.1',
    PORT: '0',
    SHUTDOWN_GRACE_MS: '1000',
    AUDIT_TABLE: 'Audit',
    REGISTRY_TABLE: 'Registry',
    LEDGER_TABLE: 'Ledger',
    CONTENT_BUCKET: 'none',
    CACHE_TABLE: 'none',
    VECTOR_ENDPOINT: 'none',
    VECTOR_INDEX: 'none',
    GUARDRAIL_ID: 'none',
    GUARDRAIL_VERSION: 'none',
    AUDIT_RETENTION_DAYS: '30',
    AWS_REGION: 'eu-west-1',
  });

  function start(env: Record<string, string>): ChildProcess {
    const child = spawn(process.execPath, [path.join(folder, 'index.mjs')], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    return child;
  }

  test('serves until SIGTERM, then ends with 0 and all its lines and metrics written', async () => {
    const child = start(variables());
    const output = text(child.stdout as NodeJS.ReadableStream);
    const [first] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    const { port, message } = JSON.parse(String(first)) as { port: number; message: string };
    expect(message).toBe('listening');
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, { method: 'POST' })).status).toBe(401);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    const lines = (await output)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.flatMap((line) => line.message ?? [])).toEqual(['listening', 'request', 'request', 'shutting down', 'shut down']);
    expect(lines.filter((line) => '_aws' in line)).toMatchObject([{ Calls: 1, Refusals: 1 }]);
  });

  test.each([
    ['PORT', '65536'],
    ['PORT', 'http'],
    ['HOST', ''],
    ['SHUTDOWN_GRACE_MS', '0'],
    ['AUDIT_RETENTION_DAYS', 'NaN'],
    ['PLATFORM_DIRECTORY', ''],
  ])('says which variable is wrong: %s=%s', async (name, value) => {
    const child = start({ ...variables(), [name]: value });
    const [message, [code]] = await Promise.all([text(child.stderr as NodeJS.ReadableStream), once(child, 'exit')]);
    expect(message).toContain(name);
    expect(code).toBe(1);
  });
});
