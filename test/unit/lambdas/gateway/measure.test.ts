import { serviceDimension } from '../../../../config/metrics';
import { GatewayError } from '../../../../lambdas/core/errors';
import type { ModelEvent } from '../../../../lambdas/gateway/adapters/adapter';
import {
  createTestGateway,
  hello,
  KEY,
  OTHER_KEY,
  platform,
  simpleChat,
  tenantOf,
  type TestGateway,
  withoutEvents,
} from '../support/ports';

async function measuredOf(gateway: TestGateway, body: unknown = simpleChat, init: RequestInit = {}) {
  const response = await gateway.chat(body, init);
  await response.text();
  await gateway.settled();
  return gateway.measured.at(-1);
}

async function* textThen(error: Error): AsyncGenerator<ModelEvent> {
  yield { type: 'text', text: 'abcdef' };
  throw error;
}

const ms = expect.any(Number);

test('a call that goes well, plain and streamed alike', async () => {
  const gateway = createTestGateway();
  for (const stream of [false, true]) {
    expect(await measuredOf(gateway, { ...simpleChat, stream, metadata: { service: 'billing' } })).toEqual({
      values: {
        Calls: 1,
        Errors: 0,
        Refusals: 0,
        Throttles: 0,
        LatencyMs: ms,
        OverheadMs: ms,
        ModelMs: ms,
        FirstTokenMs: ms,
        InputTokens: 15,
        OutputTokens: 4,
        CostUsd: 0.000031,
        UsageEstimated: 0,
        SettlementFailures: 0,
      },
      dimensions: { Model: 'small-1', Service: 'billing' },
    });
  }
  expect(gateway.measured).toHaveLength(2);
});

test.each([
  ['model_unavailable', { Errors: 1, Refusals: 0, Throttles: 0 }],
  ['internal_error', { Errors: 1, Refusals: 0, Throttles: 0 }],
  ['rate_limit_exceeded', { Errors: 0, Refusals: 0, Throttles: 1 }],
  ['content_filter', { Errors: 0, Refusals: 1, Throttles: 0 }],
  ['request_cancelled', { Errors: 0, Refusals: 0, Throttles: 0 }],
] as const)('%s counts as %j, before the first byte and after it', async (code, counts) => {
  const error = new GatewayError(code, 'It went wrong.');
  const before = await measuredOf(createTestGateway(() => withoutEvents(() => Promise.reject(error))));
  expect(before?.values).toMatchObject({ Calls: 1, ...counts, UsageEstimated: 0, CostUsd: 0 });
  expect(before?.values.FirstTokenMs).toBeUndefined();
  const after = await measuredOf(
    createTestGateway(() => textThen(error)),
    { ...simpleChat, stream: true },
  );
  expect(after?.values).toMatchObject({ Calls: 1, ...counts, UsageEstimated: 1, FirstTokenMs: ms });
});

test('a refused call has no model, and none of the model’s metrics', async () => {
  const measured = await measuredOf(createTestGateway(), { ...simpleChat, model: 'whatever somebody writes' });
  expect(measured).toEqual({
    values: { Calls: 1, Errors: 0, Refusals: 1, Throttles: 0, LatencyMs: ms, SettlementFailures: 0 },
    dimensions: { Service: serviceDimension.none },
  });
});

test('a call that is not even let in counts', async () => {
  const measured = await measuredOf(createTestGateway(), simpleChat, { headers: { authorization: 'Bearer nobody' } });
  expect(measured?.values).toEqual({ Calls: 1, Errors: 0, Refusals: 1, Throttles: 0, LatencyMs: ms });
});

test('a settlement that could not be written counts, one that nobody tried does not', async () => {
  const gateway = createTestGateway();
  gateway.audit.fail.settlement = new Error('the store is away');
  expect((await measuredOf(gateway))?.values).toMatchObject({ SettlementFailures: 1, Errors: 0 });
  gateway.audit.fail.intent = new GatewayError('store_unavailable', 'The store is away.');
  expect((await measuredOf(gateway))?.values).toEqual({ Calls: 1, Errors: 1, Refusals: 0, Throttles: 0, LatencyMs: ms });
});

test('services are bounded in number and form', async () => {
  const gateway = createTestGateway();
  const wanted = ['a b', ...Array.from({ length: serviceDimension.maxNames + 3 }, (_, index) => `service-${index}`)];
  for (const service of wanted) await measuredOf(gateway, { ...simpleChat, metadata: { service } });
  const named = new Set(gateway.measured.map(({ dimensions }) => dimensions.Service));
  expect(gateway.measured).toHaveLength(wanted.length);
  expect(gateway.measured[0]?.dimensions.Service).toBe(serviceDimension.other);
  expect([...named].toSorted()).toEqual([...wanted.slice(1, serviceDimension.maxNames + 1), serviceDimension.other].toSorted());
});

test('the tenant is a dimension of the calls of those that are watched, and of no others', async () => {
  const gateway = createTestGateway(hello, { platform: { ...platform, watchedTenants: ['acme', tenantOf(KEY)] } });
  const by = (key: string) => measuredOf(gateway, simpleChat, { headers: { authorization: `Bearer ${key}` } });
  expect(await by(KEY)).toMatchObject({ values: { CostUsd: 0.000031 }, dimensions: { Tenant: tenantOf(KEY) } });
  for (const key of [OTHER_KEY, 'nobody']) expect((await by(key))?.dimensions).not.toHaveProperty('Tenant');
  expect((await measuredOf(createTestGateway()))?.dimensions).not.toHaveProperty('Tenant');
});

test('other routes and methods are not calls of a model', async () => {
  const gateway = createTestGateway();
  for (const path of ['/healthz', '/v1/models', '/v1/calls/x', '/v1/chat/completions', '/nowhere']) await gateway.request(path);
  await gateway.request('/nowhere/chat/completions', { method: 'POST' });
  await gateway.settled();
  expect(gateway.lines.filter(({ message }) => message === 'request')).toHaveLength(6);
  expect(gateway.measured).toEqual([]);
});

test('many calls at once: each has its own', async () => {
  const gateway = createTestGateway(async function* (request) {
    await new Promise((resolve) => setImmediate(resolve));
    for await (const event of hello()) {
      yield event.type === 'usage' ? { ...event, usage: { ...event.usage, outputTokens: request.maxTokens } } : event;
    }
  });
  const tokens = Array.from({ length: 25 }, (_, index) => index + 1);
  await Promise.all(tokens.map((max_tokens) => gateway.chat({ ...simpleChat, max_tokens, metadata: { service: `s${max_tokens % 5}` } })));
  await gateway.settled();
  const measured = gateway.measured.map(({ values, dimensions }) => `${values.OutputTokens} ${dimensions.Service}`);
  expect(measured.toSorted()).toEqual(tokens.map((count) => `${count} s${count % 5}`).toSorted());
});

test('metrics that fail are logged, and the answer stands', async () => {
  const gateway = createTestGateway(hello, {
    metrics: {
      record: () => {
        throw new Error('no metrics today');
      },
    },
  });
  const response = await gateway.chat(simpleChat);
  expect(response.status).toBe(200);
  await gateway.settled();
  expect(gateway.requestLine()).toMatchObject({ status: 200 });
  expect(gateway.lines.filter(({ level }) => level === 'error')).toMatchObject([{ message: 'metrics not published' }]);
});
