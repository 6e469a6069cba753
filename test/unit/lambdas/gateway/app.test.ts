import { hashKey } from '../../../../lambdas/core/keys';
import { createTestGateway, errorOf, KEY, OTHER_KEY, platform, SESSION_ARN, simpleChat, tenantOf } from '../support/ports';

const authorized = { headers: { authorization: `Bearer ${KEY}` } };

test('is healthy without a key', async () => {
  const response = await createTestGateway().request('/healthz');
  expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
});

test('lists the models, the aliases and `auto`, and shows one', async () => {
  const gateway = createTestGateway();
  const model = { id: 'small-1', object: 'model', created: 0, owned_by: platform.models[0]?.provider };
  expect(await (await gateway.request('/v1/models', authorized)).json()).toEqual({
    object: 'list',
    data: [model, { ...model, id: 'usual', owned_by: 'gateway' }, { ...model, id: 'auto', owned_by: 'gateway' }],
  });
  expect(await (await gateway.request('/v1/models/small-1', authorized)).json()).toEqual(model);
  expect(await (await gateway.request('/v1/models/auto', authorized)).json()).toMatchObject({ id: 'auto' });
  const missing = await gateway.request('/v1/models/large-9', authorized);
  expect([missing.status, await errorOf(missing)]).toMatchObject([404, { code: 'model_not_found', param: 'model' }]);
});

test.each([
  ['GET', '/', 404, 'route_not_found', null],
  ['POST', '/v1/completions', 404, 'route_not_found', null],
  ['GET', '/v1/models/', 404, 'route_not_found', null],
  ['GET', '/iam/healthz', 404, 'route_not_found', null],
  ['GET', '/v1/chat/completions', 405, 'method_not_allowed', 'POST'],
  ['DELETE', '/iam/v1/chat/completions', 405, 'method_not_allowed', 'POST'],
  ['POST', '/v1/models', 405, 'method_not_allowed', 'GET, HEAD'],
  ['PUT', '/v1/models/small-1', 405, 'method_not_allowed', 'GET, HEAD'],
  ['POST', '/v1/calls/x', 405, 'method_not_allowed', 'GET, HEAD'],
  ['POST', '/healthz', 405, 'method_not_allowed', 'GET, HEAD'],
])('%s %s is %i', async (method, path, status, code, allow) => {
  const response = await createTestGateway().request(path, { method });
  const error = await errorOf(response);
  expect([response.status, error.code, response.headers.get('allow')]).toEqual([status, code, allow]);
  expect(error.message).toContain(method);
  expect(error.message).toContain(path);
});

test.each([
  ['no key', {}, 'missing_api_key', /Authorization: Bearer/],
  ['an empty header', { authorization: '' }, 'missing_api_key', /Authorization: Bearer/],
  ['another scheme', { authorization: `Basic ${KEY}` }, 'invalid_api_key', /form `Bearer <key>`/],
  ['no key after the scheme', { authorization: 'Bearer' }, 'invalid_api_key', /form `Bearer <key>`/],
  ['a wrong key', { authorization: 'Bearer sk-wrong' }, 'invalid_api_key', /does not exist/],
  ['an absurdly long key', { authorization: `Bearer ${'k'.repeat(5000)}` }, 'invalid_api_key', /form/],
])('%s is 401', async (_name, headers, code, message) => {
  const gateway = createTestGateway();
  for (const path of ['/v1/models', '/v1/models/small-1', '/v1/calls/x']) {
    const response = await gateway.request(path, { headers });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await errorOf(response)).toMatchObject({ code, type: 'authentication_error', message: expect.stringMatching(message) });
  }
  expect((await gateway.request('/v1/chat/completions', { method: 'POST', headers, body: '{' })).status).toBe(401);
  expect(gateway.audit.order).toEqual([]);
});

test.each(['revoked', 'expired'] as const)('a key that is %s is 401 and says so', async (state) => {
  const gateway = createTestGateway();
  const record = gateway.keys.get(hashKey(KEY));
  if (record === undefined) throw new Error('no key');
  gateway.keys.set(hashKey(KEY), { ...record, ...(state === 'revoked' ? { revokedAt: 1 } : { expiresAt: 1 }) });
  const response = await gateway.request('/v1/models', authorized);
  expect(await errorOf(response)).toMatchObject({ code: 'invalid_api_key', message: `The API key is ${state}. Ask for a new one.` });
});

describe('the IAM door', () => {
  test('knows the tenant of a registered role', async () => {
    const gateway = createTestGateway();
    const response = await gateway.request(
      '/iam/v1/chat/completions',
      { method: 'POST', body: JSON.stringify(simpleChat) },
      { iam: { userArn: SESSION_ARN } },
    );
    await gateway.settled();
    expect(response.status).toBe(200);
    const [intent] = gateway.audit.intents.values();
    expect(intent).toMatchObject({ door: 'iam', tenant: 'tenant-of-role', key_id: 'arn:aws:iam::111122223333:role/caller' });
  });

  test.each([
    ['an unknown role', 'arn:aws:sts::111122223333:assumed-role/stranger/s', /role\/stranger` is not registered/],
    ['a revoked role', 'arn:aws:sts::111122223333:assumed-role/former/s', /role\/former` is not registered/],
    ['a user', 'arn:aws:iam::111122223333:user/someone', /not a session of an IAM role/],
  ])('refuses %s', async (_name, userArn, message) => {
    const response = await createTestGateway().request('/iam/v1/models', {}, { iam: { userArn } });
    expect([response.status, await errorOf(response)]).toMatchObject([
      403,
      { code: 'access_denied', message: expect.stringMatching(message) },
    ]);
  });

  test('cannot be opened by a key or by headers', async () => {
    const headers = { authorization: `Bearer ${KEY}`, 'x-amzn-iam-user-arn': SESSION_ARN, userArn: SESSION_ARN };
    const response = await createTestGateway().request('/iam/v1/models', { headers });
    expect([response.status, (await errorOf(response)).code]).toEqual([403, 'access_denied']);
  });

  test('does not open the other door', async () => {
    const response = await createTestGateway().request('/v1/models', {}, { iam: { userArn: SESSION_ARN } });
    expect(response.status).toBe(401);
  });
});

describe('GET /v1/calls/{id}', () => {
  async function callAndSettle() {
    const gateway = createTestGateway();
    const response = await gateway.chat(simpleChat);
    await gateway.settled();
    return { gateway, id: response.headers.get('x-blueprint-trace-id') ?? '' };
  }

  test('is found by trace id and by completion id', async () => {
    const { gateway, id } = await callAndSettle();
    for (const path of [`/v1/calls/${id}`, `/v1/calls/chatcmpl-${id}`]) {
      expect(await (await gateway.request(path, authorized)).json()).toMatchObject({
        id,
        tenant: tenantOf(KEY),
        intent: { requested_model: 'small-1', route: { provider_model_id: 'vendor.small-1-v1:0', reason: 'exact_id' } },
        settlement: { status: 'ok', finish_reason: 'stop' },
      });
    }
  });

  test('a call under way has no settlement', async () => {
    const { gateway, id } = await callAndSettle();
    gateway.audit.settlements.clear();
    expect(await (await gateway.request(`/v1/calls/${id}`, authorized)).json()).toMatchObject({ id, settlement: null });
  });

  test("another tenant's call is answered as one that does not exist, byte for byte but for the trace id", async () => {
    const { gateway, id } = await callAndSettle();
    const ask = async (asked: string) => {
      const response = await gateway.request(`/v1/calls/${asked}`, { headers: { authorization: `Bearer ${OTHER_KEY}` } });
      const text = (await response.text()).replace(response.headers.get('x-blueprint-trace-id') ?? '?', '<trace>').replace(asked, '<id>');
      return [response.status, text, [...response.headers.keys()]];
    };
    const missing = await ask('0'.repeat(32));
    expect(missing[0]).toBe(404);
    expect(await ask(id)).toEqual(missing);
    expect(await ask('nonsense')).toEqual(missing);
  });
});

test('each request leaves one log line, which says nothing of keys and texts', async () => {
  const gateway = createTestGateway();
  const response = await gateway.request('/v1/models/small-1', authorized);
  await gateway.settled();
  expect(gateway.requestLine()).toEqual({
    trace_id: response.headers.get('x-blueprint-trace-id'),
    method: 'GET',
    route: '/v1/models/:id',
    status: 200,
    tenant: tenantOf(KEY),
    key_id: expect.stringMatching(/^key_[0-9a-f]{16}$/),
    total_ms: expect.any(Number),
  });
});

test('an error has its trace id in body, header and log line', async () => {
  const gateway = createTestGateway();
  const response = await gateway.request('/nowhere');
  await gateway.settled();
  const id = response.headers.get('x-blueprint-trace-id');
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect((await errorOf(response)).trace_id).toBe(id);
  expect(gateway.requestLine()).toMatchObject({ trace_id: id, route: 'none', status: 404, error_code: 'route_not_found' });
});

test('an unexpected error is logged with its cause, and tells the caller nothing but the trace id', async () => {
  const fail = () => Promise.reject(new Error('secret detail'));
  const registry = { findKey: fail, findRole: fail, findBearer: fail };
  const gateway = createTestGateway(undefined, { registry });
  const response = await gateway.request('/v1/models', authorized);
  await gateway.settled();
  const text = await response.text();
  expect(response.status).toBe(500);
  expect(text).not.toContain('secret');
  expect(JSON.parse(text).error).toMatchObject({ code: 'internal_error', trace_id: response.headers.get('x-blueprint-trace-id') });
  expect(gateway.lines.filter(({ level }) => level === 'error')).toEqual([
    {
      level: 'error',
      message: 'request failed',
      fields: expect.objectContaining({ error: expect.objectContaining({ cause: expect.objectContaining({ message: 'secret detail' }) }) }),
    },
  ]);
});
