import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelEntry } from '../../../../../lambdas/core/platform';
import type { ModelRequest } from '../../../../../lambdas/gateway/adapters/adapter';
import { toMessages } from '../../../../../lambdas/gateway/adapters/anthropic-messages/request';
import { parseChatRequest } from '../../../../../lambdas/gateway/openai/parse-request';
import { simpleChat } from '../../support/ports';
import { models } from './models';

const FIXTURES = join(__dirname, 'fixtures');
const cases = readdirSync(FIXTURES)
  .filter((name) => name.endsWith('.anthropic.request.json'))
  .map((name) => name.replace('.anthropic.request.json', ''));

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(FIXTURES, name), 'utf8'));
}

function requestOf(body: unknown): ModelRequest {
  const parsed = parseChatRequest(body);
  const model = models.find(({ id }) => id === parsed.model) as ModelEntry;
  return { model, offered: models, body: parsed, maxTokens: parsed.max_completion_tokens ?? 1000 };
}

test('there are fixtures', () => expect(cases.length).toBeGreaterThan(10));

test.each(cases)('%s', (name) => {
  expect(toMessages(requestOf(read(`${name}.in.json`)))).toEqual(read(`${name}.anthropic.request.json`));
});

test('a user longer than the API takes is left to the audit record', () => {
  expect(toMessages(requestOf({ ...simpleChat, user: 'u'.repeat(256) })).metadata).toEqual({ user_id: 'u'.repeat(256) });
  expect(toMessages(requestOf({ ...simpleChat, user: 'u'.repeat(257) })).metadata).toBeUndefined();
});

test("a schema's own description stands", () => {
  const schema = { type: 'object', description: 'Its own' };
  const response_format = { type: 'json_schema', json_schema: { name: 'place', description: 'A place', schema } };
  expect(toMessages(requestOf({ ...simpleChat, response_format })).output_config).toEqual({ format: { type: 'json_schema', schema } });
});

const user = { role: 'user', content: 'Hi' };
const tool = { type: 'function', function: { name: 'f' } };
const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } };
const marked = (cache_control: unknown, text = 'x') => ({ messages: [{ role: 'user', content: [{ type: 'text', text, cache_control }] }] });
const format = { type: 'json_schema', json_schema: { name: 'place', schema: { type: 'object' } } };

test.each([
  ['temperature above the range', { temperature: 1.5 }, 'temperature', /takes 0 to 1; received 1\.5/],
  ['a JSON object of no schema', { response_format: { type: 'json_object' } }, 'response_format.type', /Send `json_schema`/],
  ['a seed', { seed: 1 }, 'seed', /leave it out/],
  ['logprobs', { logprobs: true }, 'logprobs', /not supported/],
  ['an unknown field', { top_k: 5 }, 'top_k', /model `small-1`/],
  ['thinking by another name', { thinking: { type: 'enabled' } }, 'thinking', /not supported/],
  ['an effort that the model does not have', { reasoning_effort: 'medium' }, 'reasoning_effort', /Allowed are `low`, `high`\./],
  ['a stop of white space', { stop: ['END', ' \n'] }, 'stop', /more than white space/],
  ['a name', { messages: [{ ...user, name: 'Bob' }] }, 'messages[0].name', /not supported/],
  ['a late system message', { messages: [user, { role: 'system', content: 'x' }] }, 'messages[1].role', /must come before all others/],
  ['a marked tool', { tools: [{ ...tool, cache_control: { type: 'ephemeral' } }] }, 'tools[0].cache_control', /not supported/],
  ['a marker that is no object', marked(true), 'messages[0].content[0].cache_control', /Allowed is `{"type":"ephemeral"}`/],
  ['another marker', marked({ type: 'persistent' }), 'messages[0].content[0].cache_control.type', /Allowed is/],
  ['a marker for an hour', marked({ type: 'ephemeral', ttl: '1h' }), 'messages[0].content[0].cache_control.ttl', /price of `5m` alone/],
  ['a member of a marker', marked({ type: 'ephemeral', x: 1 }), 'messages[0].content[0].cache_control.x', /not supported/],
])('refuses %s by name', (_name, change, param, message) => {
  expect(() => toMessages(requestOf({ ...simpleChat, ...change }))).toThrow(
    expect.objectContaining({ code: 'unsupported_field', param, message: expect.stringMatching(message) }),
  );
});

test.each([
  ['nothing but system messages', { messages: [{ role: 'system', content: 'x' }] }, 'messages', /no message from `user`/],
  ['an assistant first', { messages: [{ role: 'assistant', content: 'x' }, user] }, 'messages[0].role', /must begin with/],
  ['a marked text without text', marked({ type: 'ephemeral' }, ''), 'messages[0].content[0]', /needs text/],
  [
    'more markers than the API takes',
    { messages: Array.from({ length: 5 }, () => marked({ type: 'ephemeral' }).messages[0]) },
    'messages',
    /5 `cache_control` markers; at most 4/,
  ],
  [
    'a tool call without its result',
    { messages: [user, { role: 'assistant', tool_calls: [call] }] },
    'messages[1].tool_calls[0]',
    /no result/,
  ],
  [
    'tool calls without tools',
    { messages: [user, { role: 'assistant', tool_calls: [call] }, { role: 'tool', tool_call_id: 'a', content: 'x' }] },
    'tools',
    /send the tools/,
  ],
])('refuses %s', (_name, change, param, message) => {
  expect(() => toMessages(requestOf({ ...simpleChat, ...change }))).toThrow(
    expect.objectContaining({ code: 'invalid_request', param, message: expect.stringMatching(message) }),
  );
});

describe('refuses what the model cannot do, and names those that can', () => {
  test.each([
    ['tools', 'bare', { tools: [tool] }, 'tools', '`small-1`, `by-tool`'],
    ['a named tool', 'by-tool', { tools: [tool], tool_choice: tool }, 'tool_choice', '`small-1`'],
    ['one call at a time', 'by-tool', { tools: [tool], parallel_tool_calls: false }, 'parallel_tool_calls', '`small-1`'],
    ['a JSON schema', 'bare', { response_format: format }, 'response_format', '`small-1`, `by-tool`'],
    ['a JSON schema beside tools', 'by-tool', { response_format: format, tools: [tool] }, 'response_format', '`small-1`'],
    ['temperature and top_p at once', 'by-tool', { temperature: 0.5, top_p: 0.5 }, 'top_p', '`small-1`'],
    ['effort', 'by-tool', { reasoning_effort: 'low' }, 'reasoning_effort', '`small-1`'],
  ])('%s', (_name, model, change, param, others) => {
    expect(() => toMessages(requestOf({ ...simpleChat, ...change, model }))).toThrow(
      expect.objectContaining({
        code: 'unsupported_field',
        param,
        message: expect.stringMatching(new RegExp(`model \`${model}\`.*, or use ${others}\\.$`)),
      }),
    );
  });
});
