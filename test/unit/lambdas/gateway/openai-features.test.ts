import OpenAI, { BadRequestError } from 'openai';
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod';
import * as z from 'zod';
import { createBedrockConverse } from '../../../../lambdas/gateway/adapters/bedrock-converse';
import { createBedrockClient } from '../../../../lambdas/gateway/adapters/bedrock-converse/client';
import { BedrockRuntimeService, type ServedCall } from '../../../../local/services/bedrock';
import { ACCOUNT, ALLOW_ALL, Endpoints, REGION, rolePrincipal } from '../../local/endpoint/harness';
import { createTestGateway, eventsOf, KEY, platform, type TestGateway } from '../support/ports';
import { serve, type ServedGateway } from '../support/serve';
import { models } from './adapters/models';

/** The app, its real adapter and SDK, and the emulator's Bedrock on the wire; asked by OpenAI's own client. */

const endpoints = new Endpoints();
const served: ServedCall[] = [];
let bedrock: ReturnType<typeof createBedrockClient>;
let gateway: TestGateway;
let server: ServedGateway;
let openai: OpenAI;

async function startGateway(perTokenMs: number): Promise<{ readonly client: typeof bedrock; readonly app: TestGateway }> {
  const latency = { firstTokenMs: 0, perTokenMs };
  const service = new BedrockRuntimeService({ accountId: ACCOUNT, region: REGION, latency, onServed: (call) => served.push(call) });
  const endpoint = await endpoints.start([service]);
  const { accessKeyId, secretAccessKey, sessionToken } = endpoint.issueCredentials(rolePrincipal('gateway', ALLOW_ALL));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint.url,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  });
  const client = createBedrockClient();
  // The client reads its credentials and its endpoint from the environment once, with its first call.
  await client.config.credentials();
  await client.config.endpoint?.();
  const adapters = { bedrock: createBedrockConverse(client) };
  return { client, app: createTestGateway(undefined, { adapters, platform: { ...platform, models: [...models] } }) };
}

beforeAll(async () => {
  const started = await startGateway(0);
  bedrock = started.client;
  gateway = started.app;
  server = await serve(gateway);
  openai = new OpenAI({ apiKey: KEY, baseURL: `${server.url}/v1`, maxRetries: 0 });
});
afterAll(async () => {
  server.close();
  bedrock.destroy();
  await endpoints.closeAll();
});

const place = z.object({ city: z.string(), rating: z.int().min(1).max(5), tags: z.array(z.enum(['old', 'new'])) });
const weather = {
  type: 'function',
  function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
} as const;
const ask = (content: string) => [{ role: 'user', content }] as const;

describe.each(['small-1', 'by-tool'])('JSON schema with %s', (model) => {
  // The second takes no strict schemas.
  const { json_schema } = zodResponseFormat(place, 'place');
  const response_format = { type: 'json_schema', json_schema: { ...json_schema, strict: model === 'small-1' } } as const;

  test('plain', async () => {
    const completion = await openai.chat.completions.parse({ model, messages: [...ask('A place')], response_format });
    expect(place.parse(completion.choices[0]?.message.parsed)).toEqual({ city: 'simulated', rating: 1, tags: ['old'] });
    expect(completion.choices[0]).toMatchObject({ finish_reason: 'stop', message: { refusal: null } });
    expect(completion.choices[0]?.message.tool_calls).toBeUndefined();
  });

  test('streamed', async () => {
    const stream = openai.chat.completions.stream({ model, messages: [...ask('A place')], response_format });
    let deltas = 0;
    stream.on('content', () => {
      deltas += 1;
    });
    const { choices } = await stream.finalChatCompletion();
    expect(place.safeParse(choices[0]?.message.parsed)).toMatchObject({ success: true });
    expect(deltas).toBeGreaterThan(2);
  });
});

test('runTools goes round with strict tools of zod', async () => {
  const asked: unknown[] = [];
  const tool = zodFunction({
    name: 'get_weather',
    parameters: z.object({ city: z.string() }),
    function: (input) => {
      asked.push(input);
      return { sky: 'blue' };
    },
  });
  const runner = openai.chat.completions.runTools({ model: 'small-1', messages: [...ask('How is the weather?')], tools: [tool] });
  expect(await runner.finalContent()).toMatch(/The tools answered: get_weather "\{"sky":"blue"\}"/);
  expect(asked).toEqual([{ city: 'simulated' }]);
});

test('a tool that must be called is called, streamed, and nothing is said beside it', async () => {
  const stream = openai.chat.completions.stream({
    model: 'small-1',
    messages: [...ask('Hello')],
    tools: [weather],
    tool_choice: 'required',
  });
  const { choices } = await stream.finalChatCompletion();
  expect(choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: { content: null, tool_calls: [{ type: 'function', function: { name: 'get_weather', arguments: '{"city":"simulated"}' } }] },
  });
});

test('what Bedrock refuses is told with its reason', async () => {
  const messages = [...ask('x')];
  const metadata = {
    model: 'small-1',
    messages,
    tools: [
      {
        ...weather,
        function: { ...weather.function, parameters: { type: 'object', properties: { a: { type: 'string', pattern: '^xyzzy{9}$' } } } },
      },
    ],
  } as const;
  const error = await openai.chat.completions
    .create({ ...metadata, messages, tools: [...metadata.tools], tool_choice: 'required' })
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(BadRequestError);
  expect(error).toMatchObject({ code: 'invalid_request', message: expect.stringContaining('refused the request') });
});

test.each(['plain', 'streamed'])('a caller who leaves, %s: the model is stopped, and the call settled once', async (how) => {
  const { client, app } = await startGateway(20);
  served.length = 0;
  const leaving = new AbortController();
  const asked = app.chat({ model: 'small-1', messages: ask('Hello'), stream: how === 'streamed' }, { signal: leaving.signal });
  if (how === 'plain') setTimeout(() => leaving.abort(), 50);
  const response = await asked;
  if (how === 'streamed') {
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.read();
    leaving.abort();
    const rest: string[] = [];
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read())
      rest.push(new TextDecoder().decode(next.value));
    expect(eventsOf(rest.join('')).at(-1)).toMatchObject({ error: { code: 'request_cancelled' } });
  } else {
    expect(response.status).toBe(499);
  }
  await app.settled();
  client.destroy();
  expect([app.audit.intents.size, app.audit.settlements.size]).toEqual([1, 1]);
  expect([...app.audit.settlements.values()]).toMatchObject([{ status: 'cancelled', error_code: 'request_cancelled' }]);
  expect(served).toEqual([]);
});
