import { readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { GatewayError } from '../../../../../lambdas/core/errors';
import type { ModelEntry } from '../../../../../lambdas/core/platform';
import type { ModelEvent } from '../../../../../lambdas/gateway/adapters/adapter';
import { beginStream, type FakeBedrock, frame, type StreamEvent, sendException, sendStream, startBedrock } from '../../support/bedrock';
import { collect, each } from '../../support/events';
import { platform, simpleChat } from '../../support/ports';
import { models } from './models';

const FIXTURES = join(__dirname, 'fixtures');
const cases = readdirSync(FIXTURES)
  .filter((name) => name.endsWith('.stream.json'))
  .map((name) => name.replace('.stream.json', ''));
const request = { model: platform.models[0] as ModelEntry, offered: platform.models, body: simpleChat as never, maxTokens: 100 };
const unaborted = new AbortController().signal;
const delta: StreamEvent = ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hi' } }];

let respond: (response: ServerResponse) => void;
let bedrock: FakeBedrock;
beforeAll(async () => {
  bedrock = await startBedrock((_request, response) => respond(response));
});
afterAll(() => bedrock.close());

function recorded(name: string): StreamEvent[] {
  return read(`${name}.stream.json`) as StreamEvent[];
}

function read(name: string): unknown[] {
  return JSON.parse(readFileSync(join(FIXTURES, name), 'utf8'));
}

test('there are recorded streams', () => expect(cases.length).toBeGreaterThan(2));

test.each(cases)('%s', async (name) => {
  respond = (response) => sendStream(response, recorded(name));
  expect(await collect(bedrock.adapter.stream(request, unaborted))).toEqual(read(`${name}.events.json`));
});

test('asks ConverseStream, over one socket for call after call', async () => {
  respond = (response) => sendStream(response, recorded('text'));
  const before = bedrock.server.connections();
  for (let call = 0; call < 3; call += 1) await collect(bedrock.adapter.stream(request, unaborted));
  expect(bedrock.server.connections() - before).toBeLessThanOrEqual(1);
  expect(bedrock.server.received.at(-1)).toMatchObject({ method: 'POST', path: '/model/vendor.small-1-v1%3A0/converse-stream' });
});

test('sends nothing before the first event is asked for', async () => {
  const before = bedrock.server.received.length;
  bedrock.adapter.stream(request, unaborted);
  await new Promise((resolve) => setImmediate(resolve));
  expect(bedrock.server.received).toHaveLength(before);
});

async function failure(): Promise<{ readonly error: GatewayError; readonly events: readonly ModelEvent[] }> {
  const events: ModelEvent[] = [];
  try {
    for await (const event of each(bedrock.adapter.stream(request, unaborted))) events.push(event);
  } catch (error) {
    expect(error).toBeInstanceOf(GatewayError);
    return { error: error as GatewayError, events };
  }
  throw new Error('the stream ended without an error');
}

test.each([
  [429, 'ThrottlingException', 'rate_limit_exceeded'],
  [400, 'ServiceQuotaExceededException', 'rate_limit_exceeded'],
  [408, 'ModelTimeoutException', 'model_timeout'],
  [424, 'ModelErrorException', 'model_unavailable'],
  [429, 'ModelNotReadyException', 'model_unavailable'],
  [500, 'InternalServerException', 'model_unavailable'],
  [503, 'ServiceUnavailableException', 'model_unavailable'],
  [404, 'ResourceNotFoundException', 'model_unavailable'],
  [403, 'AccessDeniedException', 'internal_error'],
  [403, 'UnrecognizedClientException', 'internal_error'],
  [400, 'ValidationException', 'invalid_request'],
])('%i %s is %s', async (status, name, code) => {
  respond = (response) => sendException(response, status, name, 'the provider says so');
  const { error } = await failure();
  expect(error.code).toBe(code);
  expect(error.cause).toHaveProperty('message', 'the provider says so');
  expect(bedrock.server.received.length).toBeGreaterThan(0);
});

test('a throttled call is not tried again here, and says when to', async () => {
  const before = bedrock.server.received.length;
  respond = (response) => sendException(response, 429, 'ThrottlingException', 'slow down', { 'retry-after': '7' });
  const { error } = await failure();
  expect(error.retryAfterSeconds).toBe(7);
  expect(bedrock.server.received).toHaveLength(before + 1);
});

test.each([
  ['Input is too long for requested model.', 'context_length_exceeded'],
  ['prompt is too long: 210000 tokens > 200000 maximum', 'context_length_exceeded'],
  ['The model returned the following errors: Input tokens exceeds the configured limit of 1000 tokens', 'context_length_exceeded'],
  ['The provided model identifier is invalid.', 'model_unavailable'],
  ['top_p and temperature cannot both be set', 'invalid_request'],
])('ValidationException "%s" is %s', async (message, code) => {
  respond = (response) => sendException(response, 400, 'ValidationException', message);
  expect((await failure()).error.code).toBe(code);
});

test('what the provider says is passed on without ARNs and account numbers', async () => {
  const message = 'no access to arn:aws:bedrock:eu-west-1:111122223333:model/x\n for 444455556666';
  respond = (response) => sendException(response, 400, 'ValidationException', message);
  expect((await failure()).error.message).toBe('Model `small-1` refused the request: no access to … for …');
});

test('a permission that is missing is not explained to the caller', async () => {
  respond = (response) => sendException(response, 403, 'AccessDeniedException', 'not authorized to perform: bedrock:X on arn:y');
  expect((await failure()).error.message).not.toMatch(/bedrock|arn/);
});

const endings: [string, (response: ServerResponse) => void, string][] = [
  ['a throttling exception', (response) => sendStream(response, [delta, ['throttlingException', { message: 'x' }]]), 'rate_limit_exceeded'],
  [
    'a stream error',
    (response) => sendStream(response, [delta, ['modelStreamErrorException', { message: 'x' }]]),
    'model_stream_interrupted',
  ],
  ['an internal error', (response) => sendStream(response, [delta, ['internalServerException', { message: 'x' }]]), 'model_unavailable'],
  [
    'a stop reason that is no end',
    (response) => sendStream(response, [delta, ['messageStop', { stopReason: 'malformed_model_output' }]]),
    'model_stream_interrupted',
  ],
  [
    'half an event',
    (response) => {
      beginStream(response);
      response.write(frame(delta));
      response.end(frame(delta).slice(0, 20));
    },
    'model_stream_interrupted',
  ],
];

test.each(endings)('text and then %s', async (_name, ending, code) => {
  respond = ending;
  const { error, events } = await failure();
  expect(events).toEqual([{ type: 'text', text: 'Hi' }]);
  expect(error.code).toBe(code);
});

const usage = { inputTokens: 10, outputTokens: 2, totalTokens: 12 };
const ended = (stopReason: string): StreamEvent[] => [
  ['messageStop', { stopReason }],
  ['metadata', { usage, metrics: { latencyMs: 1 } }],
];

test('an answer with nothing in it is none, and has its usage', async () => {
  respond = (response) => sendStream(response, ended('end_turn'));
  const { error, events } = await failure();
  expect(error).toMatchObject({ code: 'model_stream_interrupted', message: 'The answer has nothing in it.' });
  expect(events).toEqual([{ type: 'usage', usage: { inputTokens: 10, outputTokens: 2, cacheReadTokens: 0, cacheWriteTokens: 0 } }]);
});

test('an answer that a stop sequence ends at once is one', async () => {
  respond = (response) => sendStream(response, ended('stop_sequence'));
  expect(await collect(bedrock.adapter.stream(request, unaborted))).toContainEqual({ type: 'finish', reason: 'stop' });
});

test('text and then a closed connection is an interrupted stream', async () => {
  let close = (): void => undefined;
  respond = (response) => {
    close = () => response.socket?.destroy();
    beginStream(response);
    response.write(frame(delta));
  };
  const read = async () => {
    // Closed once the text has arrived: a connection that breaks may take with it what was not read yet.
    for await (const event of each(bedrock.adapter.stream(request, unaborted))) if (event.type === 'text') close();
  };
  await expect(read()).rejects.toMatchObject({ code: 'model_stream_interrupted' });
});

test('a connection closed before any answer is an unavailable model', async () => {
  respond = (response) => response.socket?.destroy();
  expect((await failure()).error.code).toBe('model_unavailable');
});

test.each(['before the first event', 'after it'])('an abort %s ends the stream with the reason and closes the connection', async (when) => {
  const aborter = new AbortController();
  const reason = new GatewayError('model_timeout', 'late');
  const closed = new Promise<void>((resolve) => {
    respond = (response) => {
      response.on('close', resolve);
      beginStream(response);
      if (when === 'after it') response.write(frame(delta));
      else response.flushHeaders();
      setImmediate(() => when !== 'after it' && aborter.abort(reason));
    };
  });
  const read = async () => {
    for await (const event of each(bedrock.adapter.stream(request, aborter.signal))) {
      expect(event).toEqual({ type: 'text', text: 'Hi' });
      aborter.abort(reason);
    }
  };
  await expect(read()).rejects.toBe(reason);
  await closed;
});

describe('an answer by a tool', () => {
  const [byTool] = models.filter(({ id }) => id === 'by-tool');
  const response_format = { type: 'json_schema', json_schema: { name: 'place', schema: { type: 'object' } } };
  const asked = { ...request, model: byTool as ModelEntry, body: { ...simpleChat, response_format } as never };
  const start = (contentBlockIndex: number): StreamEvent => [
    'contentBlockStart',
    { contentBlockIndex, start: { toolUse: { toolUseId: 't', name: 'place' } } },
  ];
  const input = (contentBlockIndex: number, text: string): StreamEvent => [
    'contentBlockDelta',
    { contentBlockIndex, delta: { toolUse: { input: text } } },
  ];
  const stop = (stopReason: string): StreamEvent => ['messageStop', { stopReason }];
  const answered = (...events: StreamEvent[]) => {
    respond = (response) => sendStream(response, events);
    return collect(bedrock.adapter.stream(asked, unaborted));
  };

  test('is the input of the tool as text, and ends as an answer does', async () => {
    expect(await answered(delta, start(1), input(1, '{"a"'), input(1, ':1}'), start(2), input(2, '{}'), stop('tool_use'))).toEqual([
      { type: 'text', text: '{"a"' },
      { type: 'text', text: ':1}' },
      { type: 'finish', reason: 'stop' },
    ]);
  });

  test('is an empty object where the input is', async () => {
    expect(await answered(start(0), stop('tool_use'))).toEqual([
      { type: 'text', text: '{}' },
      { type: 'finish', reason: 'stop' },
    ]);
  });

  test('says when it was cut by length, or filtered', async () => {
    expect(await answered(start(0), input(0, '{"a'), stop('max_tokens'))).toContainEqual({ type: 'finish', reason: 'length' });
    expect(await answered(stop('guardrail_intervened'))).toEqual([{ type: 'finish', reason: 'content_filter' }]);
  });

  test('that comes in text instead is no answer', async () => {
    await expect(answered(delta, stop('end_turn'))).rejects.toMatchObject({
      code: 'model_stream_interrupted',
      message: 'The model did not answer in the schema that was asked for.',
    });
  });
});
