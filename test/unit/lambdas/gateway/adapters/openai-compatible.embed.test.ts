import type { ServerResponse } from 'node:http';
import type { EmbeddingModelEntry } from '../../../../../lambdas/core/platform';
import type { EmbeddingRequest, ModelAdapter } from '../../../../../lambdas/gateway/adapters/adapter';
import { createOpenAiEmbeddings } from '../../../../../lambdas/gateway/adapters/openai-compatible/embed';
import { startServer, type TestServer } from '../../support/http-server';

const unaborted = new AbortController().signal;
const model: EmbeddingModelEntry = {
  id: 'embedder',
  provider: 'house',
  providerModelId: 'house/embed-large',
  maxInputTokens: 100,
  maxInputsPerCall: 10,
  dimensions: [3],
  inputTypes: false,
  price: { input: 1 },
};
const request: EmbeddingRequest = { model, texts: ['a', 'b'], dimensions: 3, inputType: undefined };

let respond: (response: ServerResponse) => void;
let upstream: TestServer;
let embed: NonNullable<ModelAdapter['embed']>;
beforeAll(async () => {
  upstream = await startServer((_request, response) => respond(response));
  embed = createOpenAiEmbeddings({ baseUrl: `${upstream.url}/v1/`, apiKey: async () => 'sk-key', headers: { 'x-team': 'blue' } });
});
afterAll(() => upstream.close());

function answers(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): void {
  respond = (response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body));
}

const item = (index: number, embedding: unknown) => ({ object: 'embedding', index, embedding });

test('asks with the key, and puts the vectors in order', async () => {
  answers({ object: 'list', data: [item(1, [4, 5, 6]), item(0, [1, 2, 3])], usage: { prompt_tokens: 5, total_tokens: 5 } });
  expect(await embed(request, unaborted)).toEqual({
    vectors: [
      [1, 2, 3],
      [4, 5, 6],
    ],
    inputTokens: 5,
  });
  expect(upstream.received.at(-1)).toMatchObject({
    method: 'POST',
    path: '/v1/embeddings',
    headers: { authorization: 'Bearer sk-key', accept: 'application/json', 'x-team': 'blue', 'content-type': 'application/json' },
  });
  expect(JSON.parse(upstream.received.at(-1)?.body ?? '')).toEqual({
    model: 'house/embed-large',
    input: ['a', 'b'],
    encoding_format: 'float',
  });
});

test('dimensions go to a model that has a choice', async () => {
  answers({ data: [item(0, [1])], usage: { total_tokens: 2 } });
  const answer = await embed({ ...request, texts: ['a'], dimensions: 1, model: { ...model, dimensions: [3, 1] } }, unaborted);
  expect(answer).toEqual({ vectors: [[1]], inputTokens: 2 });
  expect(JSON.parse(upstream.received.at(-1)?.body ?? '')).toMatchObject({ dimensions: 1 });
});

test('without usage and indices', async () => {
  answers({ data: [{ embedding: [1] }, { embedding: [2] }] });
  expect(await embed(request, unaborted)).toEqual({ vectors: [[1], [2]], inputTokens: undefined });
});

test.each([
  '',
  'null',
  '<html>',
  '[]',
  { data: {} },
  { data: [null, null] },
  { data: [item(0, [1]), item(0, [1])] },
  { data: [item(1, [1]), item(2, [1])] },
  { data: [item(0, 'AACAPw=='), item(1, 'AACAPw==')] },
  { data: [item(0, [1]), item(1, [null])] },
])('an answer that has no embeddings in it: %j', async (body) => {
  answers(body);
  await expect(embed(request, unaborted)).rejects.toMatchObject({
    code: 'model_unavailable',
    message: expect.stringContaining('no embeddings'),
  });
});

test.each([
  [429, { error: { message: 'Slow down' } }, 'rate_limit_exceeded', undefined],
  [503, 'down', 'model_unavailable', undefined],
  [404, { error: { message: 'No such model' } }, 'model_unavailable', undefined],
  [400, { error: { message: 'This model supports only 1024 dimensions' } }, 'invalid_request', undefined],
  [400, { error: { message: "This model's maximum context length is 8192 tokens" } }, 'context_length_exceeded', 'input'],
])('%i %j is %s', async (status, body, code, param) => {
  answers(body, status);
  await expect(embed(request, unaborted)).rejects.toMatchObject({ code, param });
});

test('a connection that breaks in the middle is no answer', async () => {
  respond = (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"data":[');
    setImmediate(() => response.destroy());
  };
  await expect(embed(request, unaborted)).rejects.toMatchObject({ code: 'model_unavailable' });
});

test('an abort ends the call with its reason', async () => {
  const controller = new AbortController();
  const reason = new Error('left');
  respond = () => controller.abort(reason);
  await expect(embed(request, controller.signal)).rejects.toBe(reason);
});
