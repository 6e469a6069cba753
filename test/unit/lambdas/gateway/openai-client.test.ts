import OpenAI, { APIError, AuthenticationError, BadRequestError, InternalServerError, NotFoundError, RateLimitError } from 'openai';
import { GatewayError } from '../../../../lambdas/core/errors';
import { createTestGateway, hello, KEY, type Script, simpleChat, withoutEvents } from '../support/ports';
import { serve, type ServedGateway } from '../support/serve';

let server: ServedGateway;
let script: Script = hello;

beforeAll(async () => {
  server = await serve(createTestGateway((request, signal) => script(request, signal)));
});
afterAll(() => server.close());
beforeEach(() => {
  script = hello;
});

function client(apiKey = KEY): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${server.url}/v1`, maxRetries: 0 });
}

const chat = { model: 'small-1', messages: [{ role: 'user' as const, content: 'Hi' }] };

test('plain', async () => {
  const completion = await client().chat.completions.create(chat);
  expect(completion.choices[0]?.message.content).toBe('Hello world');
  expect(completion.usage?.total_tokens).toBe(19);
});

test('stream', async () => {
  const texts: string[] = [];
  for await (const chunk of await client().chat.completions.create({ ...chat, stream: true }))
    texts.push(chunk.choices[0]?.delta.content ?? '');
  expect(texts.join('')).toBe('Hello world');
});

test('stream with usage, collected by the client itself', async () => {
  const completion = await client()
    .chat.completions.stream({ ...chat, stream_options: { include_usage: true } })
    .finalChatCompletion();
  expect(completion.choices[0]?.message.content).toBe('Hello world');
  expect(completion.usage).toMatchObject({ prompt_tokens: 15, completion_tokens: 4 });
});

test('models', async () => {
  const models = await client().models.list();
  expect(models.data.map(({ id }) => id)).toEqual(['small-1', 'usual', 'auto']);
  expect((await client().models.retrieve('small-1')).id).toBe('small-1');
});

test.each([
  ['a wrong key', () => client('sk-wrong').models.list(), AuthenticationError, 'invalid_api_key'],
  ['an unknown model', () => client().chat.completions.create({ ...chat, model: 'x' }), NotFoundError, 'model_not_found'],
  ['an unsupported field', () => client().chat.completions.create({ ...chat, seed: 1 }), BadRequestError, 'unsupported_field'],
  ['a body over the limit', () => client().chat.completions.create({ ...chat, user: 'x'.repeat(100_000) }), APIError, 'request_too_large'],
])('%s is the class that the client has for it', async (_name, call, type, code) => {
  const error = await call().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(type);
  expect(error).toMatchObject({ code, error: { trace_id: expect.any(String) } });
});

test.each([
  ['rate_limit_exceeded', RateLimitError],
  ['model_unavailable', InternalServerError],
  ['model_timeout', InternalServerError],
] as const)('%s is the class that the client has for it', async (code, type) => {
  script = () => withoutEvents(() => Promise.reject(new GatewayError(code, 'no')));
  await expect(client().chat.completions.create(chat)).rejects.toThrow(type);
  await expect(client().chat.completions.create({ ...chat, stream: true })).rejects.toThrow(type);
});

test('a stream that breaks is an error for the client, not an end', async () => {
  script = async function* () {
    yield { type: 'text', text: 'Hel' };
    throw new GatewayError('model_stream_interrupted', 'broke off');
  };
  const read = async () => {
    for await (const _chunk of await client().chat.completions.create({ ...chat, stream: true }));
  };
  await expect(read()).rejects.toMatchObject({ message: expect.stringContaining('broke off') });
});

test('the same chat as in the other tests', () => expect(simpleChat).toEqual(chat));
