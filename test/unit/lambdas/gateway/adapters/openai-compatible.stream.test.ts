import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { GatewayError } from '../../../../../lambdas/core/errors';
import { costMicroUsd } from '../../../../../lambdas/core/money';
import type { ModelEntry } from '../../../../../lambdas/core/platform';
import type { ModelAdapter, ModelEvent } from '../../../../../lambdas/gateway/adapters/adapter';
import { createOpenAiCompatible } from '../../../../../lambdas/gateway/adapters/openai-compatible';
import { collect, each } from '../../support/events';
import { startServer, type TestServer } from '../../support/http-server';
import { platform, simpleChat } from '../../support/ports';

const FIXTURES = join(__dirname, 'fixtures', 'openai-streams');
const cases = readdirSync(FIXTURES)
  .filter((name) => name.endsWith('.stream.txt'))
  .map((name) => name.replace('.stream.txt', ''));
const model = platform.models[0] as ModelEntry;
const request = { model, offered: platform.models, body: simpleChat as never, maxTokens: 100 };
const unaborted = new AbortController().signal;

let respond: (response: ServerResponse) => void;
let upstream: TestServer;
let adapter: ModelAdapter;
beforeAll(async () => {
  upstream = await startServer((_request, response) => respond(response));
  adapter = createOpenAiCompatible({ baseUrl: `${upstream.url}/v1/`, apiKey: async () => 'sk-key', headers: { 'x-team': 'blue' } });
});
afterAll(() => upstream.close());

const data = (value: unknown): string => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`;
const delta = (members: object): string => data({ choices: [{ index: 0, delta: members, finish_reason: null }] });
const finish = (finish_reason: string): string => data({ choices: [{ index: 0, delta: {}, finish_reason }] });
const hi = delta({ content: 'Hi' });
const DONE = data('[DONE]');

function begin(response: ServerResponse): ServerResponse {
  return response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
}

function sends(...parts: readonly string[]): void {
  respond = (response) => void begin(response).end(parts.join(''));
}

function refuses(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  respond = (response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body));
}

async function failure(asked: typeof request = request): Promise<{ readonly error: GatewayError; readonly events: readonly ModelEvent[] }> {
  const events: ModelEvent[] = [];
  try {
    for await (const event of each(adapter.stream(asked, unaborted))) events.push(event);
  } catch (error) {
    expect(error).toBeInstanceOf(GatewayError);
    return { error: error as GatewayError, events };
  }
  throw new Error('the stream ended without an error');
}

test('there are recorded streams', () => expect(cases.length).toBeGreaterThan(5));

test.each(cases)('%s', async (name) => {
  const text = readFileSync(join(FIXTURES, `${name}.stream.txt`), 'utf8');
  sends(text);
  expect(await collect(adapter.stream(request, unaborted))).toEqual(
    JSON.parse(readFileSync(join(FIXTURES, `${name}.events.json`), 'utf8')),
  );
});

const logprobs = [{ token: 'Hi', logprob: -0.01, bytes: [72, 105], top_logprobs: [] }];

test('the likelihood of tokens is passed on where it is asked for, and of a model that tells it', async () => {
  const likely = { ...model, capabilities: { ...model.capabilities, logprobs: true } };
  const asking = { ...request, model: likely, body: { ...simpleChat, logprobs: true, top_logprobs: 0 } as never };
  const chunk = { index: 0, delta: { content: 'Hi' }, logprobs: { content: logprobs, refusal: null }, finish_reason: null };
  sends(data({ choices: [chunk] }), finish('stop'), DONE);
  expect(await collect(adapter.stream(asking, unaborted))).toContainEqual({ type: 'text', text: 'Hi', logprobs });
  expect(JSON.parse(upstream.received.at(-1)?.body ?? '')).toMatchObject({ logprobs: true, top_logprobs: 0 });
  expect(await collect(adapter.stream(request, unaborted))).toContainEqual({ type: 'text', text: 'Hi' });
  expect(upstream.received.at(-1)?.body).not.toContain('logprobs');
});

test('an answer that was thought of and not given is none', async () => {
  sends(delta({ reasoning: 'hm' }), finish('stop'), DONE);
  const { error, events } = await failure();
  expect(events).toEqual([{ type: 'reasoning', text: 'hm' }]);
  expect(error.code).toBe('model_stream_interrupted');
});

test('cached tokens are priced as such, and reasoning as output', async () => {
  sends(readFileSync(join(FIXTURES, 'openai-text.stream.txt'), 'utf8'));
  const usage = (await collect(adapter.stream(request, unaborted))).find((event) => event.type === 'usage');
  // 86 × $1 + 1920 × $0.10 + 300 × $5, each per million.
  expect(usage?.type === 'usage' && costMicroUsd(usage.usage, model.price)).toBe(86 + 192 + 1500);
});

test('asks for a stream with usage, with key and headers, over one socket for call after call', async () => {
  sends(hi, finish('stop'), DONE);
  const before = upstream.connections();
  for (let call = 0; call < 3; call += 1) {
    await collect(adapter.stream(request, unaborted));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(upstream.connections() - before).toBeLessThanOrEqual(1);
  const received = upstream.received.at(-1);
  expect(received).toMatchObject({ method: 'POST', path: '/v1/chat/completions' });
  expect(received?.headers).toMatchObject({
    authorization: 'Bearer sk-key',
    'x-team': 'blue',
    accept: 'text/event-stream',
    'content-type': 'application/json',
  });
  expect(JSON.parse(received?.body ?? '')).toEqual({
    model: 'vendor.small-1-v1:0',
    messages: simpleChat.messages,
    max_completion_tokens: 100,
    stream: true,
    stream_options: { include_usage: true },
  });
});

test('a provider without a key is sent none', async () => {
  sends(hi, finish('stop'), DONE);
  const open = createOpenAiCompatible({ baseUrl: `${upstream.url}/v1`, apiKey: async () => undefined });
  await collect(open.stream(request, unaborted));
  expect(upstream.received.at(-1)?.headers).not.toHaveProperty('authorization');
});

test('sends nothing before the first event is asked for', async () => {
  const before = upstream.received.length;
  adapter.stream(request, unaborted);
  await new Promise((resolve) => setImmediate(resolve));
  expect(upstream.received).toHaveLength(before);
});

test('each event is there as soon as it was sent', async () => {
  let response!: ServerResponse;
  respond = (opened) => {
    response = begin(opened);
    response.write(hi);
  };
  const events = each(adapter.stream(request, unaborted))[Symbol.asyncIterator]();
  expect(await events.next()).toEqual({ done: false, value: { type: 'text', text: 'Hi' } });
  response.end(finish('stop') + DONE);
  expect(await events.next()).toEqual({ done: false, value: { type: 'finish', reason: 'stop' } });
});

const error = (members: object) => ({ error: { message: 'the provider says so', ...members } });

test.each<[number, unknown, string]>([
  [400, error({ code: 'context_length_exceeded' }), 'context_length_exceeded'],
  [400, error({ message: "This model's maximum context length is 8192 tokens." }), 'context_length_exceeded'],
  [400, { object: 'error', message: 'This model’s maximum context length is 10', code: 400 }, 'context_length_exceeded'],
  [400, [error({ message: 'The input token count (9) exceeds the maximum number of tokens allowed (5).' })], 'context_length_exceeded'],
  [400, error({ code: 'content_filter', innererror: { code: 'ResponsibleAIPolicyViolation' } }), 'content_filter'],
  [400, error({ code: 'content_policy_violation' }), 'content_filter'],
  [400, error({}), 'invalid_request'],
  [422, error({}), 'invalid_request'],
  [401, error({ code: 'invalid_api_key' }), 'model_unavailable'],
  [402, error({}), 'model_unavailable'],
  [403, error({}), 'model_unavailable'],
  [404, error({ code: 'model_not_found' }), 'model_unavailable'],
  [404, { error: 'model "x" not found, try pulling it first' }, 'model_unavailable'],
  [408, error({}), 'model_timeout'],
  [429, error({ type: 'rate_limit_error' }), 'rate_limit_exceeded'],
  [429, error({ code: 'insufficient_quota' }), 'model_unavailable'],
  [500, error({}), 'model_unavailable'],
  [502, '<html>Bad Gateway</html>', 'model_unavailable'],
  [503, '', 'model_unavailable'],
  [504, error({}), 'model_timeout'],
  [529, error({ type: 'overloaded_error' }), 'model_unavailable'],
  [307, '', 'model_unavailable'],
])('%i %j is %s', async (status, body, code) => {
  refuses(status, body, { location: `${upstream.url}/elsewhere` });
  const before = upstream.received.length;
  expect((await failure()).error).toMatchObject({ code, cause: { message: expect.stringContaining(String(status)) } });
  expect(upstream.received).toHaveLength(before + 1);
});

test.each([
  ['7', 7],
  ['0.2', 1],
  [new Date(Date.now() + 3_600_000).toUTCString(), expect.any(Number)],
  ['soon', undefined],
  ['-1', undefined],
])('Retry-After: %s', async (header, seconds) => {
  for (const status of [429, 503]) {
    refuses(status, error({}), { 'retry-after': header });
    expect((await failure()).error.retryAfterSeconds).toEqual(seconds);
  }
});

test('what the provider says is passed on, without what may identify an account', async () => {
  refuses(400, error({ message: 'bad value for x\n in organization org-AbC123xyz with key sk-proj-****abcd' }));
  expect((await failure()).error.message).toBe('Model `small-1` refused the request: bad value for x in organization … with key …');
});

test('a key that is refused is not explained to the caller', async () => {
  refuses(401, error({ message: 'Incorrect API key provided: sk-****' }));
  expect((await failure()).error.message).toBe('Model `small-1` is not available at present. Try again shortly.');
});

test.each<[string, readonly string[], string]>([
  ['an error event', [data({ error: { message: 'x', type: 'server_error' } })], 'model_stream_interrupted'],
  ['a throttling error', [data({ error: { message: 'x', code: 429 } })], 'rate_limit_exceeded'],
  ['an error by name', [`event: error\n${data({ error: 'overloaded' })}`], 'model_stream_interrupted'],
  ['a filter’s error', [data({ error: { code: 'content_filter' } })], 'content_filter'],
  ['malformed JSON', ['data: {"choices":[{"delta":\n\n'], 'model_stream_interrupted'],
  ['what is no chunk', [data({ choices: 'none' })], 'model_stream_interrupted'],
  ['a clean end without a finish', [], 'model_stream_interrupted'],
  ['[DONE] without a finish', [DONE], 'model_stream_interrupted'],
  ['half an event', [hi.slice(0, 20)], 'model_stream_interrupted'],
  ['a reason that is no end', [finish('error'), DONE], 'model_stream_interrupted'],
  ['a reason named as a member of every object', [finish('constructor'), DONE], 'model_stream_interrupted'],
  ['tool calls that are none', [finish('tool_calls'), DONE], 'model_stream_interrupted'],
  ['arguments of no call', [delta({ tool_calls: [{ index: 0, function: { arguments: '{}' } }] })], 'model_stream_interrupted'],
  ['an error after the finish', [finish('stop'), data({ error: { message: 'x' } })], 'model_stream_interrupted'],
])('text and then %s', async (_name, parts, code) => {
  sends(hi, ...parts);
  const { error: thrown, events } = await failure();
  expect(events).toEqual([{ type: 'text', text: 'Hi' }]);
  expect(thrown.code).toBe(code);
});

test.each<[string, readonly string[], string]>([
  ['nothing at all', [], 'model_unavailable'],
  ['[DONE] alone', [DONE], 'model_unavailable'],
  ['an error event', [data({ error: { message: 'x', code: 500 } })], 'model_unavailable'],
  ['a refusal in an event', [data({ error: { message: 'maximum context length', code: 400 } })], 'context_length_exceeded'],
  ['malformed JSON', ['data: <html>\n\n'], 'model_unavailable'],
])('an answer of %s', async (_name, parts, code) => {
  sends(...parts);
  const { error: thrown, events } = await failure();
  expect(events).toEqual([]);
  expect(thrown.code).toBe(code);
});

test('an answer with nothing in it is none, and is paid for', async () => {
  sends(delta({ content: '' }), finish('stop'), data({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 0 } }), DONE);
  const { error: thrown, events } = await failure();
  expect(thrown.code).toBe('model_stream_interrupted');
  expect(events).toEqual([{ type: 'usage', usage: { inputTokens: 5, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 } }]);
});

test('unless a stop sequence may have come first, or the limit did', async () => {
  sends(finish('stop'), DONE);
  const stopped = { ...request, body: { ...simpleChat, stop: ['END'] } as never };
  expect(await collect(adapter.stream(stopped, unaborted))).toEqual([{ type: 'finish', reason: 'stop' }]);
  sends(finish('length'), DONE);
  expect(await collect(adapter.stream(request, unaborted))).toEqual([{ type: 'finish', reason: 'length' }]);
});

test.each([
  ['application/json', JSON.stringify({ choices: [{ message: { content: 'Hi' } }] })],
  ['text/html', '<html>'],
  ['', ''],
])('content of type "%s" is no answer', async (type, body) => {
  respond = (response) => void response.writeHead(200, type === '' ? {} : { 'content-type': type }).end(body);
  expect((await failure()).error).toMatchObject({ code: 'model_unavailable', cause: { message: expect.stringContaining(type || 'none') } });
});

test('text and then a broken connection is an interrupted stream', async () => {
  let close = (): void => undefined;
  respond = (response) => {
    close = () => response.socket?.destroy();
    begin(response).write(hi);
  };
  const read = async () => {
    for await (const event of each(adapter.stream(request, unaborted))) if (event.type === 'text') close();
  };
  await expect(read()).rejects.toMatchObject({ code: 'model_stream_interrupted' });
});

test('a connection closed before any answer is an unavailable model', async () => {
  respond = (response) => void response.socket?.destroy();
  expect((await failure()).error.code).toBe('model_unavailable');
});

test('a connection refused is an unavailable model', async () => {
  const gone = await startServer(() => undefined);
  await gone.close();
  const closed = createOpenAiCompatible({ baseUrl: gone.url, apiKey: async () => undefined });
  await expect(collect(closed.stream(request, unaborted))).rejects.toMatchObject({
    code: 'model_unavailable',
    cause: { code: 'ECONNREFUSED' },
  });
});

test('a key that cannot be read is what the reader says', async () => {
  const reason = new GatewayError('model_unavailable', 'no key');
  const locked = createOpenAiCompatible({ baseUrl: upstream.url, apiKey: () => Promise.reject(reason) });
  await expect(collect(locked.stream(request, unaborted))).rejects.toBe(reason);
});

test.each(['before the head', 'before the first event', 'after it'])(
  'an abort %s ends the stream with the reason and closes the connection',
  async (when) => {
    const aborter = new AbortController();
    const reason = new GatewayError('model_timeout', 'late');
    const closed = new Promise<void>((resolve) => {
      respond = (response) => {
        response.on('close', resolve);
        if (when === 'after it') begin(response).write(hi);
        if (when === 'before the first event') begin(response).flushHeaders();
        if (when !== 'after it') setImmediate(() => aborter.abort(reason));
      };
    });
    const read = async () => {
      for await (const event of each(adapter.stream(request, aborter.signal))) {
        expect(event).toEqual({ type: 'text', text: 'Hi' });
        aborter.abort(reason);
      }
    };
    await expect(read()).rejects.toBe(reason);
    await closed;
  },
);

test('an abort does not wait for a key', async () => {
  const waiting = createOpenAiCompatible({ baseUrl: upstream.url, apiKey: () => new Promise(() => undefined) });
  const reason = new Error('left');
  const read = collect(waiting.stream(request, AbortSignal.abort(reason)));
  await expect(read).rejects.toBe(reason);
});

test('a reader that leaves closes the connection', async () => {
  let response!: ServerResponse;
  respond = (opened) => {
    response = begin(opened);
    response.write(hi);
  };
  for await (const event of each(adapter.stream(request, unaborted))) {
    expect(event.type).toBe('text');
    break;
  }
  await once(response, 'close');
});

test('a provider that keeps the connection open after [DONE] keeps nobody waiting', async () => {
  let response!: ServerResponse;
  respond = (opened) => {
    response = begin(opened);
    response.write(hi + finish('stop') + DONE);
  };
  expect(await collect(adapter.stream(request, unaborted))).toHaveLength(2);
  await once(response, 'close');
});
