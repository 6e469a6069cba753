import { MODEL, startPlatform, type TestPlatform } from '../helpers/platform';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

interface ErrorBody {
  readonly error: {
    readonly type: string;
    readonly code: string;
    readonly message: string;
    readonly param: string | null;
    readonly trace_id: string;
  };
}

const messages = [{ role: 'user', content: 'Hello' }];
const CHAT = '/v1/chat/completions';

async function answer(
  path: string,
  options: Parameters<TestPlatform['request']>[1],
): Promise<{ status: number; headers: Headers; body: ErrorBody }> {
  const response = await platform.request(path, options);
  const text = await response.text();
  expect(text).not.toMatch(/\bat .*\.(ts|mjs|js):\d+/);
  return { status: response.status, headers: response.headers, body: JSON.parse(text) as ErrorBody };
}

test.each([
  ['malformed JSON', { body: '{"model": "x",' }, 400, 'invalid_json', null, /JSON/],
  ['an empty body', { body: '' }, 400, 'invalid_json', null, /empty|JSON/],
  ['a body that is no object', { body: '[1]' }, 400, 'invalid_request', null, /object/],
  ['no model', { body: { messages } }, 400, 'invalid_request', 'model', /model/],
  ['a model of the wrong type', { body: { model: 7, messages } }, 400, 'invalid_request', 'model', /string/],
  ['no messages', { body: { model: MODEL } }, 400, 'invalid_request', 'messages', /messages/],
  ['empty messages', { body: { model: MODEL, messages: [] } }, 400, 'invalid_request', 'messages', /message/],
  [
    'an unknown role',
    { body: { model: MODEL, messages: [{ role: 'robot', content: 'x' }] } },
    400,
    'invalid_request',
    'messages[0].role',
    /robot/,
  ],
  ['a negative max_tokens', { body: { model: MODEL, messages, max_tokens: -1 } }, 400, 'invalid_request', 'max_tokens', /-1/],
  ['a temperature out of range', { body: { model: MODEL, messages, temperature: 3 } }, 400, 'invalid_request', 'temperature', /3/],
  ['an unknown model', { body: { model: 'claude-haiku-9', messages } }, 404, 'model_not_found', 'model', /claude-haiku-9/],
  ['an unsupported field', { body: { model: MODEL, messages, logprobs: true } }, 400, 'unsupported_field', 'logprobs', /logprobs/],
  ['a field that nobody knows', { body: { model: MODEL, messages, frobnicate: 1 } }, 400, 'unsupported_field', 'frobnicate', /frobnicate/],
  ['no key', { body: { model: MODEL, messages }, key: null }, 401, 'missing_api_key', null, /Authorization|Bearer/i],
  ['a wrong key', { body: { model: MODEL, messages }, key: 'sk-wrong' }, 401, 'invalid_api_key', null, /key/],
] as const)('%s', async (_name, options, status, code, param, message) => {
  const got = await answer(CHAT, options);
  expect(got.status).toBe(status);
  expect(got.body.error).toMatchObject({ code, param });
  expect(got.body.error.message).toMatch(message);
  expect(got.body.error.trace_id).toBe(got.headers.get('x-blueprint-trace-id'));
  expect(got.body.error.trace_id).toMatch(/^[0-9a-f]{32}$/);
});

test('a wrong key is not repeated, in the answer or in a log', async () => {
  const got = await answer(CHAT, { body: { model: MODEL, messages }, key: 'sk-canary-7f3a' });
  expect(JSON.stringify(got.body)).not.toContain('canary');
  expect(JSON.stringify(platform.logs())).not.toContain('canary');
});

test.each([
  ['an unknown route', '/v1/nothing', 'GET', 404, 'route_not_found'],
  ['a wrong method', CHAT, 'GET', 405, 'method_not_allowed'],
  ['a path outside the API', '/somewhere/else', 'GET', 403, 'access_denied'],
  ['the AWS door without a signature', '/iam/v1/models', 'GET', 403, 'access_denied'],
])('%s', async (_name, path, method, status, code) => {
  const got = await answer(path, { method });
  expect(got.status).toBe(status);
  expect(got.body.error).toMatchObject({ code, param: null });
  expect(got.body.error.trace_id).toBe(got.headers.get('x-blueprint-trace-id'));
});

test('a body over the limit of the gateway, and one over that of API Gateway', async () => {
  const own = await answer(CHAT, { body: { model: MODEL, messages: [{ role: 'user', content: 'x'.repeat(4_800_000) }] } });
  expect(own.status).toBe(413);
  expect(own.body.error).toMatchObject({ code: 'request_too_large' });
  expect(own.body.error.message).toMatch(/\d/);
  const front = await answer(CHAT, { body: 'x'.repeat(10 * 1024 * 1024 + 1) });
  expect(front.status).toBe(413);
  expect(front.body.error).toMatchObject({ code: 'request_too_large' });
});

test.each([
  ['expired', 'expired'],
  ['revoked', 'revoked'],
])('a key that is %s says so', async (state, word) => {
  const key = await platform.createKey('acme', state === 'expired' ? { expiresAt: Date.now() - 1000 } : { revokedAt: Date.now() - 1000 });
  const got = await answer(CHAT, { body: { model: MODEL, messages }, key });
  expect(got.status).toBe(401);
  expect(got.body.error.code).toBe('invalid_api_key');
  expect(got.body.error.message).toContain(word);
});

test('more requests at once than the environment allows: 429 in the same shape, with retry-after', async () => {
  // dev lets 40 through at once; these all arrive before a second has refilled 20 of them.
  const answers = await Promise.all(Array.from({ length: 80 }, () => platform.request('/healthz', { method: 'GET' })));
  const throttled = answers.filter(({ status }) => status === 429);
  expect(throttled.length).toBeGreaterThan(0);
  const [first] = throttled;
  expect(first?.headers.get('retry-after')).toBe('1');
  expect(await first?.json()).toMatchObject({ error: { code: 'rate_limit_exceeded', type: 'rate_limit_error' } });
  // Each route has its own rate: who asks another is not kept waiting.
  expect((await platform.request('/v1/models', { method: 'GET' })).status).toBe(200);
});
