import { GatewayError } from '../../../../lambdas/core/errors';
import type { EmbeddingModelEntry, PlatformDocument } from '../../../../lambdas/core/platform';
import type { RoutingPolicy } from '../../../../lambdas/core/routing-policy';
import type { EmbeddingAnswer, EmbeddingRequest } from '../../../../lambdas/gateway/adapters/adapter';
import { createTestGateway, errorOf, hello, KEY, platform, SESSION_ARN, untilAborted } from '../support/ports';

/** Embeddings through the real app, with models that do as told, on a clock that the tests set. */

beforeEach(() => {
  jest.useFakeTimers();
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

function modelOf(id: string, change: Partial<EmbeddingModelEntry> = {}): EmbeddingModelEntry {
  return {
    id,
    provider: 'bedrock',
    providerModelId: `vendor.${id}`,
    maxInputTokens: 100,
    maxInputsPerCall: 2,
    dimensions: [3, 2],
    inputTypes: false,
    // A tenth of a micro-dollar each: what is rounded for each text is seen at once.
    price: { input: 100_000 },
    ...change,
  };
}

const embeddingModels = [modelOf('embedder'), modelOf('typed', { inputTypes: true }), modelOf('plain', { dimensions: [3] })];
const policy: Partial<RoutingPolicy> = {
  retry: { maxAttempts: 3, baseDelayMs: 100, maxDelayMs: 1_000, maxRetryAfterMs: 5_000 },
  timeouts: { firstTokenMs: 2_000, idleMs: 500 },
  breaker: { failureThreshold: 4, openMs: 30_000 },
};

type Answer = (request: EmbeddingRequest, signal: AbortSignal, call: number) => EmbeddingAnswer | Promise<EmbeddingAnswer>;

/** Ten tokens a text; each vector begins with the number that its text is. */
const embeds: Answer = ({ texts, dimensions }) => ({
  vectors: texts.map((text) => [Number(text), ...Array.from({ length: dimensions - 1 }, () => 0.5)]),
  inputTokens: 10 * texts.length,
});
const fails = (code: GatewayError['code'], retryAfterSeconds?: number): never => {
  throw new GatewayError(code, `It is ${code}.`, { retryAfterSeconds });
};

interface Wire {
  readonly data: readonly { readonly index: number; readonly embedding: readonly number[] | string }[];
  readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number };
}

function gatewayOf(answer: Answer = embeds, routing: Partial<RoutingPolicy> = {}, limits: Partial<PlatformDocument['limits']> = {}) {
  const asked: EmbeddingRequest[] = [];
  let underWay = 0;
  let mostUnderWay = 0;
  const document: PlatformDocument = {
    ...platform,
    embeddingModels,
    routing: { ...platform.routing, ...policy, ...routing },
    limits: { ...platform.limits, ...limits },
  };
  const gateway = createTestGateway(undefined, {
    platform: document,
    adapters: {
      bedrock: {
        check: () => undefined,
        stream: async function* () {
          for await (const event of hello()) yield [event];
        },
        async embed(request, signal) {
          gateway.audit.order.push('model');
          asked.push(request);
          underWay += 1;
          mostUnderWay = Math.max(mostUnderWay, underWay);
          const call = asked.length;
          try {
            await Promise.resolve();
            return await answer(request, signal, call);
          } finally {
            underWay -= 1;
          }
        },
      },
    },
  });
  async function embed(change: object = {}, init: RequestInit = {}) {
    const body = JSON.stringify({ model: 'embedder', input: ['1', '2', '3'], ...change });
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
    const sent = gateway.request('/v1/embeddings', { method: 'POST', headers, body, ...init });
    await jest.advanceTimersByTimeAsync(60_000);
    const response = await sent;
    await gateway.settled();
    return {
      response,
      status: response.status,
      intent: [...gateway.audit.intents.values()].at(-1),
      settlement: [...gateway.audit.settlements.values()].at(-1),
    };
  }
  return { gateway, asked, embed, mostUnderWay: () => mostUnderWay };
}

const texts = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => String(index));

test('the settlement says what each stage took', async () => {
  const { embed } = gatewayOf(embeds);
  const { settlement } = await embed();
  expect(Object.keys(settlement?.stage_ms ?? {})).toEqual(['authenticate', 'prepare', 'guard_input', 'route', 'admit', 'model', 'settle']);
});

test('vectors in the order of the texts, however many calls they take', async () => {
  // Later calls end first.
  const { asked, embed, mostUnderWay } = gatewayOf(async (request, signal, call) => {
    await new Promise((resolve) => setTimeout(resolve, 1_000 - call));
    return embeds(request, signal, call);
  });
  const { response, status } = await embed({ input: texts(41) });
  const { data, ...rest } = (await response.json()) as Wire;
  expect(status).toBe(200);
  expect(data).toEqual(texts(41).map((text, index) => ({ object: 'embedding', index, embedding: [Number(text), 0.5, 0.5] })));
  expect(rest).toEqual({ object: 'list', model: 'embedder', usage: { prompt_tokens: 410, total_tokens: 410 } });
  expect(asked.map((request) => request.texts.length)).toEqual([...Array.from({ length: 20 }, () => 2), 1]);
  expect(mostUnderWay()).toBe(8);
});

test('the intent is there before the model is called, the settlement after, and the charge is of all tokens together', async () => {
  const { gateway, embed } = gatewayOf();
  const { response, intent, settlement } = await embed({ user: 'u-1', metadata: { service: 'search' } });
  expect(gateway.audit.order).toEqual(['intent', 'model', 'model', 'settlement']);
  expect(intent).toMatchObject({
    operation: 'embeddings',
    input_count: 3,
    requested_model: 'embedder',
    route: { model: 'embedder', provider_model_id: 'vendor.embedder', reason: 'exact_id' },
    stream: false,
    user: 'u-1',
    metadata: { service: 'search' },
    // Three texts of one byte, with 16 tokens around each: 51 tokens.
    worst_case_cost_micro_usd: 6,
  });
  // 30 tokens are 3 micro-dollars; rounded for each call they would be 3 too, for each text 3, and for 10 tokens of a cheaper model not.
  expect(settlement).toMatchObject({
    status: 'ok',
    model: 'embedder',
    usage: { input_tokens: 30, output_tokens: 0 },
    usage_estimated: false,
    cost_micro_usd: 3,
    attempts: [{ model: 'embedder', outcome: 'ok', calls: 2, usage: { input_tokens: 30 }, cost_micro_usd: 3 }],
    output_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'x-blueprint-model': 'embedder',
    'x-blueprint-route': 'exact_id',
    'x-blueprint-cost-usd': '0.000003',
    'x-blueprint-attempts': '2',
    'x-blueprint-trace-id': expect.any(String),
  });
  expect(gateway.requestLine()).toMatchObject({ route: '/v1/embeddings', model: 'embedder', for_service: 'search', input_tokens: 30 });
  expect(gateway.measured).toEqual([
    {
      values: expect.objectContaining({ Calls: 1, Errors: 0, InputTokens: 30, OutputTokens: 0, CostUsd: 0.000003 }),
      dimensions: { Model: 'embedder', Service: 'search' },
    },
  ]);
});

test('many calls of few tokens are charged once, not rounded up each time', async () => {
  const { embed } = gatewayOf(({ texts: some }) => ({ vectors: some.map(() => [1, 2, 3]), inputTokens: some.length }));
  // 100 tokens at a tenth of a micro-dollar, in 50 calls.
  expect((await embed({ input: texts(100) })).settlement?.cost_micro_usd).toBe(10);
});

test('without an intent no model is called', async () => {
  const { gateway, asked, embed } = gatewayOf();
  gateway.audit.fail.intent = new GatewayError('store_unavailable', 'The store is away.');
  expect((await embed()).status).toBe(503);
  expect(asked).toHaveLength(0);
  expect(gateway.audit.settlements.size).toBe(0);
});

test('base64, dimensions and input types', async () => {
  const { asked, embed } = gatewayOf();
  const { data } = (await (await embed({ input: '7', dimensions: 2, encoding_format: 'base64' })).response.json()) as Wire;
  const bytes = Buffer.from(String(data[0]?.embedding), 'base64');
  expect([bytes.length, bytes.readFloatLE(0), bytes.readFloatLE(4)]).toEqual([8, 7, 0.5]);
  await embed({ model: 'typed', input: '7', input_type: 'search_query' });
  expect(asked.map(({ dimensions, inputType }) => [dimensions, inputType])).toEqual([
    [2, undefined],
    [3, 'search_query'],
  ]);
});

test('the same vectors have the same hash, whatever their form', async () => {
  const { embed } = gatewayOf();
  const hashes = [await embed(), await embed({ encoding_format: 'base64' }), await embed({ input: ['1', '2', '4'] })].map(
    ({ settlement }) => settlement?.output_hash,
  );
  expect(hashes[0]).toBe(hashes[1]);
  expect(hashes[0]).not.toBe(hashes[2]);
});

test.each<[object, number, string, string, string]>([
  [
    { model: 'nobody' },
    404,
    'model_not_found',
    'model',
    'The model `nobody` does not exist here. Those that make embeddings are `embedder`',
  ],
  [{ model: 'small-1' }, 400, 'invalid_request', 'model', 'Model `small-1` makes no embeddings. Those that make embeddings are `embedder`'],
  [{ model: 'usual' }, 400, 'invalid_request', 'model', 'Model `usual` makes no embeddings.'],
  [{ model: 'auto' }, 400, 'invalid_request', 'model', '`auto` is for chats'],
  [{ dimensions: 4 }, 400, 'invalid_request', 'dimensions', '`dimensions` must be one of 3, 2 with model `embedder`; received 4.'],
  [{ model: 'plain', dimensions: 2 }, 400, 'invalid_request', 'dimensions', '`dimensions` must be 3 with model `plain`; received 2.'],
  [{ input_type: 'search_query' }, 400, 'unsupported_field', 'input_type', 'Leave it out, or use `typed`.'],
  [{ input: ['a', 'x'.repeat(801)] }, 400, 'context_length_exceeded', 'input[1]', '801 bytes, at least 101 tokens; it takes 100'],
  [{ input: 'x'.repeat(801) }, 400, 'context_length_exceeded', 'input', '`input` is too long'],
  [{ max_cost_usd: 0.000005 }, 400, 'cost_ceiling_exceeded', 'max_cost_usd', 'allows ($0.000005): with `embedder` up to $0.000006.'],
])('a refusal is recorded, and no model is called: %j', async (change, status, code, param, message) => {
  const { gateway, asked, embed } = gatewayOf();
  const refused = await embed(change);
  expect(refused.status).toBe(status);
  expect(await errorOf(refused.response)).toMatchObject({ code, param, message: expect.stringContaining(message) });
  expect(asked).toHaveLength(0);
  expect(gateway.audit.order).toEqual(['intent', 'settlement']);
  expect(refused.intent).toMatchObject({ operation: 'embeddings', route: undefined, worst_case_cost_micro_usd: 0 });
  expect(refused.settlement).toMatchObject({ status: 'refused', error_code: code, cost_micro_usd: 0 });
});

test('a ceiling that holds is on record', async () => {
  const { embed } = gatewayOf();
  const { status, intent } = await embed({ max_cost_usd: 0.000006 });
  expect([status, intent?.max_cost_micro_usd]).toEqual([200, 6]);
});

test.each<[object | string, number, string]>([
  ['', 400, 'invalid_json'],
  ['{', 400, 'invalid_json'],
  [{ model: 'embedder', input: [] }, 400, 'invalid_request'],
  [{ model: 'embedder', input: [1, 2] }, 400, 'unsupported_field'],
])('what is no request leaves no record: %j', async (body, status, code) => {
  const { gateway, embed } = gatewayOf();
  const { response } = await embed({}, { body: typeof body === 'string' ? body : JSON.stringify(body) });
  expect(response.status).toBe(status);
  expect(await errorOf(response)).toMatchObject({ code });
  expect(gateway.audit.order).toEqual([]);
});

test('a model of embeddings does not chat, and both are listed', async () => {
  const { gateway } = gatewayOf();
  const chat = await gateway.chat({ model: 'embedder', messages: [{ role: 'user', content: 'Hi' }] });
  expect([chat.status, await errorOf(chat)]).toMatchObject([
    400,
    { code: 'invalid_request', param: 'model', message: expect.stringContaining('`embedder` makes embeddings and answers no chats') },
  ]);
  const headers = { authorization: `Bearer ${KEY}` };
  const list = (await (await gateway.request('/v1/models', { headers })).json()) as { data: { id: string }[] };
  expect(list.data.map(({ id }) => id)).toEqual(['small-1', 'embedder', 'typed', 'plain', 'usual', 'auto']);
  expect(await (await gateway.request('/v1/models/typed', { headers })).json()).toMatchObject({ id: 'typed', object: 'model' });
  expect((await gateway.request('/v1/models/nobody', { headers })).status).toBe(404);
});

test('the door of AWS identities', async () => {
  const { gateway } = gatewayOf();
  const body = JSON.stringify({ model: 'embedder', input: '1' });
  const response = await gateway.request('/iam/v1/embeddings', { method: 'POST', body }, { iam: { userArn: SESSION_ARN } });
  expect(response.status).toBe(200);
  await gateway.settled();
  expect([...gateway.audit.intents.values()]).toMatchObject([{ door: 'iam', tenant: 'tenant-of-role', operation: 'embeddings' }]);
  expect(gateway.measured).toHaveLength(1);
});

test('no key, and another method', async () => {
  const { gateway, embed } = gatewayOf();
  expect((await embed({}, { headers: {} })).status).toBe(401);
  const got = await gateway.request('/v1/embeddings');
  expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
});

describe('failures', () => {
  test('are retried for the texts that they concern alone, after a wait', async () => {
    const { asked, embed } = gatewayOf((request, signal, call) =>
      call === 2 ? fails('rate_limit_exceeded', 2) : embeds(request, signal, call),
    );
    const { status, settlement } = await embed({ input: texts(6) });
    expect(status).toBe(200);
    expect(asked.map((request) => request.texts.join())).toEqual(['0,1', '2,3', '4,5', '2,3']);
    expect(settlement).toMatchObject({
      status: 'ok',
      attempts: [
        { outcome: 'ok', calls: 3, cost_micro_usd: 6 },
        { outcome: 'error', error_code: 'rate_limit_exceeded', cost_micro_usd: 0 },
      ],
      decision_trail: [{ step: 'retry', model: 'embedder', because: 'rate_limit_exceeded', wait_ms: 2_000 }],
    });
    expect(settlement?.attempts?.[1]).not.toHaveProperty('calls');
  });

  test('of the first call end all of them', async () => {
    const { asked, embed } = gatewayOf(() => fails('invalid_request'));
    const { status, settlement } = await embed({ input: texts(20) });
    expect([status, asked.length]).toEqual([400, 1]);
    expect(settlement).toMatchObject({ status: 'error', error_code: 'invalid_request', cost_micro_usd: 0, output_hash: undefined });
  });

  test('amid others are charged for what was done: calls under way end, and no further one is begun', async () => {
    const { asked, embed } = gatewayOf(async (request, signal, call) => {
      if (call === 3) fails('invalid_request');
      await new Promise((resolve) => setTimeout(resolve, 10));
      return embeds(request, signal, call);
    });
    const { status, response, settlement } = await embed({ input: texts(100) });
    // The first, and the eight after it; seven of these answered.
    expect([status, asked.length]).toEqual([400, 9]);
    expect(settlement).toMatchObject({
      status: 'error',
      error_code: 'invalid_request',
      usage: { input_tokens: 160 },
      cost_micro_usd: 16,
      attempts: [
        { outcome: 'ok', calls: 8, cost_micro_usd: 16 },
        { outcome: 'error', error_code: 'invalid_request', cost_micro_usd: 0 },
      ],
    });
    expect([response.headers.get('x-blueprint-cost-usd'), response.headers.get('x-blueprint-attempts')]).toEqual(['0.000016', '9']);
  });

  test('that go on are answered, with the time to wait', async () => {
    const { asked, embed } = gatewayOf(() => fails('rate_limit_exceeded', 1));
    const { status, response, settlement } = await embed();
    expect([status, response.headers.get('retry-after'), asked.length]).toEqual([429, '1', 3]);
    expect(settlement?.attempts).toMatchObject([{ outcome: 'error', calls: 3 }]);
    expect(settlement?.decision_trail).toEqual([
      { step: 'retry', model: 'embedder', because: 'rate_limit_exceeded', wait_ms: 2_000, times: 2 },
    ]);
  });

  test('in a row open the breaker, and one call of the model finds out when it is well again', async () => {
    let isWell = false;
    const { asked, embed } = gatewayOf((request, signal, call) => (isWell ? embeds(request, signal, call) : fails('model_unavailable')), {
      breaker: { failureThreshold: 3, openMs: 120_000 },
    });
    await embed();
    expect(asked).toHaveLength(3);
    const refused = await embed();
    expect([refused.status, asked.length]).toEqual([503, 3]);
    expect(refused.settlement?.decision_trail).toEqual([{ step: 'skip', model: 'embedder', because: 'breaker_open' }]);
    isWell = true;
    await jest.advanceTimersByTimeAsync(120_000);
    expect((await embed({ input: texts(40) })).status).toBe(200);
  });

  test('a model that says nothing is given up', async () => {
    const { asked, embed } = gatewayOf((_request, signal) => untilAborted(signal));
    const { status, settlement } = await embed();
    expect([status, asked.length]).toEqual([504, 1]);
    expect(settlement).toMatchObject({ error_code: 'model_timeout', cost_micro_usd: 0 });
  });

  test('the deadline of the whole call ends it, and what was done is charged', async () => {
    const slow: Answer = async (request, signal, call) => {
      await Promise.race([new Promise((resolve) => setTimeout(resolve, 1_500)), untilAborted(signal)]);
      return embeds(request, signal, call);
    };
    const { gateway, embed } = gatewayOf(slow, { breaker: { failureThreshold: 1, openMs: 100_000 } }, { modelTimeoutMs: 4_000 });
    const { status, response, settlement } = await embed({ input: texts(100) });
    expect([status, await errorOf(response)]).toMatchObject([504, { message: expect.stringContaining('within 4000 ms') }]);
    // One, and eight more; the eight after them were cut.
    expect(settlement?.attempts).toMatchObject([
      { outcome: 'ok', calls: 9 },
      { error_code: 'model_timeout', calls: 8 },
    ]);
    expect(settlement?.cost_micro_usd).toBe(18);
    // It was much that was asked for: the model is well.
    expect((await embed()).status).toBe(200);
    expect(gateway.audit.settlements.size).toBe(2);
  });

  test('a caller who leaves is charged for what was done', async () => {
    const controller = new AbortController();
    const { asked, embed } = gatewayOf((request, signal, call) => {
      if (call === 1) return embeds(request, signal, call);
      controller.abort();
      return untilAborted(signal);
    });
    const { status, settlement } = await embed({ input: texts(4) }, { signal: controller.signal });
    expect([status, asked.length]).toEqual([499, 2]);
    expect(settlement).toMatchObject({ status: 'cancelled', error_code: 'request_cancelled', cost_micro_usd: 2 });
    expect(settlement?.attempts).toMatchObject([{ outcome: 'ok' }, { outcome: 'cancelled' }]);
  });

  test.each<[string, Answer]>([
    ['a vector of 2 numbers where 3 were asked for', ({ texts: some }) => ({ vectors: some.map(() => [1, 2]), inputTokens: 5 })],
    ['1 vectors where 2 were asked for', () => ({ vectors: [[1, 2, 3]], inputTokens: 5 })],
  ])('an answer that cannot be used is charged, and not asked for again: %s', async (message, answer) => {
    const { asked, embed } = gatewayOf(answer);
    const { status, response, settlement } = await embed();
    expect([status, asked.length]).toEqual([503, 1]);
    expect(await errorOf(response)).toMatchObject({ code: 'model_unavailable', message: expect.stringContaining(message) });
    expect(settlement).toMatchObject({ status: 'error', cost_micro_usd: 1, usage: { input_tokens: 5 } });
  });
});

test('tokens that the provider does not report are estimated, and marked', async () => {
  const { gateway, embed } = gatewayOf(({ texts: some }) => ({ vectors: some.map(() => [1, 2, 3]), inputTokens: undefined }));
  const { settlement } = await embed({ input: ['abcd', 'é'] });
  // A token for every three bytes begun.
  expect(settlement).toMatchObject({ usage: { input_tokens: 3 }, usage_estimated: true, cost_micro_usd: 1 });
  expect(gateway.requestLine()).toMatchObject({ usage_estimated: true });
});

test('a settlement that cannot be written does not take the answer back', async () => {
  const { gateway, embed } = gatewayOf();
  gateway.audit.fail.settlement = new GatewayError('store_unavailable', 'The store is away.');
  expect((await embed()).status).toBe(200);
  expect(gateway.requestLine()).toMatchObject({ settlement_failed: true, cost_micro_usd: 3 });
});
