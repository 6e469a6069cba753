import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import type { ServerResponse } from 'node:http';
import type { EmbeddingModelEntry } from '../../../../../lambdas/core/platform';
import type { EmbeddingRequest, ModelAdapter } from '../../../../../lambdas/gateway/adapters/adapter';
import { createBedrockClient } from '../../../../../lambdas/gateway/adapters/bedrock-converse/client';
import { createBedrockEmbeddings } from '../../../../../lambdas/gateway/adapters/bedrock-embeddings';
import { sendException } from '../../support/bedrock';
import { startServer, type TestServer } from '../../support/http-server';

const unaborted = new AbortController().signal;

function modelOf(providerModelId: string, change: Partial<EmbeddingModelEntry> = {}): EmbeddingModelEntry {
  return {
    id: 'embedder',
    provider: 'bedrock',
    providerModelId,
    maxInputTokens: 100,
    maxInputsPerCall: 96,
    dimensions: [4],
    inputTypes: true,
    price: { input: 1 },
    ...change,
  };
}

const titan: EmbeddingRequest = {
  model: modelOf('amazon.titan-embed-text-v2:0', { maxInputsPerCall: 1, dimensions: [4, 2] }),
  texts: ['Grüße'],
  dimensions: 2,
  inputType: undefined,
};
const cohere: EmbeddingRequest = { model: modelOf('cohere.embed-english-v3'), texts: ['a', 'b'], dimensions: 4, inputType: undefined };

let respond: (response: ServerResponse) => void;
let server: TestServer;
let client: BedrockRuntimeClient;
let embed: NonNullable<ModelAdapter['embed']>;
beforeAll(async () => {
  server = await startServer((_request, response) => respond(response));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: server.url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  client = createBedrockClient();
  embed = createBedrockEmbeddings(client);
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

function answers(body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  respond = (response) =>
    void response
      .writeHead(200, { 'content-type': 'application/json', ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body));
}

const sent = (): unknown => JSON.parse(server.received.at(-1)?.body ?? '');

test('Titan: one text in its own format, and its own count of tokens', async () => {
  answers(
    { embedding: [0.6, 0.8], embeddingsByType: { float: [0.6, 0.8] }, inputTextTokenCount: 3 },
    { 'x-amzn-bedrock-input-token-count': '9' },
  );
  expect(await embed(titan, unaborted)).toEqual({ vectors: [[0.6, 0.8]], inputTokens: 3 });
  expect(server.received.at(-1)).toMatchObject({
    method: 'POST',
    path: '/model/amazon.titan-embed-text-v2%3A0/invoke',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
  });
  expect(sent()).toEqual({ inputText: 'Grüße', dimensions: 2, normalize: true });
});

test('Cohere: many texts at once, tokens from the header', async () => {
  answers(
    {
      id: '1',
      embeddings: {
        float: [
          [1, 2],
          [3, 4],
        ],
      },
      response_type: 'embeddings_by_type',
    },
    { 'x-amzn-bedrock-input-token-count': '7' },
  );
  const expected = {
    vectors: [
      [1, 2],
      [3, 4],
    ],
    inputTokens: 7,
  };
  expect(await embed(cohere, unaborted)).toEqual(expected);
  expect(server.received.at(-1)?.path).toBe('/model/cohere.embed-english-v3/invoke');
  expect(sent()).toEqual({ texts: ['a', 'b'], input_type: 'search_document', truncate: 'NONE', embedding_types: ['float'] });
  answers(
    {
      embeddings: [
        [1, 2],
        [3, 4],
      ],
      response_type: 'embeddings_floats',
    },
    { 'x-amzn-bedrock-input-token-count': '7' },
  );
  expect(await embed({ ...cohere, inputType: 'search_query' }, unaborted)).toEqual(expected);
  expect(sent()).toMatchObject({ input_type: 'search_query' });
});

test('Cohere: dimensions for a model that has a choice, called through a profile', async () => {
  answers({ embeddings: { float: [[1], [2]] } });
  const model = modelOf('us.cohere.embed-v4:0', { dimensions: [1_536, 256] });
  expect(await embed({ ...cohere, model, dimensions: 256 }, unaborted)).toEqual({ vectors: [[1], [2]], inputTokens: undefined });
  expect(sent()).toMatchObject({ output_dimension: 256 });
});

test.each(['-1', '1.5', 'NaN', 'many', '1e400'])('a count of tokens that is none (%j) is as good as none', async (count) => {
  answers({ embeddings: [[1], [2]] }, { 'x-amzn-bedrock-input-token-count': count });
  expect((await embed(cohere, unaborted)).inputTokens).toBeUndefined();
});

test.each([
  '',
  'null',
  '[]',
  '<html>',
  { embedding: [] },
  { embedding: [1, null] },
  { embedding: ['1'] },
  { embedding: '1' },
  { inputTextTokenCount: 4 },
])('an answer without a vector: %j', async (body) => {
  answers(body);
  await expect(embed(titan, unaborted)).rejects.toMatchObject({ code: 'model_unavailable' });
});

test.each([null, { embeddings: null }, { embeddings: { int8: [[1]] } }, { embeddings: [[1], [Infinity]] }, { embeddings: [[1], 'x'] }])(
  'an answer without vectors: %j',
  async (body) => {
    answers(body);
    await expect(embed(cohere, unaborted)).rejects.toMatchObject({ code: 'model_unavailable' });
  },
);

test.each([
  [429, 'ThrottlingException', 'Too many requests', 'rate_limit_exceeded', undefined],
  [503, 'ServiceUnavailableException', 'Later', 'model_unavailable', undefined],
  [424, 'ModelErrorException', 'The model failed', 'model_unavailable', undefined],
  [403, 'AccessDeniedException', 'No', 'internal_error', undefined],
  [400, 'ValidationException', 'Malformed input request: #/texts/0: expected maxLength: 2048, actual: 3000', 'invalid_request', undefined],
  [
    400,
    'ValidationException',
    '400 Bad Request: Too many input tokens. Max input tokens: 8192, request input token count: 9000',
    'context_length_exceeded',
    'input',
  ],
])('%i %s is %s', async (status, name, message, code, param) => {
  respond = (response) => sendException(response, status, name, message);
  await expect(embed(cohere, unaborted)).rejects.toMatchObject({ code, param });
});

test('a model whose format is not known is a mistake of ours', async () => {
  const before = server.received.length;
  await expect(embed({ ...cohere, model: modelOf('amazon.titan-embed-image-v1') }, unaborted)).rejects.toMatchObject({
    code: 'internal_error',
  });
  expect(server.received).toHaveLength(before);
});

test('an abort ends the call with its reason', async () => {
  const controller = new AbortController();
  const reason = new Error('left');
  respond = () => controller.abort(reason);
  await expect(embed(cohere, controller.signal)).rejects.toBe(reason);
});
