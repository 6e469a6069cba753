import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelEntry } from '../../../../../lambdas/core/platform';
import type { ModelRequest } from '../../../../../lambdas/gateway/adapters/adapter';
import { toChatCompletion } from '../../../../../lambdas/gateway/adapters/openai-compatible/request';
import { parseChatRequest } from '../../../../../lambdas/gateway/openai/parse-request';
import { simpleChat } from '../../support/ports';
import { models } from './models';

const FIXTURES = join(__dirname, 'fixtures');
const cases = readdirSync(FIXTURES)
  .filter((name) => name.endsWith('.in.json'))
  .map((name) => name.replace('.in.json', ''));

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(FIXTURES, name), 'utf8'));
}

function requestOf(body: unknown): ModelRequest {
  const parsed = parseChatRequest(body);
  const model = models.find(({ id }) => id === parsed.model) as ModelEntry;
  return { model, offered: models, body: parsed, maxTokens: parsed.max_completion_tokens ?? 1000 };
}

const translate = (change: object) => toChatCompletion(requestOf({ ...simpleChat, ...change }), 'max_completion_tokens');

/** Of a provider that has no answers by a tool. */
const REFUSED = ['json-schema-by-tool'];

test('there are fixtures', () => expect(cases.length).toBeGreaterThan(10));

test.each(cases.filter((name) => !REFUSED.includes(name)))('%s', (name) => {
  expect(existsSync(join(FIXTURES, `${name}.openai.request.json`))).toBe(true);
  expect(toChatCompletion(requestOf(read(`${name}.in.json`)), 'max_completion_tokens')).toEqual(read(`${name}.openai.request.json`));
});

test.each(REFUSED)('%s is refused', (name) => {
  expect(() => toChatCompletion(requestOf(read(`${name}.in.json`)), 'max_completion_tokens')).toThrow(
    expect.objectContaining({ code: 'unsupported_field', param: 'response_format' }),
  );
});

test('fields that the gateway does not know are passed on', () => {
  const unknown = {
    seed: 7,
    top_k: 5,
    logit_bias: { 1: -100 },
    prediction: { type: 'content', content: 'x' },
    chat_template_kwargs: { a: 1 },
  };
  expect(translate(unknown)).toMatchObject(unknown);
  const message = { role: 'user', content: 'Hi', name: 'Bob', x_unknown: [1] };
  expect(translate({ messages: [message] }).messages).toEqual([message]);
});

test('a field named as a member of every object is passed on as it is', () => {
  const body = JSON.parse(JSON.stringify(simpleChat).replace('{', '{"__proto__":{"n":2},"constructor":1,'));
  const sent = JSON.stringify(toChatCompletion(requestOf(body), 'max_completion_tokens'));
  expect(JSON.parse(sent)).toHaveProperty('constructor', 1);
  expect(sent).toContain('"__proto__":{"n":2}');
});

test('the output limit is sent by the name that the provider knows, whatever the caller called it', () => {
  const request = { ...requestOf({ ...simpleChat, max_tokens: 20 }), maxTokens: 20 };
  expect(toChatCompletion(request, 'max_tokens')).toMatchObject({ max_tokens: 20 });
  expect(toChatCompletion(request, 'max_tokens')).not.toHaveProperty('max_completion_tokens');
  expect(toChatCompletion(request, 'max_completion_tokens')).toMatchObject({ max_completion_tokens: 20 });
  expect(toChatCompletion(request, 'max_completion_tokens')).not.toHaveProperty('max_tokens');
});

test('temperatures up to 2 are passed on', () => expect(translate({ temperature: 2 })).toHaveProperty('temperature', 2));

test('a JSON object without a schema is passed on', () => {
  expect(translate({ response_format: { type: 'json_object' } })).toHaveProperty('response_format', { type: 'json_object' });
});

test('without tools, nothing is said of them', () => {
  const sent = translate({ tools: [], tool_choice: 'auto', parallel_tool_calls: false });
  for (const field of ['tools', 'tool_choice', 'parallel_tool_calls']) expect(sent).not.toHaveProperty(field);
});

const PIXEL = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
const tool = { type: 'function', function: { name: 'f' } };
const strictTool = { type: 'function', function: { name: 'f', strict: true } };
const called = { role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }] };
const result = { role: 'tool', tool_call_id: 'a', content: 'x' };
const user = { role: 'user', content: 'Hi' };
const imagePart = (url: string) => ({ type: 'image_url', image_url: { url } });
const from = (role: string, ...content: unknown[]) => ({ messages: [user, { role, content }] });
const schema = { type: 'json_schema', json_schema: { name: 'place', schema: { type: 'object' } } };

test.each<[string, object, string, RegExp]>([
  ['several choices', { n: 2 }, 'n', /Call once for each answer/],
  ['the best of several', { best_of: 3 }, 'best_of', /Call once/],
  ['storing', { store: true }, 'store', /gateway keeps the record/],
  ['logprobs', { logprobs: true }, 'logprobs', /not supported/],
  ['top logprobs alone', { top_logprobs: 2 }, 'top_logprobs', /Send `logprobs: true` with it/],
  ['another service tier', { service_tier: 'flex' }, 'service_tier', /priced by the default tier/],
  ['sound', { modalities: ['text', 'audio'] }, 'modalities', /Send `\["text"\]`/],
  ['a voice', { audio: { voice: 'x' } }, 'audio', /not supported/],
  ['searches', { web_search_options: {} }, 'web_search_options', /charged by other than tokens/],
  ['functions of old', { functions: [] }, 'functions', /Send `tools`/],
  ['a choice of old', { function_call: 'auto' }, 'function_call', /Send `tool_choice`/],
  ['another model behind', { models: ['dearer'] }, 'models', /not supported/],
  ['another limit', { options: { num_predict: -1 } }, 'options', /not supported/],
  ['an unknown stream option', { stream: true, stream_options: { faster: true } }, 'stream_options.faster', /not supported/],
  ['an effort that the model does not have', { reasoning_effort: 'medium' }, 'reasoning_effort', /Allowed are `low`, `high`/],
  [
    'an image elsewhere',
    from('user', imagePart('http://169.254.169.254/latest')),
    'messages[1].content[0].image_url.url',
    /send the image itself/,
  ],
  ['an image of the assistant', from('assistant', imagePart(PIXEL)), 'messages[1].content[0].type', /Allowed here: `text`\./],
  ['a file', from('user', { type: 'file', file: {} }), 'messages[1].content[0].type', /`text` and `image_url`/],
  ['speech', from('user', { type: 'input_audio' }), 'messages[1].content[0].type', /`text` and `image_url`/],
])('refuses %s by name', (_name, change, param, message) => {
  expect(() => translate(change)).toThrow(
    expect.objectContaining({ code: 'unsupported_field', param, message: expect.stringMatching(message) }),
  );
});

test.each(['picture.png', 'file:///etc/passwd', 'data:image/png;base64,%%%', 'data:text/html;base64,aGk='])(
  'refuses the image %s',
  (url) => {
    expect(() => translate(from('user', imagePart(url)))).toThrow(
      expect.objectContaining({ code: 'invalid_request', param: 'messages[1].content[0].image_url.url' }),
    );
  },
);

describe('refuses what the model cannot do, and names those that can', () => {
  test.each([
    ['tools', 'bare', { tools: [tool] }, 'tools', '`small-1`, `by-tool`'],
    ['tool calls', 'bare', { messages: [user, called, result] }, 'messages[1].tool_calls', '`small-1`, `by-tool`'],
    ['a named tool', 'by-tool', { tools: [tool], tool_choice: tool }, 'tool_choice', '`small-1`'],
    ['strict tools', 'by-tool', { tools: [strictTool] }, 'tools[0].function.strict', '`small-1`'],
    ['one call at a time', 'by-tool', { tools: [tool], parallel_tool_calls: false }, 'parallel_tool_calls', '`small-1`'],
    ['images', 'bare', from('user', imagePart(PIXEL)), 'messages[1].content[0]', '`small-1`, `by-tool`'],
    ['a JSON schema', 'by-tool', { response_format: schema }, 'response_format', '`small-1`'],
    ['a JSON object', 'bare', { response_format: { type: 'json_object' } }, 'response_format', '`small-1`'],
    ['temperature', 'bare', { temperature: 0.5 }, 'temperature', '`small-1`, `by-tool`'],
    ['effort', 'by-tool', { reasoning_effort: 'low' }, 'reasoning_effort', '`small-1`'],
  ])('%s', (_name, model, change, param, others) => {
    const message = expect.stringMatching(new RegExp(`model \`${model}\`.*, or use ${others}\\.$`));
    expect(() => translate({ ...change, model })).toThrow(expect.objectContaining({ code: 'unsupported_field', param, message }));
  });
});
