import { type AwsConfig, createSignedJsonCall } from '../../../../lambdas/core/signed-json-call';
import { type Respond, startServer, type TestServer } from '../support/http-server';

const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
let server: TestServer;
let respond: Respond;
beforeEach(async () => {
  respond = (_request, response) => void response.end('{"ü":1}');
  server = await startServer((...all) => respond(...all));
});
afterEach(() => server.close());

function callWith(config: Partial<AwsConfig> = {}, address = server.url) {
  return createSignedJsonCall(
    { region: async () => 'eu-west-1', credentials: async () => credentials, systemClockOffset: 0, ...config },
    { service: 'some', contentType: 'application/x-amz-json-1.0', target: 'Some_1.Do', addressIn: () => address },
  );
}

test('posts the body, signed, and resolves with the whole answer', async () => {
  expect(await callWith()('{"é":1}')).toEqual({ status: 200, text: '{"ü":1}' });
  expect(server.received).toMatchObject([
    {
      method: 'POST',
      path: '/',
      body: '{"é":1}',
      headers: {
        host: new URL(server.url).host,
        'content-length': '8',
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'Some_1.Do',
        authorization: expect.stringContaining('/eu-west-1/some/aws4_request'),
      },
    },
  ]);
});

test('what the service refuses resolves too', async () => {
  respond = (_request, response) => void response.writeHead(400).end('no');
  expect(await callWith()('{}')).toEqual({ status: 400, text: 'no' });
});

test('calls one after another share connections', async () => {
  const call = callWith();
  for (let count = 0; count < 10; count++) await call('{}');
  // A connection is free again a little after its answer is there.
  expect(server.connections()).toBeLessThanOrEqual(2);
});

test('each call has the credentials of its time, and the time of AWS', async () => {
  let key = 'ONE';
  const call = callWith({ credentials: async () => ({ ...credentials, accessKeyId: key }), systemClockOffset: -400 * 86_400_000 });
  await call('{}');
  key = 'TWO';
  await call('{}');
  const sent = server.received.map(({ headers }) => String(headers.authorization).split('/')[0]);
  expect(sent).toEqual(['AWS4-HMAC-SHA256 Credential=ONE', 'AWS4-HMAC-SHA256 Credential=TWO']);
  const year = Number(String(server.received[0]?.headers['x-amz-date']).slice(0, 4));
  expect(year).toBeLessThan(new Date().getUTCFullYear());
});

test('no region and no credentials are errors of the call, not of those after it', async () => {
  let isThere = false;
  const find = async (value: string) => {
    if (!isThere) throw new Error('Region is missing');
    return value;
  };
  const call = callWith({ region: () => find('eu-west-1') });
  await expect(call('{}')).rejects.toThrow('Region is missing');
  isThere = true;
  expect((await call('{}')).status).toBe(200);
  await expect(callWith({ credentials: () => Promise.reject(new Error('none')) })('{}')).rejects.toThrow('none');
});

test.each<[string, Respond]>([
  ['before', (_request, response) => void response.socket?.destroy()],
  ['within', (_request, response) => void response.writeHead(200, { 'content-length': '9' }).write('{', () => response.destroy())],
])('a connection that breaks %s the answer is an error', async (_when, broken) => {
  respond = broken;
  await expect(callWith()('{}')).rejects.toMatchObject({ code: expect.stringMatching(/^(ECONNRESET|UND_ERR_SOCKET)$/) });
});

test.each<[string, Respond]>([
  ['begin', () => undefined],
  ['end', (_request, response) => void response.write('{')],
])('an answer that does not %s in time is an error, and its connection closed', async (_what, slow) => {
  const closed = new Promise<void>((resolve) => {
    respond = (request, response, index) => {
      response.once('close', resolve);
      return slow(request, response, index);
    };
  });
  await expect(callWith()('{}')).rejects.toThrow(/^127\.0\.0\.1:\d+ did not answer within 2000 ms\.$/);
  await closed;
});
