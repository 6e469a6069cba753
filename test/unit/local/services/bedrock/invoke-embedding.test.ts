import { ServiceError } from '../../../../../local/service';
import { invokeEmbedding } from '../../../../../local/services/bedrock/invoke-embedding';
import { simulatedEmbedding } from '../../../../../local/services/bedrock/simulated-embedding';

const TITAN = 'amazon.titan-embed-text-v2:0';
const COHERE = 'cohere.embed-english-v3';

function invoke(modelId: string, body: unknown) {
  return invokeEmbedding(modelId, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))) as {
    readonly body: Record<string, unknown>;
    readonly inputTokens: number;
  };
}

function near(a: string, b: string): number {
  const [left, right] = [simulatedEmbedding(a, 1_024), simulatedEmbedding(b, 1_024)];
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
}

describe('simulated vectors', () => {
  test('are the same each time, and of the length 1', () => {
    for (const text of ['Hello', '', '!!!', 'Grüße, 世界', 'a '.repeat(10_000)]) {
      const vector = simulatedEmbedding(text, 256);
      expect(vector).toHaveLength(256);
      expect(vector).toEqual(simulatedEmbedding(text, 256));
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    }
  });

  test('are near for texts that share words or parts of them, and else far', () => {
    const text = 'How do I reset my password?';
    expect(near(text, text)).toBeCloseTo(1, 5);
    expect(near(text, 'Resetting a password')).toBeGreaterThan(0.3);
    expect(near(text, 'Resetting a password')).toBeGreaterThan(near(text, 'Opening hours of the cafeteria') + 0.2);
    expect(Math.abs(near('zebra', 'quilt'))).toBeLessThan(0.2);
  });

  test('differ for texts without any word', () => {
    expect(simulatedEmbedding('!', 256)).not.toEqual(simulatedEmbedding('?', 256));
  });
});

test('Titan', () => {
  const { body, inputTokens } = invoke(TITAN, { inputText: 'Hello there', dimensions: 256, normalize: true });
  expect(body).toEqual({ embedding: simulatedEmbedding('Hello there', 256), embeddingsByType: expect.any(Object), inputTextTokenCount: 3 });
  expect(inputTokens).toBe(3);
  expect(invoke(TITAN, { inputText: 'a' }).body.embedding).toHaveLength(1_024);
});

test('Cohere', () => {
  const request = { texts: ['Hello there', 'b'], input_type: 'search_query' };
  const vectors = request.texts.map((text) => simulatedEmbedding(text, 1_024));
  expect(invoke(COHERE, request)).toMatchObject({ body: { response_type: 'embeddings_floats', embeddings: vectors }, inputTokens: 4 });
  expect(invoke(COHERE, { ...request, embedding_types: ['float'] }).body).toMatchObject({
    response_type: 'embeddings_by_type',
    embeddings: { float: vectors },
  });
});

test.each<[string, unknown, RegExp]>([
  [TITAN, '{', /JSON|Expected/i],
  [TITAN, {}, /Expected a string at 'inputText'; received nothing/],
  [TITAN, { inputText: '' }, /#\/inputText: expected minLength: 1/],
  [TITAN, { inputText: 'x'.repeat(50_001) }, /expected maxLength: 50000, actual: 50001/],
  [TITAN, { inputText: 'x'.repeat(32_769) }, /Too many input tokens. Max input tokens: 8192, request input token count: 8193/],
  [TITAN, { inputText: 'a', dimensions: 300 }, /#\/dimensions: 300 is not a valid enum value/],
  [TITAN, { inputText: 'a', texts: [] }, /extraneous key \[texts\] is not permitted/],
  [TITAN, { inputText: 'a', normalize: false }, /does not emulate vectors that are not normalised/],
  [COHERE, { texts: [], input_type: 'search_query' }, /minimum item count: 1, found: 0/],
  [COHERE, { texts: Array.from({ length: 97 }, () => 'a'), input_type: 'search_query' }, /maximum item count: 96, found: 97/],
  [COHERE, { texts: ['a', 'x'.repeat(2_049)], input_type: 'search_query' }, /#\/texts\/1: expected maxLength: 2048, actual: 2049/],
  [COHERE, { texts: ['a'] }, /#\/input_type: undefined is not a valid enum value/],
  [COHERE, { texts: ['a'], input_type: 'image' }, /#\/input_type: image is not/],
  [COHERE, { texts: ['a'], input_type: 'search_query', embedding_types: ['int8'] }, /the embedding type "float" alone/],
  ['cohere.embed-v4:0', { texts: ['a'] }, /received "cohere.embed-v4:0"/],
  ['us.amazon.titan-embed-text-v2:0', { inputText: 'a' }, /emulates InvokeModel of Titan/],
])('%s refuses %j', (model, body, message) => {
  expect(() => invoke(model, body)).toThrow(ServiceError);
  expect(() => invoke(model, body)).toThrow(message);
});
