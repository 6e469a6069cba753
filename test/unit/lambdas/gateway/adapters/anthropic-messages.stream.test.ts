import { readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { GatewayError } from '../../../../../lambdas/core/errors';
import type { ModelEntry } from '../../../../../lambdas/core/platform';
import type { ModelAdapter, ModelEvent } from '../../../../../lambdas/gateway/adapters/adapter';
import { createAnthropicMessages } from '../../../../../lambdas/gateway/adapters/anthropic-messages';
import { collect, each } from '../../support/events';
import { startServer, type TestServer } from '../../support/http-server';
import { platform, simpleChat } from '../../support/ports';
import { models } from './models';

const FIXTURES = join(__dirname, 'fixtures');
const cases = readdirSync(FIXTURES)
  .filter((name) => name.endsWith('.anthropic.stream.txt'))
  .map((name) => name.replace('.anthropic.stream.txt', ''));
const request = { model: platform.models[0] as ModelEntry, offered: platform.models, body: simpleChat as never, maxTokens: 100 };
const unaborted = new AbortController().signal;

/** An event as the API sends it. */
type Sent = { readonly type: string } & Readonly<Record<string, unknown>>;

const start: Sent = { type: 'message_start', message: { usage: { input_tokens: 5, output_tokens: 1 } } };
const text: Sent = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } };
const toolStart = (index: number): Sent => ({
  type: 'content_block_start',
  index,
  content_block: { type: 'tool_use', id: `t${index}`, name: 'place', input: {} },
});
const input = (index: number, partial_json: string): Sent => ({
  type: 'content_block_delta',
  index,
  delta: { type: 'input_json_delta', partial_json },
});
const stopped = (stop_reason: unknown): Sent[] => [
  { type: 'message_delta', delta: { stop_reason }, usage: { output_tokens: 2 } },
  { type: 'message_stop' },
];
const error = (type: string, message = 'the provider says so'): Sent => ({ type: 'error', error: { type, message } });

let respond: (response: ServerResponse) => void;
let server: TestServer;
let adapter: ModelAdapter;
beforeAll(async () => {
  server = await startServer((_request, response) => respond(response));
  adapter = createAnthropicMessages({ baseUrl: server.url, apiKey: async () => 'sk-ant-test' });
});
afterAll(() => server.close());

function begin(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
}

function wire(...events: readonly Sent[]): string {
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}

function send(response: ServerResponse, ...events: readonly Sent[]): void {
  begin(response);
  response.end(wire(...events));
}

function read(name: string): string {
  return readFileSync(join(FIXTURES, name), 'utf8');
}

test('there are recorded streams', () => expect(cases.length).toBeGreaterThan(2));

test.each(cases)('%s', async (name) => {
  respond = (response) => {
    begin(response);
    response.end(read(`${name}.anthropic.stream.txt`));
  };
  expect(await collect(adapter.stream(request, unaborted))).toEqual(JSON.parse(read(`${name}.anthropic.events.json`)));
});

test('asks for a stream of messages, over one socket for call after call', async () => {
  respond = (response) => send(response, start, text, ...stopped('end_turn'));
  await collect(adapter.stream(request, unaborted));
  const before = server.connections();
  for (let call = 0; call < 3; call += 1) await collect(adapter.stream(request, unaborted));
  expect(server.connections()).toBe(before);
  const { method, path, headers, body } = server.received.at(-1) ?? {};
  expect({ method, path }).toEqual({ method: 'POST', path: '/v1/messages' });
  expect(headers).toMatchObject({
    'anthropic-version': '2023-06-01',
    'x-api-key': 'sk-ant-test',
    'content-type': 'application/json',
    accept: 'text/event-stream',
  });
  expect(JSON.parse(body ?? '')).toMatchObject({ model: 'vendor.small-1-v1:0', max_tokens: 100, stream: true });
});

test('configured headers are added, and override its own', async () => {
  respond = (response) => send(response, start, text, ...stopped('end_turn'));
  const headers = { 'anthropic-beta': 'a', 'anthropic-version': '2030-01-01', authorization: 'Bearer x' };
  const other = createAnthropicMessages({ baseUrl: `${server.url}/proxy/`, apiKey: async () => undefined, headers });
  await collect(other.stream(request, unaborted));
  const received = server.received.at(-1);
  expect(received?.path).toBe('/proxy/v1/messages');
  expect(received?.headers).toMatchObject(headers);
  expect(received?.headers).not.toHaveProperty('x-api-key');
});

test('sends nothing before the first event is asked for', async () => {
  const before = server.received.length;
  adapter.stream(request, unaborted);
  await new Promise((resolve) => setImmediate(resolve));
  expect(server.received).toHaveLength(before);
});

test('the end of the answer is the end, though the connection stays open', async () => {
  respond = (response) => {
    begin(response);
    response.write(wire(start, text, ...stopped('end_turn')));
  };
  expect(await collect(adapter.stream(request, unaborted))).toContainEqual({ type: 'finish', reason: 'stop' });
});

test.each([
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['refusal', 'content_filter'],
])('%s is %s', async (reason, expected) => {
  respond = (response) => send(response, start, text, ...stopped(reason));
  expect((await collect(adapter.stream(request, unaborted))).at(-1)).toEqual({ type: 'finish', reason: expected });
});

test.each([
  ['none', { type: 'message_delta', delta: { stop_reason: 'end_turn' } }],
  ['none of the output', { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { input_tokens: 5 } }],
  ['a negative count', { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: -1 } }],
  ['a count that is a text', { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: '2' } }],
])('usage that is %s is not reported', async (_name, delta) => {
  respond = (response) => send(response, start, text, delta, { type: 'message_stop' });
  expect(await collect(adapter.stream(request, unaborted))).toEqual([
    { type: 'text', text: 'Hi' },
    { type: 'finish', reason: 'stop' },
  ]);
});

async function failure(): Promise<{ readonly error: GatewayError; readonly events: readonly ModelEvent[] }> {
  const events: ModelEvent[] = [];
  try {
    for await (const event of each(adapter.stream(request, unaborted))) events.push(event);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(GatewayError);
    return { error: thrown as GatewayError, events };
  }
  throw new Error('the stream ended without an error');
}

describe('an answer that is an error', () => {
  const fail = (status: number, type: string, message = 'the provider says so', headers: Record<string, string> = {}) => {
    respond = (response) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify({ ...error(type, message), request_id: 'req_011CSHoEeqs5C35K2UUqR7Fy' }));
    };
  };

  test.each([
    [400, 'invalid_request_error', 'invalid_request'],
    [401, 'authentication_error', 'model_unavailable'],
    [402, 'billing_error', 'model_unavailable'],
    [403, 'permission_error', 'model_unavailable'],
    [404, 'not_found_error', 'model_unavailable'],
    [413, 'request_too_large', 'invalid_request'],
    [429, 'rate_limit_error', 'rate_limit_exceeded'],
    [500, 'api_error', 'model_unavailable'],
    [503, 'api_error', 'model_unavailable'],
    [504, 'timeout_error', 'model_timeout'],
    [529, 'overloaded_error', 'model_unavailable'],
  ])('%i %s is %s', async (status, type, code) => {
    fail(status, type);
    const { error: thrown } = await failure();
    expect(thrown.code).toBe(code);
    expect(String(thrown.cause)).toContain('the provider says so');
  });

  test.each([
    ['prompt is too long: 210000 tokens > 200000 maximum', 'context_length_exceeded'],
    ['input length and `max_tokens` exceed context limit: 199000 + 21333 > 200000', 'context_length_exceeded'],
    ['messages: text content blocks must be non-empty', 'invalid_request'],
    ['Your credit balance is too low to access the Anthropic API.', 'model_unavailable'],
  ])('400 "%s" is %s', async (message, code) => {
    fail(400, 'invalid_request_error', message);
    expect((await failure()).error.code).toBe(code);
  });

  test('is not tried again here, and says when to', async () => {
    const before = server.received.length;
    fail(429, 'rate_limit_error', 'slow down', { 'retry-after': '7' });
    expect((await failure()).error.retryAfterSeconds).toBe(7);
    expect(server.received).toHaveLength(before + 1);
  });

  test('without retry-after says nothing of when', async () => {
    fail(429, 'rate_limit_error');
    expect((await failure()).error.retryAfterSeconds).toBeUndefined();
  });

  test('may be the page of a proxy', async () => {
    respond = (response) => {
      response.writeHead(502, { 'content-type': 'text/html' });
      response.end('<html>Bad gateway</html>');
    };
    const { error: thrown } = await failure();
    expect(thrown.code).toBe('model_unavailable');
    expect(thrown.message).not.toContain('html');
  });

  test('leaves the connection to the next call', async () => {
    fail(500, 'api_error');
    await failure();
    const before = server.connections();
    await failure();
    expect(server.connections()).toBe(before);
  });
});

test('an error event before anything of the answer', async () => {
  respond = (response) => send(response, start, error('overloaded_error', 'Overloaded'));
  const { error: thrown, events } = await failure();
  expect(events).toEqual([]);
  expect(thrown.code).toBe('model_unavailable');
});

const endings: [string, (response: ServerResponse) => void, string][] = [
  ['an overloaded provider', (response) => response.end(wire(error('overloaded_error', 'Overloaded'))), 'model_unavailable'],
  ['a rate limit', (response) => response.end(wire(error('rate_limit_error'))), 'rate_limit_exceeded'],
  ['a timeout', (response) => response.end(wire(error('timeout_error'))), 'model_timeout'],
  ['a failure of the provider', (response) => response.end(wire(error('api_error', 'Internal server error'))), 'model_stream_interrupted'],
  ['an unknown error', (response) => response.end(wire(error('novel_error'))), 'model_stream_interrupted'],
  ['an error that says nothing', (response) => response.end(wire({ type: 'error' })), 'model_stream_interrupted'],
  ['an error event without a type of its own', (response) => response.end('event: error\ndata: {}\n\n'), 'model_stream_interrupted'],
  ['the end', (response) => response.end(), 'model_stream_interrupted'],
  ['the end after the reason to stop', (response) => response.end(wire(...stopped('end_turn').slice(0, 1))), 'model_stream_interrupted'],
  ['half an event', (response) => response.end(wire(...stopped('end_turn')).slice(0, -1)), 'model_stream_interrupted'],
  ['a stop without a reason', (response) => response.end(wire({ type: 'message_stop' })), 'model_stream_interrupted'],
  ['a turn that is paused', (response) => response.end(wire(...stopped('pause_turn'))), 'model_stream_interrupted'],
  ['a reason that is no text', (response) => response.end(wire(...stopped({}))), 'model_stream_interrupted'],
  ['malformed JSON', (response) => response.end('data: {"type":"content_block_de\n\n'), 'model_stream_interrupted'],
  ['JSON that is no object', (response) => response.end('data: 5\n\n'), 'model_stream_interrupted'],
  ['a delta without text', (response) => response.end(wire({ ...text, delta: { type: 'text_delta' } })), 'model_stream_interrupted'],
  [
    'a tool without a name',
    (response) => response.end(wire({ ...toolStart(1), content_block: { type: 'tool_use', id: 'a' } })),
    'model_stream_interrupted',
  ],
  ['a tool without an index', (response) => response.end(wire({ ...toolStart(1), index: null })), 'model_stream_interrupted'],
];

test.each(endings)('text and then %s', async (_name, ending, code) => {
  respond = (response) => {
    begin(response);
    response.write(wire(start, text));
    ending(response);
  };
  const { error: thrown, events } = await failure();
  expect(events[0]).toEqual({ type: 'text', text: 'Hi' });
  expect(events).not.toContainEqual(expect.objectContaining({ type: 'finish' }));
  expect(thrown.code).toBe(code);
});

test('text and then a closed connection is an interrupted stream', async () => {
  let close = (): void => undefined;
  respond = (response) => {
    close = () => response.socket?.destroy();
    begin(response);
    response.write(wire(start, text));
  };
  const readAll = async () => {
    // Closed once the text has arrived: a connection that breaks may take with it what was not read yet.
    for await (const event of each(adapter.stream(request, unaborted))) if (event.type === 'text') close();
  };
  await expect(readAll()).rejects.toMatchObject({ code: 'model_stream_interrupted' });
});

test.each<[string, (response: ServerResponse) => void]>([
  ['a connection closed before any answer', (response) => response.socket?.destroy()],
  ['an empty stream', (response) => send(response)],
  ['a stream cut before anything of the answer', (response) => send(response, start)],
  [
    'an answer that is no stream',
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ type: 'message', content: [{ type: 'text', text: 'Hi' }] }));
    },
  ],
  [
    'an answer of no type',
    (response) => {
      response.writeHead(200);
      response.end(wire(start, text, ...stopped('end_turn')));
    },
  ],
  [
    'a redirect',
    (response) => {
      response.writeHead(302, { location: server.url });
      response.end();
    },
  ],
])('%s is an unavailable model', async (_name, answer) => {
  respond = answer;
  const { error: thrown, events } = await failure();
  expect(events).toEqual([]);
  expect(thrown.code).toBe('model_unavailable');
});

test('a provider that nothing listens for is an unavailable model', async () => {
  const closed = await startServer(() => undefined);
  await closed.close();
  const nowhere = createAnthropicMessages({ baseUrl: closed.url, apiKey: async () => 'k' });
  await expect(collect(nowhere.stream(request, unaborted))).rejects.toMatchObject({ code: 'model_unavailable' });
});

test('a key that cannot be had is told as its reader tells it, and nothing is sent', async () => {
  const before = server.received.length;
  const reason = new GatewayError('model_unavailable', 'no key');
  const keyless = createAnthropicMessages({ baseUrl: server.url, apiKey: () => Promise.reject(reason) });
  await expect(collect(keyless.stream(request, unaborted))).rejects.toBe(reason);
  expect(server.received).toHaveLength(before);
});

test.each(['before the first event', 'after it'])('an abort %s ends the stream with the reason and closes the connection', async (when) => {
  const aborter = new AbortController();
  const reason = new GatewayError('model_timeout', 'late');
  const closed = new Promise<void>((resolve) => {
    respond = (response) => {
      response.on('close', resolve);
      begin(response);
      if (when === 'after it') response.write(wire(start, text));
      else response.flushHeaders();
      setImmediate(() => when !== 'after it' && aborter.abort(reason));
    };
  });
  const readAll = async () => {
    for await (const event of each(adapter.stream(request, aborter.signal))) {
      expect(event).toEqual({ type: 'text', text: 'Hi' });
      aborter.abort(reason);
    }
  };
  await expect(readAll()).rejects.toBe(reason);
  await closed;
});

test('an abort while the key is being read ends the call with the reason, and nothing is sent', async () => {
  const before = server.received.length;
  const aborter = new AbortController();
  const reason = new GatewayError('request_cancelled', 'gone');
  const slow = createAnthropicMessages({ baseUrl: server.url, apiKey: () => new Promise(() => setImmediate(() => aborter.abort(reason))) });
  await expect(collect(slow.stream(request, aborter.signal))).rejects.toBe(reason);
  expect(server.received).toHaveLength(before);
});

test('a reader who leaves closes the connection', async () => {
  const closed = new Promise<void>((resolve) => {
    respond = (response) => {
      response.on('close', resolve);
      begin(response);
      response.write(wire(start, text));
    };
  });
  for await (const event of each(adapter.stream(request, unaborted))) {
    expect(event.type).toBe('text');
    break;
  }
  await closed;
});

describe('an answer by a tool', () => {
  const [byTool] = models.filter(({ id }) => id === 'by-tool');
  const response_format = { type: 'json_schema', json_schema: { name: 'place', schema: { type: 'object' } } };
  const asked = { ...request, model: byTool as ModelEntry, body: { ...simpleChat, response_format } as never };
  const answered = (...events: Sent[]) => {
    respond = (response) => send(response, start, ...events);
    return collect(adapter.stream(asked, unaborted));
  };
  const usage = { type: 'usage', usage: { inputTokens: 5, outputTokens: 2, cacheReadTokens: 0, cacheWriteTokens: 0 } };

  test('is the input of the tool as text, and ends as an answer does', async () => {
    expect(
      await answered(text, toolStart(1), input(1, '{"a"'), input(1, ':1}'), toolStart(2), input(2, '{}'), ...stopped('tool_use')),
    ).toEqual([{ type: 'text', text: '{"a"' }, { type: 'text', text: ':1}' }, usage, { type: 'finish', reason: 'stop' }]);
  });

  test('says when it was refused', async () => {
    expect(await answered(...stopped('refusal'))).toEqual([usage, { type: 'finish', reason: 'content_filter' }]);
  });

  test('that comes in text instead is no answer', async () => {
    await expect(answered(text, ...stopped('end_turn'))).rejects.toMatchObject({
      code: 'model_stream_interrupted',
      message: 'The model did not answer in the schema that was asked for.',
    });
  });
});
