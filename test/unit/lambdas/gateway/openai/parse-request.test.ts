import { GatewayError } from '../../../../../lambdas/core/errors';
import { parseChatRequest } from '../../../../../lambdas/gateway/openai/parse-request';
import { prepare } from '../../../../../lambdas/gateway/stages/prepare';

const withParameters = (parameters: unknown) => ({ type: 'function', function: { name: 'f', parameters } });
const valid = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };

function problemOf(body: unknown): { readonly message: string; readonly param: string | undefined; readonly code: string } {
  try {
    parseChatRequest(body);
  } catch (error) {
    if (error instanceof GatewayError) return { message: error.message, param: error.param, code: error.code };
    throw error;
  }
  throw new Error('accepted');
}

test.each([
  ['no object', 'text', undefined, 'The body must be a JSON object; received a string.'],
  ['an array', [], undefined, 'The body must be a JSON object; received an array.'],
  ['null', null, undefined, 'The body must be a JSON object; received null.'],
  ['no model', { messages: valid.messages }, 'model', '`model` is missing: it must be a string.'],
  ['a model of another type', { ...valid, model: 5 }, 'model', '`model` must be a string; received 5.'],
  ['an empty model', { ...valid, model: '' }, 'model', '`model` must be a string of at least 1 characters; received "".'],
  ['no messages', { model: 'm' }, 'messages', '`messages` is missing: it must be an array.'],
  [
    'empty messages',
    { ...valid, messages: [] },
    'messages',
    '`messages` must be an array of at least 1 elements; received an empty array.',
  ],
  ['a message that is a string', { ...valid, messages: ['Hi'] }, 'messages[0]', '`messages[0]` must be an object; received "Hi".'],
  [
    'no role',
    { ...valid, messages: [{ content: 'Hi' }] },
    'messages[0].role',
    '`messages[0].role` is missing: it must be one of "system", "developer", "user", "assistant", "tool".',
  ],
  [
    'an unknown role',
    { ...valid, messages: [{ role: 'wizard', content: 'Hi' }] },
    'messages[0].role',
    '`messages[0].role` must be one of "system", "developer", "user", "assistant", "tool"; received "wizard".',
  ],
  [
    'content of another type',
    { ...valid, messages: [{ role: 'user', content: 5 }] },
    'messages[0].content',
    '`messages[0].content` must be a string or an array; received 5.',
  ],
  [
    'a part without text',
    { ...valid, messages: [{ role: 'user', content: [{ type: 'text' }] }] },
    'messages[0].content[0].text',
    '`messages[0].content[0].text` is missing: it must be a string.',
  ],
  [
    'a part that is a string',
    { ...valid, messages: [{ role: 'user', content: ['Hi'] }] },
    'messages[0].content[0]',
    '`messages[0].content[0]` must be an object; received "Hi".',
  ],
  [
    'no parts',
    { ...valid, messages: [{ role: 'user', content: [] }] },
    'messages[0].content',
    '`messages[0].content` must be an array of at least 1 elements; received an empty array.',
  ],
  ['a high temperature', { ...valid, temperature: 2.1 }, 'temperature', '`temperature` must be at most 2; received 2.1.'],
  ['a negative temperature', { ...valid, temperature: -1 }, 'temperature', '`temperature` must be at least 0; received -1.'],
  [
    'an infinite temperature',
    { ...valid, temperature: JSON.parse('1e999') },
    'temperature',
    '`temperature` must be a number; received Infinity.',
  ],
  ['no tokens', { ...valid, max_tokens: 0 }, 'max_tokens', '`max_tokens` must be more than 0; received 0.'],
  [
    'half a token',
    { ...valid, max_completion_tokens: 1.5 },
    'max_completion_tokens',
    '`max_completion_tokens` must be an integer; received 1.5.',
  ],
  [
    'five stops',
    { ...valid, stop: ['a', 'b', 'c', 'd', 'e'] },
    'stop',
    '`stop` must be an array of at most 4 elements; received an array of 5.',
  ],
  ['stream as text', { ...valid, stream: 'true' }, 'stream', '`stream` must be a boolean; received "true".'],
  [
    'options without a stream',
    { ...valid, stream_options: { include_usage: true } },
    'stream_options',
    'stream_options is allowed only with `"stream": true`.',
  ],
  [
    'two limits',
    { ...valid, max_tokens: 1, max_completion_tokens: 2 },
    'max_tokens',
    'max_tokens is the old name of max_completion_tokens: send one of them.',
  ],
  ['metadata that is no text', { ...valid, metadata: { a: 1 } }, 'metadata.a', '`metadata.a` must be a string; received 1.'],
  [
    'too much metadata',
    { ...valid, metadata: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, 'v'])) },
    'metadata',
    '`metadata` must be at most 16 pairs; received an object.',
  ],
  [
    'a tool of another type',
    { ...valid, tools: [{ type: 'web_search' }] },
    'tools[0].type',
    '`tools[0].type` must be "function"; received "web_search".',
  ],
  [
    'a tool with a blank in its name',
    { ...valid, tools: [{ type: 'function', function: { name: 'a b' } }] },
    'tools[0].function.name',
    '`tools[0].function.name` must be 1 to 64 letters, digits, "_" or "-"; received "a b".',
  ],
  [
    'a tool whose schema is not one',
    { ...valid, tools: [withParameters({ type: 'object', properties: { a: { type: 'text' } } })] },
    'tools[0].function.parameters.properties.a.type',
    '`tools[0].function.parameters.properties.a.type` must be one of "string", "number", "integer", "boolean", "object", "array", "null", or an array of them; received "text".',
  ],
  [
    'a tool whose arguments are no object',
    { ...valid, tools: [withParameters({ type: 'array' })] },
    'tools[0].function.parameters.type',
    '`tools[0].function.parameters.type` must be "object"; received "array".',
  ],
  [
    'two tools of one name',
    { ...valid, tools: [withParameters({}), withParameters({})] },
    'tools[1].function.name',
    '`tools[1].function.name` is `f` again: give each tool a name of its own.',
  ],
  [
    'a choice among no tools',
    { ...valid, tool_choice: 'required' },
    'tool_choice',
    '`tool_choice` asks for a tool and there is none: send `tools` too.',
  ],
  [
    'a choice of a tool that is not there',
    { ...valid, tools: [withParameters({})], tool_choice: { type: 'function', function: { name: 'g' } } },
    'tool_choice.function.name',
    '`tool_choice.function.name` must be one of the tools `f`; received `g`.',
  ],
  [
    'a choice of another kind',
    { ...valid, tools: [withParameters({})], tool_choice: 'any' },
    'tool_choice',
    '`tool_choice` must be one of "none", "auto", "required" or an object; received "any".',
  ],
  [
    'a response format of another type',
    { ...valid, response_format: { type: 'yaml' } },
    'response_format.type',
    '`response_format.type` must be one of "text", "json_object", "json_schema"; received "yaml".',
  ],
  [
    'a response format without its schema',
    { ...valid, response_format: { type: 'json_schema' } },
    'response_format.json_schema',
    '`response_format.json_schema` is missing: it must be an object.',
  ],
  [
    'a schema without a name',
    { ...valid, response_format: { type: 'json_schema', json_schema: { schema: {} } } },
    'response_format.json_schema.name',
    '`response_format.json_schema.name` is missing: it must be a string.',
  ],
  [
    'an image without a URL',
    { ...valid, messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
    'messages[0].content[0].image_url',
    '`messages[0].content[0].image_url` is missing: it must be an object.',
  ],
])('%s', (_name, body, param, message) => {
  expect(problemOf(body)).toEqual({ code: 'invalid_request', param, message });
});

test('a long value is shown in part', () => {
  expect(problemOf({ ...valid, temperature: 'x'.repeat(1000) }).message).toMatch(/^.{1,120}… \(1002 characters\)\.$/);
});

test('null is absent, in the request, its messages and its stream options; elsewhere it stays', () => {
  const messages = [{ role: 'user', content: 'Hi', name: null }];
  const body = { ...valid, messages, stop: null, tools: null, stream: true, stream_options: { include_usage: null }, other: { a: null } };
  expect(parseChatRequest(body)).toEqual({ ...valid, stream: true, stream_options: {}, other: { a: null } });
});

test('unknown fields survive', () => {
  const body = { ...valid, top_k: 5, messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }], extra: [1] }] };
  expect(parseChatRequest(body)).toEqual(body);
});

test.each([
  ['', 'The body is empty: send a JSON object.'],
  ['{"model": ', /^The body is not valid JSON: /],
])('%p is not JSON', (text, message) => {
  expect(() => prepare(text)).toThrow(message);
});

test('the same request has the same hash, however it is written', () => {
  const [a, b, c] = [
    '{"model":"m","messages":[{"role":"user","content":"é"}]}',
    '{ "messages": [{"content":"\\u00e9","role":"user"}], "model":"m" }',
    '{"model":"m","messages":[{"role":"user","content":"e"}]}',
  ].map((text) => prepare(text).inputHash);
  expect(a).toBe(b);
  expect(a).not.toBe(c);
});
