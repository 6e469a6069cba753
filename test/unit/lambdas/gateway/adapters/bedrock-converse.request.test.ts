import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelEntry } from '../../../../../lambdas/core/platform';
import type { ModelRequest } from '../../../../../lambdas/gateway/adapters/adapter';
import { toConverse } from '../../../../../lambdas/gateway/adapters/bedrock-converse/request';
import { parseChatRequest } from '../../../../../lambdas/gateway/openai/parse-request';
import { platform, simpleChat } from '../../support/ports';

const FIXTURES = join(__dirname, 'fixtures');
const cases = readdirSync(FIXTURES)
  .filter((name) => name.endsWith('.in.json'))
  .map((name) => name.replace('.in.json', ''));

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(FIXTURES, name), 'utf8'));
}

function requestOf(body: unknown): ModelRequest {
  const parsed = parseChatRequest(body);
  return { model: platform.models[0] as ModelEntry, body: parsed, maxTokens: parsed.max_completion_tokens ?? 1000 };
}

test('there are fixtures', () => expect(cases.length).toBeGreaterThan(2));

test.each(cases)('%s', (name) => {
  expect(toConverse(requestOf(read(`${name}.in.json`)))).toEqual(read(`${name}.bedrock.request.json`));
});

const user = { role: 'user', content: 'Hi' };

test.each([
  ['temperature above the range', { temperature: 1.5 }, 'temperature', /takes 0 to 1; received 1\.5/],
  ['tools', { tools: [{ type: 'function', function: { name: 'f' } }] }, 'tools', /`tools` is not supported/],
  ['a JSON schema', { response_format: { type: 'json_schema', json_schema: {} } }, 'response_format', /not supported/],
  ['a seed', { seed: 1 }, 'seed', /not supported/],
  ['several choices', { n: 2 }, 'n', /not supported/],
  ['storing', { store: true }, 'store', /not supported/],
  ['logprobs', { logprobs: true }, 'logprobs', /not supported/],
  ['a penalty', { frequency_penalty: 0.5 }, 'frequency_penalty', /not supported/],
  ['an unknown field', { top_k: 5 }, 'top_k', /model `small-1`/],
  ['a field named as a member of every object', { constructor: 1 }, 'constructor', /not supported/],
  ['an unknown stream option', { stream: true, stream_options: { faster: true } }, 'stream_options.faster', /not supported/],
  ['a name', { messages: [{ ...user, name: 'Bob' }] }, 'messages[0].name', /not supported/],
  [
    'an image',
    { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] },
    'messages[0].content[0].type',
    /Allowed is `text`/,
  ],
  [
    'a cache marker',
    { messages: [{ role: 'user', content: [{ type: 'text', text: 'x', cache_control: {} }] }] },
    'messages[0].content[0].cache_control',
    /not supported/,
  ],
  ['a tool result', { messages: [user, { role: 'tool', content: 'x' }] }, 'messages[1].role', /Allowed are/],
  ['tool calls', { messages: [user, { role: 'assistant', tool_calls: [] }] }, 'messages[1].tool_calls', /not supported/],
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
