import { type OpenAI, BadRequestError } from 'openai';
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod';
import * as z from 'zod';
import { MODEL, startPlatform, type TestPlatform, until } from '../helpers/platform';

/** Over the whole platform: OpenAI's own client, the API, the function's bundle, its role, and the simulated models. */

let platform: TestPlatform;
/** Calls that there were before a test. */
let before = 0;
beforeAll(async () => {
  platform = await startPlatform();
});
beforeEach(async () => {
  before = Object.keys(await platform.audit()).length;
});
afterAll(() => platform.stop());

const user = (content: string) => ({ role: 'user', content }) as const;
const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
} as const;
const flights = { type: 'function', function: { name: 'find_flights', description: 'Connections between cities' } } as const;

function create(body: Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, 'model'> & { model?: string }) {
  return platform.openai.chat.completions.create({ model: MODEL, ...body });
}

/** Waits until as many calls of this test have been settled, and makes sure that there are no more. */
async function settled(calls: number): Promise<void> {
  const kinds = async () => Object.values(await platform.audit()).map((records) => Object.keys(records).toSorted());
  await until(async () => (await kinds()).flat().length >= 2 * (before + calls), 'every call was settled');
  expect(await kinds()).toEqual(Array.from({ length: before + calls }, () => ['INTENT', 'SETTLEMENT']));
}

describe('tools', () => {
  test('there and back, plain, two calls at once', async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [user('What is the weather, and are there flights?')];
    const first = await create({ messages, tools: [weather, flights] });
    const message = first.choices[0]?.message;
    expect(first.choices[0]?.finish_reason).toBe('tool_calls');
    expect(message?.tool_calls).toMatchObject([
      { type: 'function', function: { name: 'get_weather', arguments: '{"city":"simulated"}' } },
      { type: 'function', function: { name: 'find_flights', arguments: '{}' } },
    ]);
    if (message === undefined) throw new Error('no message');
    messages.push(
      message,
      ...(message.tool_calls ?? []).map(({ id }, index) => ({ role: 'tool', tool_call_id: id, content: `result ${index}` }) as const),
    );
    const second = await create({ messages, tools: [weather, flights] });
    expect(second.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: expect.stringContaining('get_weather "result 0"; find_flights "result 1"') },
    });
    await settled(2);
    const outcomes = Object.values(await platform.audit()).map(({ SETTLEMENT }) => SETTLEMENT?.finish_reason);
    expect(outcomes).toEqual(expect.arrayContaining([{ S: 'tool_calls' }, { S: 'stop' }]));
  });

  // Under a safety policy the arguments of a call come whole: only then are they seen to hold nothing that is to be replaced.
  test('streamed: by index, which the client puts together', async () => {
    const stream = platform.openai.chat.completions.stream({ model: MODEL, messages: [user('The weather?')], tools: [weather] });
    const pieces: string[] = [];
    stream.on('chunk', ({ choices }) => {
      for (const call of choices[0]?.delta.tool_calls ?? [])
        pieces.push(`${call.index} ${call.function?.name ?? ''} ${call.function?.arguments}`);
    });
    const completion = await stream.finalChatCompletion();
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        tool_calls: [{ id: expect.stringMatching(/^tooluse_/), function: { name: 'get_weather', arguments: '{"city":"simulated"}' } }],
      },
    });
    expect(pieces).toEqual(['0 get_weather ', '0  {"city":"simulated"}']);
    await settled(1);
  });

  test.each([{ stream: false }, { stream: true }] as const)('runTools calls them and goes on, %o', async ({ stream }) => {
    const asked: unknown[] = [];
    const tool = zodFunction({
      name: 'get_weather',
      description: 'The weather of a city',
      parameters: z.object({ city: z.string() }),
      function: (input) => {
        asked.push(input);
        return 'sunny';
      },
    });
    const body = { model: MODEL, messages: [user('How is the weather?')], tools: [tool] };
    const { chat } = platform.openai;
    const runner = stream ? chat.completions.runTools({ ...body, stream }) : chat.completions.runTools(body);
    expect(await runner.finalContent()).toContain('get_weather "sunny"');
    expect(asked).toEqual([{ city: 'simulated' }]);
    await settled(2);
  });

  test.each(['nova-lite', 'mistral-large-3'])('with %s too', async (model) => {
    const completion = await create({ model, messages: [user('Hello')], tools: [weather, flights], tool_choice: 'required' });
    expect(completion.choices[0]?.message).toMatchObject({ content: null, tool_calls: [{ function: { name: 'get_weather' } }] });
  });
});

describe('JSON schema', () => {
  const place = z.object({ city: z.string(), population: z.int().min(1), seen: z.array(z.iso.date()).min(2) });

  test.each([MODEL, 'mistral-large-3'])('parse, with %s', async (model) => {
    const body = { model, messages: [user('A place')], response_format: zodResponseFormat(place, 'place') };
    const plain = await platform.openai.chat.completions.parse(body);
    expect(plain.choices[0]?.message.parsed).toEqual({ city: 'simulated', population: 1, seen: ['2000-01-01', '2000-01-01'] });
    const streamed = await platform.openai.chat.completions.stream(body).finalChatCompletion();
    expect(streamed.choices[0]).toMatchObject({ finish_reason: 'stop', message: { parsed: plain.choices[0]?.message.parsed } });
  });

  test.each(['claude-opus-5', 'nova-micro'])('that is not strict, with %s', async (model) => {
    const schema = z.toJSONSchema(place) as Record<string, unknown>;
    const completion = await create({
      model,
      messages: [user('A place')],
      response_format: { type: 'json_schema', json_schema: { name: 'place', schema } },
    });
    expect(place.safeParse(JSON.parse(completion.choices[0]?.message.content ?? ''))).toMatchObject({ success: true });
  });
});

test('an image', async () => {
  const url = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
  const content = [{ type: 'text', text: 'What is this?' } as const, { type: 'image_url', image_url: { url } } as const];
  const completion = await create({ messages: [{ role: 'user', content }] });
  expect(completion.choices[0]?.message.content).toContain('1 image (png, 70 bytes)');
  expect(completion.usage?.prompt_tokens).toBeGreaterThan(500);
});

test('a stop sequence, a limit and an effort', async () => {
  const stopped = await create({ messages: [user('Hello')], stop: ['called'] });
  expect(stopped.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: expect.stringMatching(/No model was $/) } });
  const cut = await create({ messages: [user('Hello')], max_completion_tokens: 3 });
  expect(cut.choices[0]?.finish_reason).toBe('length');
  const thought = await create({ model: 'claude-sonnet-5', messages: [user('Hello')], reasoning_effort: 'low', temperature: 1 });
  expect(thought.choices[0]?.finish_reason).toBe('stop');
});

test('a client that leaves a stream: the call runs on behind Lambda, and leaves one intent and one settlement', async () => {
  const slow = await startPlatform({ latency: { firstTokenMs: 0, perTokenMs: 5 } });
  try {
    const stream = await slow.openai.chat.completions.create({ model: MODEL, messages: [user('Hello')], stream: true });
    let chunks = 0;
    for await (const _chunk of stream) {
      chunks += 1;
      if (chunks === 3) stream.controller.abort();
    }
    expect(chunks).toBeLessThan(10);
    const kinds = async () => Object.values(await slow.audit()).map((records) => Object.keys(records).toSorted());
    await until(async () => (await kinds()).flat().length === 2, 'the call was settled');
    expect(await kinds()).toEqual([['INTENT', 'SETTLEMENT']]);
    // It answers others as before, and no second settlement comes late.
    const other = await slow.openai.chat.completions.create({ model: MODEL, messages: [user('Hello')] });
    expect(other.choices[0]?.finish_reason).toBe('stop');
    await until(async () => (await kinds()).flat().length === 4, 'the other call was settled');
    expect(await kinds()).toEqual([
      ['INTENT', 'SETTLEMENT'],
      ['INTENT', 'SETTLEMENT'],
    ]);
  } finally {
    await slow.stop();
  }
});

test('no call cost more than its intent said it could', async () => {
  const records = Object.values(await platform.audit());
  const micro = (value: unknown) => Number((value as { N?: string } | undefined)?.N);
  const priced = records.filter(({ SETTLEMENT }) => micro(SETTLEMENT?.cost_micro_usd) > 0);
  expect(priced.length).toBeGreaterThan(10);
  for (const { INTENT, SETTLEMENT } of priced) {
    expect(micro(SETTLEMENT?.cost_micro_usd)).toBeLessThanOrEqual(micro(INTENT?.worst_case_cost_micro_usd));
  }
});

test.each<[string, Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>, string, string, RegExp]>([
  ['a seed', { seed: 7 }, 'unsupported_field', 'seed', /No model here repeats an answer/],
  ['a penalty', { presence_penalty: 1 }, 'unsupported_field', 'presence_penalty', /Leave it out/],
  ['several answers', { n: 2 }, 'unsupported_field', 'n', /Call once for each/],
  ['another tier', { service_tier: 'priority' }, 'unsupported_field', 'service_tier', /price table/],
  ['JSON of no schema', { response_format: { type: 'json_object' } }, 'unsupported_field', 'response_format.type', /json_schema/],
  [
    'sampling that the model refuses',
    { model: 'claude-opus-5', temperature: 0.2 },
    'unsupported_field',
    'temperature',
    /or use `claude-sonnet-4\.6`, `claude-haiku-4\.5`, `nova-pro`/,
  ],
  ['tools that do not stream', { model: 'llama-4-maverick', tools: [weather] }, 'unsupported_field', 'tools', /or use `claude-opus-5`/],
  [
    'a strict tool of Nova',
    { model: 'nova-pro', tools: [{ ...weather, function: { ...weather.function, strict: true } }] },
    'unsupported_field',
    'tools[0].function.strict',
    /or use `claude-sonnet-4\.6`, `claude-haiku-4\.5`\./,
  ],
  [
    'an image for a model of text',
    {
      model: 'nova-micro',
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] }],
    },
    'unsupported_field',
    'messages[0].content[0]',
    /or use `claude-opus-5`/,
  ],
  [
    'an image elsewhere',
    { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] }] },
    'unsupported_field',
    'messages[0].content[0].image_url.url',
    /fetches nothing/,
  ],
  [
    'a tool result of nothing',
    { messages: [user('Hi'), { role: 'tool', tool_call_id: 'x', content: 'y' }], tools: [weather] },
    'invalid_request',
    'messages[1].tool_call_id',
    /no such tool call/,
  ],
  [
    'a schema that is none',
    { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object', properties: 5 } } } },
    'invalid_request',
    'response_format.json_schema.schema.properties',
    /an object of JSON schemas/,
  ],
])('refuses %s by name', async (_name, change, code, param, message) => {
  const error = await create({ messages: [user('Hi')], ...change }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(BadRequestError);
  expect(error).toMatchObject({ status: 400, code, param, message: expect.stringMatching(message) });
});
