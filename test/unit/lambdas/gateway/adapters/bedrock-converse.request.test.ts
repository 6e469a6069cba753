import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelEntry } from '../../../../../lambdas/core/platform';
import type { ModelRequest } from '../../../../../lambdas/gateway/adapters/adapter';
import { toConverse } from '../../../../../lambdas/gateway/adapters/bedrock-converse/request';
import { parseChatRequest } from '../../../../../lambdas/gateway/openai/parse-request';
import { simpleChat } from '../../support/ports';
import { models } from './models';

const FIXTURES = join(__dirname, 'fixtures');
const cases = readdirSync(FIXTURES)
  .filter((name) => name.endsWith('.bedrock.request.json'))
  .map((name) => name.replace('.bedrock.request.json', ''));

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(FIXTURES, name), 'utf8'));
}

function requestOf(body: unknown): ModelRequest {
  const parsed = parseChatRequest(body);
  const model = models.find(({ id }) => id === parsed.model) as ModelEntry;
  return { model, offered: models, body: parsed, maxTokens: parsed.max_completion_tokens ?? 1000 };
}

/** As on the wire: bytes in base64. */
function wire(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(wire);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, wire(member)]));
}

test('there are fixtures', () => expect(cases.length).toBeGreaterThan(10));

test.each(cases)('%s', (name) => {
  expect(wire(toConverse(requestOf(read(`${name}.in.json`))))).toEqual(read(`${name}.bedrock.request.json`));
});

const PIXEL = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
const user = { role: 'user', content: 'Hi' };
const tool = { type: 'function', function: { name: 'f' } };
const call = (id: string, args = '{}') => ({ id, type: 'function', function: { name: 'f', arguments: args } });
const calls = (...tool_calls: unknown[]) => ({ role: 'assistant', tool_calls });
const result = (tool_call_id: string, more: object = {}) => ({ role: 'tool', tool_call_id, content: 'x', ...more });
const roundTrip = [user, calls(call('a')), result('a')];
const userParts = (...content: unknown[]) => ({ role: 'user', content });
const imagePart = (url: string) => ({ type: 'image_url', image_url: { url } });
const format = { type: 'json_schema', json_schema: { name: 'place', schema: { type: 'object' } } };

test.each([
  ['temperature above the range', { temperature: 1.5 }, 'temperature', /takes 0 to 1; received 1\.5/],
  ['a JSON object of no schema', { response_format: { type: 'json_object' } }, 'response_format.type', /Send `json_schema`/],
  ['a seed', { seed: 1 }, 'seed', /leave it out/],
  ['another service tier', { service_tier: 'flex' }, 'service_tier', /price table has the default tier alone/],
  ['functions of old', { functions: [] }, 'functions', /Send `tools`/],
  ['sound', { modalities: ['text', 'audio'] }, 'modalities', /not supported/],
  ['an effort that the model does not have', { reasoning_effort: 'medium' }, 'reasoning_effort', /Allowed are `low`, `high`\./],
  ['a member of a tool', { tools: [{ ...tool, cache_control: {} }] }, 'tools[0].cache_control', /not supported/],
  [
    'a member of a function',
    { tools: [{ type: 'function', function: { ...tool.function, x: 1 } }] },
    'tools[0].function.x',
    /not supported/,
  ],
  ['a member of a format', { response_format: { ...format, x: 1 } }, 'response_format.x', /not supported/],
  ['several choices', { n: 2 }, 'n', /not supported/],
  ['storing', { store: true }, 'store', /not supported/],
  ['logprobs', { logprobs: true }, 'logprobs', /not supported/],
  ['a penalty', { frequency_penalty: 0.5 }, 'frequency_penalty', /not supported/],
  ['an unknown field', { top_k: 5 }, 'top_k', /model `small-1`/],
  ['a field named as a member of every object', { constructor: 1 }, 'constructor', /not supported/],
  ['an unknown stream option', { stream: true, stream_options: { faster: true } }, 'stream_options.faster', /not supported/],
  ['a name', { messages: [{ ...user, name: 'Bob' }] }, 'messages[0].name', /not supported/],
  [
    'an image elsewhere',
    { messages: [userParts({ type: 'image_url', image_url: { url: 'https://example.com/a.png' } })] },
    'messages[0].content[0].image_url.url',
    /fetches nothing: send the image itself, as `data:image\/png;base64,…`/,
  ],
  [
    'an image of another kind',
    { messages: [userParts(imagePart('data:image/svg+xml;base64,PHN2Zy8+'))] },
    'messages[0].content[0].image_url.url',
    /Allowed are image\/png, .*; received image\/svg\+xml/,
  ],
  [
    'an image in low detail',
    { messages: [userParts({ type: 'image_url', image_url: { url: PIXEL, detail: 'low' } })] },
    'messages[0].content[0].image_url.detail',
    /Send `auto`/,
  ],
  [
    'an image of the assistant',
    { messages: [user, { role: 'assistant', content: [imagePart(PIXEL)] }] },
    'messages[1].content[0].type',
    /Allowed here: `text`\./,
  ],
  ['a file', { messages: [userParts({ type: 'file', file: {} })] }, 'messages[0].content[0].type', /Allowed here: `text` and `image_url`/],
  [
    'a cache marker',
    { messages: [{ role: 'user', content: [{ type: 'text', text: 'x', cache_control: {} }] }] },
    'messages[0].content[0].cache_control',
    /not supported/,
  ],
  ['tool calls of a user', { messages: [{ ...user, tool_calls: [call('a')] }] }, 'messages[0].tool_calls', /not supported/],
  ['a refusal', { messages: [user, { role: 'assistant', refusal: 'No.' }] }, 'messages[1].refusal', /not supported/],
  [
    'no more tool calls after some',
    { messages: roundTrip, tools: [tool], tool_choice: 'none' },
    'tool_choice',
    /cannot be kept from making more: send `auto`/,
  ],
  ['a late system message', { messages: [user, { role: 'system', content: 'x' }] }, 'messages[1].role', /must come before all others/],
])('refuses %s by name', (_name, change, param, message) => {
  expect(() => toConverse(requestOf({ ...simpleChat, ...change }))).toThrow(
    expect.objectContaining({ code: 'unsupported_field', param, message: expect.stringMatching(message) }),
  );
});

test('refuses a field named __proto__', () => {
  const body = JSON.parse(JSON.stringify(simpleChat).replace('{', '{"__proto__":{"x":1},'));
  expect(() => toConverse(requestOf(body))).toThrow(expect.objectContaining({ code: 'unsupported_field', param: '__proto__' }));
});

test.each([
  ['nothing but system messages', [{ role: 'system', content: 'x' }], 'messages', /no message from `user`/],
  ['an assistant first', [{ role: 'assistant', content: 'x' }, user], 'messages[0].role', /must begin with a message from `user`/],
  ['an empty message', [{ role: 'user', content: '' }], 'messages[0].content', /is empty/],
  ['a message without content', [user, { role: 'assistant' }], 'messages[1].content', /is empty/],
  ['blank text', [user, { role: 'assistant', content: [{ type: 'text', text: ' \n' }] }], 'messages[1].content[0]', /white space/],
])('refuses %s', (_name, messages, param, message) => {
  expect(() => toConverse(requestOf({ ...simpleChat, messages }))).toThrow(
    expect.objectContaining({ code: 'invalid_request', param, message: expect.stringMatching(message) }),
  );
});

test.each([
  [
    'a tool call without its result',
    [user, calls(call('a'), call('b')), result('a'), user],
    'messages[1].tool_calls[1]',
    /has no result: next must come a message from `tool` with `tool_call_id` `b`/,
  ],
  ['a tool call at the end', [user, calls(call('a'))], 'messages[1].tool_calls[0]', /has no result/],
  [
    'an assistant between call and result',
    [user, calls(call('a')), { role: 'assistant', content: 'x' }, result('a')],
    'messages[1].tool_calls[0]',
    /has no result/,
  ],
  ['a result without its call', [user, result('a')], 'messages[1].tool_call_id', /no such tool call/],
  ['a result twice', [...roundTrip, result('a')], 'messages[3].tool_call_id', /no such tool call without a result/],
  ['a result of no call in particular', [user, calls(call('a')), { role: 'tool', content: 'x' }], 'messages[2].tool_call_id', /is missing/],
  ['a result by another name', [user, calls(call('a')), result('a', { name: 'g' })], 'messages[2].name', /must be the tool's, `f`/],
  ['an id twice', [user, calls(call('a'), call('a'))], 'messages[1].tool_calls[1].id', /is `a` again/],
  ['an id that Bedrock refuses', [user, calls(call('a.b'))], 'messages[1].tool_calls[0].id', /1 to 64 letters/],
  ['arguments that are no JSON', [user, calls(call('a', '{'))], 'messages[1].tool_calls[0].function.arguments', /is not valid JSON/],
  [
    'arguments that are no object',
    [user, calls(call('a', '[1]'))],
    'messages[1].tool_calls[0].function.arguments',
    /must be the JSON of an object/,
  ],
  [
    'arguments without a bottom',
    [user, calls(call('a', '['.repeat(500) + ']'.repeat(500)))],
    'messages[1].tool_calls[0].function.arguments',
    /nested too deeply/,
  ],
  ['a result first', [result('a')], 'messages[0].role', /must begin with a message from `user`/],
  [
    'an image that is no base64',
    [userParts(imagePart('data:image/png;base64,%%%%'))],
    'messages[0].content[0].image_url.url',
    /not valid base64/,
  ],
  [
    'an image that is not what it says',
    [userParts(imagePart(PIXEL.replace('png', 'jpeg')))],
    'messages[0].content[0].image_url.url',
    /says image\/jpeg, and its bytes are png/,
  ],
  [
    'an image that is none',
    [userParts(imagePart('data:image/png;base64,aGVsbG8='))],
    'messages[0].content[0].image_url.url',
    /none of the formats allowed/,
  ],
  ['a URL that is none', [userParts(imagePart('picture.png'))], 'messages[0].content[0].image_url.url', /send it as `data:image/],
  [
    'too large an image',
    [userParts(imagePart(`data:image/png;base64,${Buffer.alloc(3_932_161).toString('base64')}`))],
    'messages[0].content[0].image_url.url',
    /has 3932161 bytes; at most 3932160/,
  ],
  [
    'too many images',
    [userParts(...Array.from({ length: 11 }, () => imagePart(PIXEL))), userParts(...Array.from({ length: 10 }, () => imagePart(PIXEL)))],
    'messages[1]',
    /21 images; at most 20/,
  ],
])('refuses %s', (_name, messages, param, message) => {
  expect(() => toConverse(requestOf({ ...simpleChat, messages, tools: [tool] }))).toThrow(
    expect.objectContaining({ code: 'invalid_request', param, message: expect.stringMatching(message) }),
  );
});

test('refuses a conversation with tool calls and no tools', () => {
  expect(() => toConverse(requestOf({ ...simpleChat, messages: roundTrip }))).toThrow(
    expect.objectContaining({ code: 'invalid_request', param: 'tools', message: expect.stringMatching(/send the tools/) }),
  );
});

describe('refuses what the model cannot do, and names those that can', () => {
  const strict = { ...format, json_schema: { ...format.json_schema, strict: true } };
  test.each([
    ['tools', 'bare', { tools: [tool] }, 'tools', '`small-1`, `by-tool`'],
    ['tool calls', 'bare', { messages: roundTrip }, 'messages[1].tool_calls', '`small-1`, `by-tool`'],
    ['a named tool', 'by-tool', { tools: [tool], tool_choice: tool }, 'tool_choice', '`small-1`'],
    ['strict tools', 'by-tool', { tools: [{ ...tool, function: { name: 'f', strict: true } }] }, 'tools[0].function.strict', '`small-1`'],
    ['one call at a time', 'by-tool', { tools: [tool], parallel_tool_calls: false }, 'parallel_tool_calls', '`small-1`'],
    ['images', 'bare', { messages: [userParts(imagePart(PIXEL))] }, 'messages[0].content[0]', '`small-1`, `by-tool`'],
    ['a JSON schema', 'bare', { response_format: format }, 'response_format', '`small-1`, `by-tool`'],
    ['a strict JSON schema', 'by-tool', { response_format: strict }, 'response_format.json_schema.strict', '`small-1`'],
    ['a JSON schema beside tools', 'by-tool', { response_format: format, tools: [tool] }, 'response_format', '`small-1`'],
    ['temperature', 'bare', { temperature: 0.5 }, 'temperature', '`small-1`, `by-tool`'],
    ['top_p', 'bare', { top_p: 0.5 }, 'top_p', '`small-1`, `by-tool`'],
    ['temperature and top_p at once', 'by-tool', { temperature: 0.5, top_p: 0.5 }, 'top_p', '`small-1`'],
    ['effort', 'by-tool', { reasoning_effort: 'low' }, 'reasoning_effort', '`small-1`'],
  ])('%s', (_name, model, change, param, others) => {
    expect(() => toConverse(requestOf({ ...simpleChat, ...change, model }))).toThrow(
      expect.objectContaining({
        code: 'unsupported_field',
        param,
        message: expect.stringMatching(new RegExp(`model \`${model}\`.*, or use ${others}\\.$`)),
      }),
    );
  });

  test('or says that none can', () => {
    const alone = { ...requestOf({ ...simpleChat, model: 'bare', response_format: format }), offered: [] };
    expect(() => toConverse(alone)).toThrow('Leave it out: no model here does.');
  });
});
