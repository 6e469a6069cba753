import { bytesOf, embeddingList } from '../../../../../lambdas/gateway/openai/embedding-list';
import { parseEmbeddingRequest } from '../../../../../lambdas/gateway/openai/embedding-request';

const body = { model: 'embedder', input: 'Hello' };

test.each<[object, object]>([
  [body, body],
  [
    { ...body, input: ['a', 'b'] },
    { ...body, input: ['a', 'b'] },
  ],
  [{ ...body, dimensions: null, user: null, encoding_format: null }, body],
  [
    {
      ...body,
      dimensions: 256,
      encoding_format: 'base64',
      user: 'u',
      input_type: 'search_query',
      max_cost_usd: 0.01,
      metadata: { service: 's' },
    },
    {
      ...body,
      dimensions: 256,
      encoding_format: 'base64',
      user: 'u',
      input_type: 'search_query',
      max_cost_usd: 0.01,
      metadata: { service: 's' },
    },
  ],
  [
    { ...body, input: Array.from({ length: 2_048 }, () => 'a') },
    { ...body, input: Array.from({ length: 2_048 }, () => 'a') },
  ],
])('taken: %j', (sent, expected) => {
  expect(parseEmbeddingRequest(sent)).toEqual(expected);
});

test.each<[unknown, string, string | undefined, string]>([
  [null, 'invalid_request', undefined, 'The body must be a JSON object; received null.'],
  [[], 'invalid_request', undefined, 'The body must be a JSON object; received an array.'],
  [{ input: 'a' }, 'invalid_request', 'model', '`model` is missing: it must be a string.'],
  [{ model: 'm' }, 'invalid_request', 'input', '`input` is missing: it must be a string or an array.'],
  [{ ...body, input: '' }, 'invalid_request', 'input', '`input` must be a string of at least 1 characters; received "".'],
  [{ ...body, input: [] }, 'invalid_request', 'input', '`input` must be an array of at least 1 elements; received an empty array.'],
  [{ ...body, input: ['a', ''] }, 'invalid_request', 'input[1]', '`input[1]` must be a string of at least 1 characters; received "".'],
  [{ ...body, input: ['a', null] }, 'invalid_request', 'input[1]', '`input[1]` must be a string; received null.'],
  [{ ...body, input: 7 }, 'invalid_request', 'input', '`input` must be a string or an array; received 7.'],
  [
    { ...body, input: Array.from({ length: 2_049 }, () => 'a') },
    'invalid_request',
    'input',
    '`input` must be an array of at most 2048 elements; received an array of 2049.',
  ],
  [{ ...body, input: [1, 2, 3] }, 'unsupported_field', 'input', expect.stringContaining('tokens are not supported')],
  [{ ...body, input: [[1], [2]] }, 'unsupported_field', 'input', expect.stringContaining('tokens are not supported')],
  [
    { ...body, input: [{ type: 'image_url', image_url: { url: 'data:' } }] },
    'unsupported_field',
    'input',
    expect.stringContaining('images and other content are not supported'),
  ],
  [{ ...body, dimensions: 0 }, 'invalid_request', 'dimensions', '`dimensions` must be more than 0; received 0.'],
  [{ ...body, dimensions: 1.5 }, 'invalid_request', 'dimensions', '`dimensions` must be an integer; received 1.5.'],
  [
    { ...body, encoding_format: 'int8' },
    'invalid_request',
    'encoding_format',
    '`encoding_format` must be one of "float", "base64"; received "int8".',
  ],
  [{ ...body, max_cost_usd: -1 }, 'invalid_request', 'max_cost_usd', '`max_cost_usd` must be more than 0; received -1.'],
  [{ ...body, stream: true }, 'unsupported_field', 'stream', '`stream` is not supported with embeddings. Leave it out.'],
])('refused: %j', (sent, code, param, message) => {
  expect(() => parseEmbeddingRequest(sent)).toThrow(expect.objectContaining({ code, param, message }));
});

test('base64 is of four bytes for each number, little-endian', () => {
  expect([...bytesOf([1, -2])]).toEqual([0, 0, 128, 63, 0, 0, 0, 192]);
  expect(embeddingList('m', [[1]], 3, 'base64')).toEqual({
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding: 'AACAPw==' }],
    model: 'm',
    usage: { prompt_tokens: 3, total_tokens: 3 },
  });
});
