import { GatewayError } from '../../../../lambdas/core/errors';
import type { ModelEvent } from '../../../../lambdas/gateway/adapters/adapter';
import {
  createTestGateway,
  errorOf,
  eventsOf,
  hello,
  KEY,
  platform,
  type Script,
  simpleChat,
  tenantOf,
  type TestGateway,
  untilAborted,
  withoutEvents,
} from '../support/ports';

const streamed = { ...simpleChat, stream: true };
const withUsage = { ...streamed, stream_options: { include_usage: true } };
const unavailable = new GatewayError('model_unavailable', 'Model `small-1` is not available.', { retryAfterSeconds: 2 });

function recordsOf({ audit }: TestGateway) {
  expect([audit.intents.size, audit.settlements.size]).toEqual([1, 1]);
  expect([...audit.intents.keys()]).toEqual([...audit.settlements.keys()]);
  const [[id, intent]] = [...audit.intents] as [[string, NonNullable<ReturnType<typeof audit.intents.get>>]];
  return { id, intent, settlement: [...audit.settlements.values()][0] };
}

async function* textThen(error: Error): AsyncGenerator<ModelEvent> {
  yield { type: 'text', text: 'abcdef' };
  throw error;
}

describe('a plain answer', () => {
  test('has the shape of OpenAI, and what it cost in its headers', async () => {
    const gateway = createTestGateway();
    const response = await gateway.chat(simpleChat);
    await gateway.settled();
    const { id } = recordsOf(gateway);
    expect(await response.json()).toEqual({
      id: `chatcmpl-${id}`,
      object: 'chat.completion',
      created: Number.parseInt(id.slice(0, 8), 16),
      model: 'small-1',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello world', refusal: null }, logprobs: null, finish_reason: 'stop' }],
      usage: { prompt_tokens: 15, completion_tokens: 4, total_tokens: 19, prompt_tokens_details: { cached_tokens: 5 } },
    });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-blueprint-trace-id': id,
      'x-blueprint-model': 'small-1',
      'x-blueprint-cache': 'miss',
      'x-blueprint-cost-usd': '0.000031',
      'x-blueprint-overhead-ms': expect.stringMatching(/^\d+(\.\d)?$/),
      'x-blueprint-attempts': '1',
    });
  });

  test('leaves an intent before the model is called, and a settlement after', async () => {
    const gateway = createTestGateway();
    await gateway.chat({ ...simpleChat, max_tokens: 100, user: 'u', metadata: { team: 'blue' } });
    await gateway.settled();
    expect(gateway.audit.order).toEqual(['intent', 'model', 'settlement']);
    const { intent, settlement } = recordsOf(gateway);
    expect(intent).toEqual({
      tenant: tenantOf(KEY),
      key_id: expect.stringMatching(/^key_/),
      door: 'v1',
      requested_model: 'small-1',
      route: { model: 'small-1', provider_model_id: 'vendor.small-1-v1:0', reason: 'exact_id' },
      input_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      // (2 bytes + 64 + 16) tokens at the cache-write price of 1.25, and 100 tokens at 5, rounded up.
      worst_case_cost_micro_usd: 603,
      max_tokens: 100,
      stream: false,
      user: 'u',
      metadata: { team: 'blue' },
      attribution: { key: expect.stringMatching(/^key_/), task: undefined },
      created_at: expect.any(Number),
      price_table_version: '2026-11-01',
      gateway_version: '0.0.0-test',
    });
    expect(settlement).toEqual({
      tenant: tenantOf(KEY),
      status: 'ok',
      error_code: undefined,
      model: 'small-1',
      usage: { input_tokens: 10, output_tokens: 4, cache_read_tokens: 5, cache_write_tokens: 0 },
      usage_estimated: false,
      cost_micro_usd: 31,
      attempts: [
        {
          model: 'small-1',
          provider_model_id: 'vendor.small-1-v1:0',
          outcome: 'ok',
          ms: expect.any(Number),
          usage: { input_tokens: 10, output_tokens: 4, cache_read_tokens: 5, cache_write_tokens: 0 },
          usage_estimated: false,
          cost_micro_usd: 31,
        },
      ],
      price_table_version: '2026-11-01',
      output_hash: '64ec88ca00b268e5ba1a35678a1b5316d212f4f366b2477232534a8aeca37f3c',
      finish_reason: 'stop',
      stage_ms: expect.objectContaining({ authenticate: expect.any(Number), model: expect.any(Number), settle: expect.any(Number) }),
      model_ms: expect.any(Number),
      overhead_ms: expect.any(Number),
      total_ms: expect.any(Number),
      attribution: { key: expect.stringMatching(/^key_/), task: undefined },
      settled_at: expect.any(Number),
    });
  });

  test('has a log line with its numbers', async () => {
    const gateway = createTestGateway();
    await gateway.chat(simpleChat);
    await gateway.settled();
    expect(gateway.requestLine()).toEqual({
      trace_id: recordsOf(gateway).id,
      method: 'POST',
      route: '/v1/chat/completions',
      status: 200,
      stream: false,
      model: 'small-1',
      requested_model: 'small-1',
      attempts: 1,
      tenant: tenantOf(KEY),
      key_id: expect.stringMatching(/^key_/),
      input_tokens: 15,
      output_tokens: 4,
      cost_micro_usd: 31,
      total_ms: expect.any(Number),
      model_ms: expect.any(Number),
      overhead_ms: expect.any(Number),
      first_token_ms: expect.any(Number),
    });
    expect(JSON.stringify(gateway.lines)).not.toMatch(/sk-test|Hello|"Hi"/);
  });
});

describe('a streamed answer', () => {
  test('comes in chunks that end with [DONE], without usage unless asked', async () => {
    const gateway = createTestGateway();
    const response = await gateway.chat(streamed);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('x-blueprint-model')).toBe('small-1');
    const events = eventsOf(await response.text());
    await gateway.settled();
    const { id } = recordsOf(gateway);
    const chunk = (delta: object, finish_reason: string | null = null) => ({
      id: `chatcmpl-${id}`,
      object: 'chat.completion.chunk',
      created: Number.parseInt(id.slice(0, 8), 16),
      model: 'small-1',
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    });
    expect(events).toEqual([
      chunk({ role: 'assistant', content: '', refusal: null }),
      chunk({ content: 'Hello' }),
      chunk({ content: ' world' }),
      chunk({}, 'stop'),
      '[DONE]',
    ]);
  });

  test('ends with usage when asked, which other chunks have as null', async () => {
    const gateway = createTestGateway();
    const events = eventsOf(await (await gateway.chat(withUsage)).text());
    await gateway.settled();
    expect(events.slice(0, -2)).toEqual(Array.from({ length: 4 }, () => expect.objectContaining({ usage: null })));
    expect(events.at(-2)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 15, completion_tokens: 4, total_tokens: 19, prompt_tokens_details: { cached_tokens: 5 } },
      x_blueprint: { trace_id: recordsOf(gateway).id, cost_usd: 0.000031, overhead_ms: expect.any(Number), attempts: 1 },
    });
  });

  test('is settled and logged after its last byte', async () => {
    const gateway = createTestGateway();
    const response = await gateway.chat(streamed);
    expect(gateway.audit.settlements.size).toBe(0);
    expect(gateway.lines).toEqual([]);
    await response.text();
    await gateway.settled();
    expect(recordsOf(gateway).settlement).toMatchObject({ status: 'ok', cost_micro_usd: 31 });
    expect(gateway.requestLine()).toMatchObject({ stream: true, status: 200, cost_micro_usd: 31 });
  });

  test('is produced at the pace of its reader', async () => {
    let produced = 0;
    const gateway = createTestGateway(async function* () {
      for (; produced < 100; produced += 1) yield { type: 'text', text: 'x' };
      yield { type: 'finish', reason: 'stop' };
    });
    const reader = (await gateway.chat(streamed)).body?.getReader();
    await reader?.read();
    await reader?.read();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(produced).toBeLessThan(3);
    await reader?.cancel();
  });

  test('text of any kind arrives as it was', async () => {
    const texts = ['"\\\n\u2028', '\ud83d', '\udc4b', '</script>'];
    const gateway = createTestGateway(async function* () {
      for (const text of texts) yield { type: 'text', text };
      yield { type: 'finish', reason: 'stop' };
    });
    const events = eventsOf(await (await gateway.chat(streamed)).text()) as { choices?: { delta: { content?: string } }[] }[];
    expect(events.map(({ choices }) => choices?.[0]?.delta.content ?? '').join('')).toBe(texts.join(''));
  });
});

describe('tool calls', () => {
  async function* twoCalls(): AsyncGenerator<ModelEvent> {
    yield { type: 'tool_call', index: 0, id: 't1', name: 'get_weather' };
    yield { type: 'tool_arguments', index: 0, text: '{"city":' };
    yield { type: 'tool_arguments', index: 0, text: '"Rome"}' };
    yield { type: 'tool_call', index: 1, id: 't2', name: 'clock' };
    yield { type: 'tool_arguments', index: 1, text: '{}' };
    yield { type: 'finish', reason: 'tool_calls' };
  }
  const call = (id: string, name: string, args: string) => ({ id, type: 'function', function: { name, arguments: args } });

  test('plain: the message has them, and no content', async () => {
    const gateway = createTestGateway(twoCalls);
    const { choices } = (await (await gateway.chat(simpleChat)).json()) as { choices: unknown[] };
    expect(choices).toEqual([
      {
        index: 0,
        message: {
          role: 'assistant',
          content: null,
          refusal: null,
          tool_calls: [call('t1', 'get_weather', '{"city":"Rome"}'), call('t2', 'clock', '{}')],
        },
        logprobs: null,
        finish_reason: 'tool_calls',
      },
    ]);
  });

  test('plain: content stands beside them where the model said something', async () => {
    const gateway = createTestGateway(async function* () {
      yield { type: 'text', text: 'Looking.' };
      yield* twoCalls();
    });
    const { choices } = (await (await gateway.chat(simpleChat)).json()) as { choices: { message: object }[] };
    expect(choices[0]?.message).toMatchObject({ content: 'Looking.', tool_calls: [{ id: 't1' }, { id: 't2' }] });
  });

  test('streamed: each begins with its id and name, and goes on with its arguments', async () => {
    const gateway = createTestGateway(twoCalls);
    const events = eventsOf(await (await gateway.chat(streamed)).text()) as { choices: { delta: object; finish_reason: unknown }[] }[];
    expect(events.slice(0, -1).map(({ choices }) => [choices[0]?.delta, choices[0]?.finish_reason])).toEqual([
      [{ role: 'assistant', content: null, refusal: null }, null],
      [{ tool_calls: [{ index: 0, ...call('t1', 'get_weather', '') }] }, null],
      [{ tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] }, null],
      [{ tool_calls: [{ index: 0, function: { arguments: '"Rome"}' } }] }, null],
      [{ tool_calls: [{ index: 1, ...call('t2', 'clock', '') }] }, null],
      [{ tool_calls: [{ index: 1, function: { arguments: '{}' } }] }, null],
      [{}, 'tool_calls'],
    ]);
  });

  test('are hashed and estimated as output', async () => {
    const gateway = createTestGateway(twoCalls);
    await gateway.chat(simpleChat);
    await gateway.settled();
    expect(recordsOf(gateway).settlement).toMatchObject({
      // Of get_weather{"city":"Rome"}clock{}: 33 bytes at 3 bytes to a token.
      output_hash: 'ea90224b5b588bad3c557a7824e3412ce4b7e70619441566ffe423b8d87a2bfb',
      usage: { output_tokens: 11 },
      usage_estimated: true,
    });
  });
});

describe.each([
  ['plain', simpleChat],
  ['streamed', streamed],
])('refusals, %s', (_name, chat) => {
  test.each([
    ['an unknown model', { model: 'large-9' }, 404, 'model_not_found', 'model'],
    ['a field that cannot be honoured', { top_k: 5 }, 400, 'unsupported_field', 'top_k'],
    ['more tokens than the model generates', { max_tokens: 1001 }, 400, 'invalid_request', 'max_tokens'],
  ])('%s is answered, and recorded without a model', async (_case, change, status, code, param) => {
    const gateway = createTestGateway();
    const response = await gateway.chat({ ...chat, ...change });
    await gateway.settled();
    expect([response.status, await errorOf(response)]).toMatchObject([status, { code, param }]);
    expect(gateway.audit.order).toEqual(['intent', 'settlement']);
    const { intent, settlement } = recordsOf(gateway);
    expect(intent).toMatchObject({ worst_case_cost_micro_usd: 0, route: undefined });
    expect(settlement).toMatchObject({ status: 'refused', error_code: code, cost_micro_usd: 0, usage: { input_tokens: 0 } });
    expect(gateway.requestLine()).toMatchObject({ status, error_code: code, cost_micro_usd: 0 });
  });
});

test.each([
  ['JSON that is none', '{', 400, 'invalid_json'],
  ['a missing field', { model: 'small-1' }, 400, 'invalid_request'],
  ['a body over the limit', JSON.stringify({ ...simpleChat, user: 'x'.repeat(100_000) }), 413, 'request_too_large'],
])('%s leaves no record', async (_name, body, status, code) => {
  const gateway = createTestGateway();
  const response = await gateway.chat(body);
  await gateway.settled();
  expect([response.status, (await errorOf(response)).code]).toEqual([status, code]);
  expect(gateway.audit.order).toEqual([]);
  expect(gateway.requestLine()).toMatchObject({ status, error_code: code });
});

test('a body over the limit is refused while it arrives, whatever its header says', async () => {
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      sent += 10_000;
      if (sent > 1_000_000) controller.close();
      else controller.enqueue(new Uint8Array(10_000).fill(32));
    },
  });
  const response = await createTestGateway().chat('', { body, duplex: 'half' });
  expect((await errorOf(response)).message).toMatch(/at most 100000 bytes/);
  expect(sent).toBeLessThan(150_000);
});

test('a body that declares more than the limit is not read at all', async () => {
  let pulls = 0;
  const pull = (controller: ReadableStreamDefaultController) => {
    pulls += 1;
    controller.close();
  };
  const body = new ReadableStream({ pull }, { highWaterMark: 0 });
  const headers = { authorization: `Bearer ${KEY}`, 'content-length': '100001' };
  const response = await createTestGateway().chat('', { body, headers, duplex: 'half' });
  expect([response.status, pulls]).toEqual([413, 0]);
});

test('bytes that are not UTF-8 are not JSON', async () => {
  const response = await createTestGateway().chat('', { body: new Uint8Array([0x22, 0xff, 0x22]) });
  expect(await errorOf(response)).toMatchObject({ code: 'invalid_json', message: 'The body is not valid UTF-8.' });
});

describe('a model that fails', () => {
  test.each([
    ['plain', simpleChat],
    ['streamed', streamed],
  ])('before the first event is an HTTP error, %s', async (_name, chat) => {
    const gateway = createTestGateway(() => withoutEvents(() => Promise.reject(unavailable)));
    const response = await gateway.chat(chat);
    await gateway.settled();
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
    expect((await errorOf(response)).code).toBe('model_unavailable');
    const { settlement } = recordsOf(gateway);
    expect(settlement).toMatchObject({ status: 'error', error_code: 'model_unavailable', cost_micro_usd: 0, usage_estimated: false });
    expect(settlement?.output_hash).toBeUndefined();
    expect(gateway.requestLine()).toMatchObject({ status: 503, error_code: 'model_unavailable' });
    expect(gateway.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  test('in the middle of a stream ends it with an error event and no [DONE], charged by estimate', async () => {
    const gateway = createTestGateway(() => textThen(unavailable));
    const response = await gateway.chat(withUsage);
    const events = eventsOf(await response.text());
    await gateway.settled();
    expect(response.status).toBe(200);
    expect(events).toHaveLength(3);
    expect(events.at(-1)).toEqual({
      error: {
        type: 'server_error',
        code: 'model_unavailable',
        message: 'Model `small-1` is not available.',
        param: null,
        trace_id: recordsOf(gateway).id,
      },
      x_blueprint: { attempts: 1, cost_usd: 0.000011, overhead_ms: expect.any(Number), trace_id: expect.any(String) },
    });
    // 2 bytes in and 6 bytes out, at 3 bytes to a token: 1 × 1 + 2 × 5.
    expect(recordsOf(gateway).settlement).toMatchObject({
      status: 'error',
      error_code: 'model_unavailable',
      usage: { input_tokens: 1, output_tokens: 2 },
      usage_estimated: true,
      cost_micro_usd: 11,
    });
    expect(gateway.requestLine()).toMatchObject({ status: 200, error_code: 'model_unavailable' });
    expect(gateway.lines.map(({ level, message }) => `${level}: ${message}`)).toEqual(['error: stream failed', 'info: request']);
  });

  test('in the middle of a plain answer is an HTTP error, charged by estimate', async () => {
    const gateway = createTestGateway(() => textThen(unavailable));
    const response = await gateway.chat(simpleChat);
    await gateway.settled();
    expect(response.status).toBe(503);
    expect(recordsOf(gateway).settlement).toMatchObject({ status: 'error', cost_micro_usd: 11, usage_estimated: true });
  });

  test('by ending without a finish has not ended cleanly', async () => {
    const gateway = createTestGateway(async function* () {
      yield { type: 'text', text: 'x' };
    });
    const events = eventsOf(await (await gateway.chat(streamed)).text());
    expect(events.at(-1)).toMatchObject({ error: { code: 'model_stream_interrupted' } });
  });

  test('by ending at once is an error too', async () => {
    const gateway = createTestGateway(async function* () {});
    expect((await gateway.chat(streamed)).status).toBe(502);
  });

  test('in a way that nobody foresaw is an internal error', async () => {
    const gateway = createTestGateway(() => textThen(new Error('secret')));
    const text = await (await gateway.chat(streamed)).text();
    expect(text).not.toContain('secret');
    expect(eventsOf(text).at(-1)).toMatchObject({ error: { code: 'internal_error' } });
  });
});

const stalled: Script = async function* (_request, signal) {
  yield { type: 'text', text: 'abc' };
  await untilAborted(signal);
};

describe('a model that does not finish in time', () => {
  const impatient = { platform: { ...platform, limits: { ...platform.limits, modelTimeoutMs: 20 } } };

  test('is stopped: an HTTP error before the first event', async () => {
    const gateway = createTestGateway((_request, signal) => withoutEvents(() => untilAborted(signal)), impatient);
    const response = await gateway.chat(streamed);
    expect([response.status, await errorOf(response)]).toMatchObject([
      504,
      { code: 'model_timeout', message: expect.stringContaining('20 ms') },
    ]);
  });

  test('is stopped: an error event after it', async () => {
    const gateway = createTestGateway(stalled, impatient);
    const events = eventsOf(await (await gateway.chat(streamed)).text());
    await gateway.settled();
    expect(events.at(-1)).toMatchObject({ error: { code: 'model_timeout' } });
    expect(recordsOf(gateway).settlement).toMatchObject({ status: 'error', error_code: 'model_timeout', usage_estimated: true });
  });
});

describe('a caller that leaves', () => {
  test.each([
    ['before reading', 0, false],
    ['after the first words', 1, false],
    ['while the model stalls', 1, true],
  ])('%s stops the model and pays for what was generated', async (_name, reads, isWaiting) => {
    let closed = false;
    const gateway = createTestGateway(async function* (request, signal) {
      try {
        yield* stalled(request, signal);
      } finally {
        closed = signal.aborted;
      }
    });
    const reader = (await gateway.chat(streamed)).body?.getReader();
    for (let read = 0; read < reads; read += 1) await reader?.read();
    const pending = isWaiting ? reader?.read() : undefined;
    await reader?.cancel();
    await pending;
    await gateway.settled();
    expect(closed).toBe(true);
    expect(recordsOf(gateway).settlement).toMatchObject({
      status: 'cancelled',
      error_code: 'request_cancelled',
      usage: { input_tokens: 1, output_tokens: 1 },
      usage_estimated: true,
      cost_micro_usd: 6,
    });
  });

  test('is noticed in a plain answer too, where the server tells', async () => {
    const aborter = new AbortController();
    const gateway = createTestGateway((_request, signal) =>
      withoutEvents(() => {
        setImmediate(() => aborter.abort());
        return untilAborted(signal);
      }),
    );
    const response = await gateway.chat(simpleChat, { signal: aborter.signal });
    await gateway.settled();
    expect(response.status).toBe(499);
    expect(recordsOf(gateway).settlement).toMatchObject({ status: 'cancelled', cost_micro_usd: 0 });
  });
});

describe('an audit store that fails', () => {
  const down = new GatewayError('store_unavailable', 'down', { retryAfterSeconds: 1 });

  test.each([
    ['plain', simpleChat],
    ['refused', { ...simpleChat, model: 'large-9' }],
  ])('before the model: no model is called, %s', async (_name, chat) => {
    const gateway = createTestGateway();
    gateway.audit.fail.intent = down;
    const response = await gateway.chat(chat);
    await gateway.settled();
    expect([response.status, (await errorOf(response)).code]).toEqual([503, 'store_unavailable']);
    expect(gateway.audit.order).toEqual([]);
  });

  test('after the model: the answer stands, and the log says that the settlement is missing', async () => {
    const gateway = createTestGateway();
    gateway.audit.fail.settlement = down;
    const response = await gateway.chat(simpleChat);
    await gateway.settled();
    expect(response.status).toBe(200);
    expect(gateway.lines.map(({ level, message }) => `${level}: ${message}`)).toEqual(['error: settlement not written', 'info: request']);
  });
});

test('usage that nobody reported is estimated and says so', async () => {
  const gateway = createTestGateway(async function* () {
    yield { type: 'text', text: 'x'.repeat(9000) };
    yield { type: 'finish', reason: 'length' };
  });
  await (await gateway.chat({ ...streamed, max_tokens: 500 })).text();
  await gateway.settled();
  expect(recordsOf(gateway).settlement).toMatchObject({
    status: 'ok',
    usage: { output_tokens: 500 },
    usage_estimated: true,
    finish_reason: 'length',
  });
});

test('many calls at once keep their records apart', async () => {
  const gateway = createTestGateway(async function* (request) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    yield { type: 'text', text: String(request.body.messages[0]?.content) };
    yield* hello();
  });
  const answers = await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      const response = await gateway.chat({ ...(index % 2 ? streamed : simpleChat), messages: [{ role: 'user', content: `<${index}>` }] });
      return (await response.text()).includes(`<${index}>`);
    }),
  );
  await gateway.settled();
  expect(answers).toEqual(answers.map(() => true));
  expect([...gateway.audit.intents.keys()].toSorted()).toEqual([...gateway.audit.settlements.keys()].toSorted());
  expect(gateway.audit.settlements.size).toBe(50);
});
