import type { ModelEntry } from '../../../../lambdas/core/platform';
import { imageCount, inputBytes, worstCaseCostMicroUsd } from '../../../../lambdas/gateway/worst-case';
import { platform, simpleChat } from '../support/ports';

const model = { ...(platform.models[0] as ModelEntry), price: { input: 1_000_000, output: 0 } };
/** At a dollar per million tokens in and nothing out, the worst case is the number of input tokens. */
const worstInput = (change: object) =>
  worstCaseCostMicroUsd({ model, offered: [model], body: { ...simpleChat, ...change } as never, maxTokens: 1 });
const tool = { type: 'function', function: { name: 'f', description: 'Tells the hour' } };
const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(10_000)}` } };
const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{"city":"Rome"}' } };
const schema = { type: 'json_schema', json_schema: { name: 'place', schema: { type: 'object' } } };
const bytes = (value: unknown) => JSON.stringify(value).length;

test('text alone', () => expect(worstInput({})).toBe(2 + 64 + 16));

test('tools: all that is said of them, and what providers say besides', () => {
  expect(worstInput({ tools: [tool, tool] })).toBe(82 + bytes([tool, tool]) + 1024 + 2 * 64);
});

test('a schema', () => {
  expect(worstInput({ response_format: schema })).toBe(82 + bytes(schema.json_schema) + 1024 + 64);
});

test('calls and their results', () => {
  const messages = [...simpleChat.messages, { role: 'assistant', tool_calls: [call] }, { role: 'tool', tool_call_id: 'a', content: 'Sun' }];
  expect(worstInput({ messages })).toBe(82 + 2 * 16 + bytes([call]) + 3 + 1024 + 64);
});

test('images by their number and not by their bytes', () => {
  const body = { ...simpleChat, messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }, image, image] }] } as never;
  expect([imageCount(body), inputBytes(body)]).toEqual([2, 2]);
  expect(worstInput(body)).toBe(82 + 2 * 8192);
});
