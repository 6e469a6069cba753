import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { BadRequestError, NotFoundError, RateLimitError } from 'openai';
import { unmarshalItem } from '../../lambdas/core/attribute-values';
import { MODEL, startPlatform, type TestPlatform } from '../helpers/platform';

/** Embeddings by an unmodified client, from the real template: permissions, wire, records. */

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

const TITAN = 'titan-embed-text-v2';
const COHERE = 'cohere-embed-english-v3';

function cosine(a: readonly number[] = [], b: readonly number[] = []): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0) / (Math.hypot(...a) * Math.hypot(...b));
}

test.each([
  { model: TITAN, attempts: 3 },
  { model: COHERE, attempts: 1 },
])('$model: texts that are alike are near, by the client’s own decoding', async ({ model, attempts }) => {
  const input = ['How do I reset my password?', 'Resetting a password', 'Opening hours of the cafeteria'];
  const { data, response } = await platform.openai.embeddings.create({ model, input }).withResponse();
  const [question, answer, other] = data.data.map(({ embedding }) => embedding);
  expect(data.data.map(({ index, embedding }) => [index, embedding.length])).toEqual([0, 1, 2].map((index) => [index, 1_024]));
  expect(cosine(question, answer)).toBeGreaterThan(cosine(question, other) + 0.2);
  expect(data).toMatchObject({ object: 'list', model });
  expect(data.usage.prompt_tokens).toBeGreaterThan(0);
  expect(data.usage.total_tokens).toBe(data.usage.prompt_tokens);
  expect(response.headers.get('x-blueprint-attempts')).toBe(String(attempts));
});

test('floats, a single text, fewer dimensions, a user', async () => {
  const create = (encoding_format?: 'float') =>
    platform.openai.embeddings.create({ model: TITAN, input: 'Hello there', dimensions: 256, user: 'u-1', encoding_format });
  const [decoded, floats] = [await create(), await create('float')];
  expect(floats.data[0]?.embedding).toHaveLength(256);
  // The emulator's numbers have 32 bits: nothing is lost on the way.
  expect([...(decoded.data[0]?.embedding ?? [])]).toEqual(floats.data[0]?.embedding);
});

test('a question and what answers it are embedded as what they are, where a model makes a difference', async () => {
  const body = { model: COHERE, input: 'Hello', input_type: 'search_query' };
  expect((await platform.request('/v1/embeddings', { body })).status).toBe(200);
  const refused = await platform.request('/v1/embeddings', { body: { ...body, model: TITAN } });
  expect([refused.status, await refused.json()]).toMatchObject([400, { error: { code: 'unsupported_field', param: 'input_type' } }]);
});

test('many texts: as many calls as the model needs, one charge, one record', async () => {
  const input = Array.from({ length: 250 }, (_, index) => `Text number ${index}`);
  const { data, response } = await platform.openai.embeddings.create({ model: COHERE, input, encoding_format: 'float' }).withResponse();
  const single = await platform.openai.embeddings.create({ model: COHERE, input: 'Text number 217', encoding_format: 'float' });
  expect(data.data[217]?.embedding).toEqual(single.data[0]?.embedding);
  const id = response.headers.get('x-blueprint-trace-id') ?? '';
  const record = (await (await platform.request(`/v1/calls/${id}`, { method: 'GET' })).json()) as Record<string, object>;
  // A dollar for ten million tokens.
  const cost = Math.ceil(data.usage.prompt_tokens / 10);
  expect(record.intent).toMatchObject({
    operation: 'embeddings',
    input_count: 250,
    route: { provider_model_id: 'cohere.embed-english-v3' },
  });
  expect(record.settlement).toMatchObject({
    status: 'ok',
    cost_micro_usd: cost,
    usage: { input_tokens: data.usage.prompt_tokens, output_tokens: 0 },
    usage_estimated: false,
    attempts: [{ outcome: 'ok', calls: 3 }],
    output_hash: expect.any(String),
  });
  expect(Number(response.headers.get('x-blueprint-cost-usd'))).toBe(cost / 1e6);
});

test('both kinds of models are listed', async () => {
  const ids = (await platform.openai.models.list()).data.map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining([MODEL, TITAN, COHERE]));
});

test('bad input, as the client’s own errors', async () => {
  const { embeddings } = platform.openai;
  const cases = [
    [embeddings.create({ model: 'nobody', input: 'a' }), NotFoundError, { code: 'model_not_found', param: 'model' }],
    [embeddings.create({ model: MODEL, input: 'a' }), BadRequestError, { code: 'invalid_request', param: 'model' }],
    [embeddings.create({ model: TITAN, input: '' }), BadRequestError, { code: 'invalid_request', param: 'input' }],
    [embeddings.create({ model: TITAN, input: [] }), BadRequestError, { code: 'invalid_request', param: 'input' }],
    [embeddings.create({ model: TITAN, input: [1, 2] }), BadRequestError, { code: 'unsupported_field', param: 'input' }],
    [embeddings.create({ model: TITAN, input: 'a', dimensions: 300 }), BadRequestError, { code: 'invalid_request', param: 'dimensions' }],
    // Known to the provider alone: by its tokens, and by its characters.
    [embeddings.create({ model: TITAN, input: 'x'.repeat(40_000) }), BadRequestError, { code: 'context_length_exceeded', param: 'input' }],
    [embeddings.create({ model: COHERE, input: 'x'.repeat(3_000) }), BadRequestError, { code: 'invalid_request' }],
  ] as const;
  for (const [call, type, members] of cases) {
    const error: unknown = await call.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject(members);
  }
  const chat = platform.openai.chat.completions.create({ model: TITAN, messages: [{ role: 'user', content: 'Hi' }] });
  await expect(chat).rejects.toMatchObject({ status: 400, code: 'invalid_request', param: 'model' });
});

test('a model that throttles', async () => {
  const remove = platform.emulator.world.endpoint.faults.add({ service: 'bedrock', operation: 'InvokeModel', kind: 'throttled' });
  const call = platform.openai.embeddings.create({ model: TITAN, input: 'a' });
  await expect(call).rejects.toBeInstanceOf(RateLimitError);
  remove();
  expect((await platform.openai.embeddings.create({ model: TITAN, input: 'a' })).data).toHaveLength(1);
});

test('limits hold for embeddings too: the worst case is held, the cost settled, and what might exceed a budget refused', async () => {
  const tenant = 'embedding-tenant';
  await platform.limitTenant(tenant, { microUsdPerMonth: 20, tokensPerMinute: 10_000 });
  const key = await platform.createKey(tenant);
  const ask = (input: string) => platform.request('/v1/embeddings', { key, body: { model: COHERE, input } });
  // 100 bytes and 16 around them are 12 micro-dollars at worst; the emulator makes 25 tokens of them, which are 3.
  const first = await ask('x'.repeat(100));
  expect([first.status, first.headers.get('x-ratelimit-limit-tokens'), first.headers.get('x-ratelimit-remaining-tokens')]).toEqual([
    200,
    '10000',
    '9884',
  ]);
  expect((await ask('x'.repeat(100))).status).toBe(200);
  const refused = await ask('x'.repeat(150));
  expect([refused.status, await refused.json()]).toMatchObject([429, { error: { code: 'insufficient_quota' } }]);
  const { Items = [] } = await platform.dynamodb.send(
    new ScanCommand({ TableName: platform.emulator.output('LedgerTable'), ConsistentRead: true }),
  );
  const month = Items.map(unmarshalItem).find(({ pk, sk }) => pk === `ACCOUNT#tenant#${tenant}` && String(sk).startsWith('MONTH#'));
  expect(month).toMatchObject({ used: 6, spent: 6, inflight: 0 });
});
