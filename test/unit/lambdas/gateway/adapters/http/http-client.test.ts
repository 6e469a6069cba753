import { type AddressInfo, createServer } from 'node:net';
import { poolOf } from '../../../../../../lambdas/core/http-pools';
import { type HttpResponse, postJson } from '../../../../../../lambdas/gateway/adapters/http/http-client';
import { type Respond, startServer, type TestServer } from '../../../support/http-server';

let server: TestServer;
let respond: Respond;
beforeAll(async () => {
  server = await startServer((...received) => respond(...received));
});
afterAll(() => server.close());

const post = (url = server.url, body = '{}'): Promise<HttpResponse> =>
  postJson({ url, headers: {}, body, signal: new AbortController().signal });

test('sends the body by its length in bytes', async () => {
  respond = (_request, response) => void response.end('ok');
  const response = await post(server.url, '{"a":"ü"}');
  expect(await response.text()).toBe('ok');
  response.release(true);
  expect(server.received.at(-1)).toMatchObject({ body: '{"a":"ü"}', headers: { 'content-length': '10' } });
});

test('of a long text no more than 64 KB are read', async () => {
  respond = (_request, response) => void response.end('x'.repeat(1_000_000));
  const response = await post();
  expect((await response.text()).length).toBe(65_536);
  response.release(false);
});

test('what was released incomplete closes its connection', async () => {
  const closed = new Promise<void>((resolve) => {
    respond = (_request, response) => {
      response.on('close', resolve);
      response.write('x');
    };
  });
  (await post()).release(false);
  await closed;
});

test('what came in the turn in which the connection broke is read before its error', async () => {
  const pool = poolOf('http://127.0.0.1:9');
  const dispatched = jest.spyOn(pool, 'dispatch').mockImplementation((_options, handler) => {
    const controller = { abort: () => undefined, pause: () => undefined, resume: () => undefined } as never;
    handler.onRequestStart?.(controller, {});
    handler.onResponseStart?.(controller, 200, {});
    handler.onResponseData?.(controller, Buffer.from('abc'));
    handler.onResponseError?.(controller, new Error('other side closed'));
    return true;
  });
  const chunks = (await post('http://127.0.0.1:9/'))[Symbol.asyncIterator]();
  dispatched.mockRestore();
  await expect(chunks.next()).resolves.toEqual({ done: false, value: Buffer.from('abc') });
  await expect(chunks.next()).rejects.toThrow('other side closed');
});

test('a redirect is an answer like any other', async () => {
  respond = (_request, response) => void response.writeHead(308, { location: `${server.url}/elsewhere` }).end();
  const before = server.received.length;
  const response = await post();
  response.release(true);
  expect(response.status).toBe(308);
  expect(server.received).toHaveLength(before + 1);
});

test('a server that accepts and never finishes the handshake is no connection', async () => {
  const silent = createServer((socket) => socket.on('error', () => undefined).resume());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  await expect(post(`https://127.0.0.1:${port}`)).rejects.toThrow('No connection within 2000 ms.');
  await new Promise((resolve) => silent.close(resolve));
});
