import OpenAI, { APIError, AuthenticationError, BadRequestError, InternalServerError, NotFoundError, RateLimitError } from 'openai';
import { MODEL, startPlatform, type TestPlatform } from '../helpers/platform';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

const hello = { model: MODEL, messages: [{ role: 'user', content: 'Hello there' }] } as const;
const asking = (more: object = {}) => platform.openai.chat.completions.create({ ...hello, messages: [...hello.messages], ...more });

/** What a call rejects with. */
async function rejection(call: Promise<unknown>): Promise<APIError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(APIError);
  return error as APIError;
}

describe('answers', () => {
  test('plain', async () => {
    const { data: completion, response } = await asking().withResponse();
    expect(completion.object).toBe('chat.completion');
    expect(completion.choices[0]?.message.role).toBe('assistant');
    expect(completion.choices[0]?.message.content).toMatch(/simulated/i);
    expect(completion.choices[0]?.finish_reason).toBe('stop');
    expect(completion.usage?.prompt_tokens).toBeGreaterThan(0);
    expect(completion.usage?.total_tokens).toBe((completion.usage?.prompt_tokens ?? 0) + (completion.usage?.completion_tokens ?? 0));
    expect(response.headers.get('x-blueprint-model')).toBe(MODEL);
    expect(response.headers.get('x-blueprint-cache')).toBe('miss');
    expect(completion.id).toBe(`chatcmpl-${response.headers.get('x-blueprint-trace-id')}`);
    expect(Number(response.headers.get('x-blueprint-cost-usd'))).toBeGreaterThan(0);
  });

  test('streamed: the same text as plain, in several chunks, without usage', async () => {
    const plain = (await asking()) as OpenAI.ChatCompletion;
    const stream = await platform.openai.chat.completions.create({ ...hello, messages: [...hello.messages], stream: true });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.length).toBeGreaterThan(3);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe(plain.choices[0]?.message.content);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
    expect(chunks.every((chunk) => chunk.usage === undefined || chunk.usage === null)).toBe(true);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  });

  test('streamed with usage: one last chunk without choices has it', async () => {
    const stream = await platform.openai.chat.completions.create({
      ...hello,
      messages: [...hello.messages],
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    const last = chunks.at(-1);
    expect(last?.choices).toEqual([]);
    expect(last?.usage?.completion_tokens).toBeGreaterThan(0);
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
  });

  test('models', async () => {
    const models = await platform.openai.models.list();
    expect(models.data.map(({ id }) => id)).toContain(MODEL);
    expect(await platform.openai.models.retrieve(MODEL)).toMatchObject({ id: MODEL, object: 'model' });
  });
});

describe('errors, as the class that the client has for each', () => {
  test('401 for a key that does not exist', async () => {
    const stranger = new OpenAI({ baseURL: `${platform.url}/v1`, apiKey: 'sk-nobody', maxRetries: 0 });
    const error = await rejection(stranger.chat.completions.create({ ...hello, messages: [...hello.messages] }));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'authentication_error' });
  });

  test('400 for a field that the model cannot honour, named', async () => {
    const error = await rejection(asking({ logit_bias: { '50256': -100 } }));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ status: 400, code: 'unsupported_field', param: 'logit_bias' });
  });

  test('404 for an unknown model', async () => {
    const error = await rejection(asking({ model: 'gpt-99' }));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
  });

  test('413 for a body over the limit, as a plain APIError', async () => {
    const error = await rejection(asking({ messages: [{ role: 'user', content: 'x'.repeat(4_718_592) }] }));
    expect(error.constructor).toBe(APIError);
    expect(error).toMatchObject({ status: 413, code: 'request_too_large' });
  });

  test.each([{ stream: false }, { stream: true }])('429 from a throttled model, %o', async ({ stream }) => {
    const remove = platform.emulator.world.endpoint.faults.add({ service: 'bedrock', kind: 'throttled' });
    const error = await rejection(asking({ stream }));
    remove();
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
  });

  test.each([{ stream: false }, { stream: true }])('503 from a model that is unavailable, %o', async ({ stream }) => {
    const remove = platform.emulator.world.endpoint.faults.add({ service: 'bedrock', kind: 'unavailable' });
    const error = await rejection(asking({ stream }));
    remove();
    // An answer closes the model's breaker again, for the tests that follow.
    await asking();
    expect(error).toBeInstanceOf(InternalServerError);
    expect(error).toMatchObject({ status: 503, code: 'model_unavailable' });
  });

  test('503 when the store is unavailable: no call without its record', async () => {
    const remove = platform.emulator.world.endpoint.faults.add({ service: 'dynamodb', operation: 'ExecuteStatement', kind: 'unavailable' });
    const error = await rejection(asking());
    remove();
    expect(error).toBeInstanceOf(InternalServerError);
    expect(error).toMatchObject({ status: 503, code: 'store_unavailable' });
  });

  test('a stream that is cut ends in an error, never cleanly', async () => {
    const remove = platform.emulator.world.endpoint.faults.add({ service: 'bedrock', kind: 'cut', afterChunks: 3, times: 1 });
    const read = async () => {
      const stream = await platform.openai.chat.completions.create({ ...hello, messages: [...hello.messages], stream: true });
      const chunks = [];
      for await (const chunk of stream) chunks.push(chunk);
    };
    const error = await rejection(read());
    remove();
    expect(error.code).toBe('model_stream_interrupted');
  });
});
