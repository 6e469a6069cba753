import { type ModelEvents, type NextEvents, OVER } from '../../../../lambdas/gateway/adapters/adapter';
import { createTestGateway, hello } from '../support/ports';

/** What a model says with its last events: that nothing follows them. */

const text: ModelEvents = [{ type: 'text', text: 'Hello' }];
const finish: ModelEvents = [
  { type: 'usage', usage: { inputTokens: 4, outputTokens: 2, cacheReadTokens: 0, cacheWriteTokens: 0 } },
  { type: 'finish', reason: 'stop' },
];

/** A gateway whose model says these, and how often it was asked for more. */
function gatewayOf(...said: readonly NextEvents[]) {
  const asked = { times: 0 };
  const left = [...said];
  const iterator = {
    async next(): Promise<NextEvents> {
      asked.times += 1;
      return left.shift() ?? OVER;
    },
  };
  const adapter = { check: () => undefined, stream: () => ({ [Symbol.asyncIterator]: () => iterator }) };
  return { gateway: createTestGateway(() => hello(), { adapters: { bedrock: adapter } }), asked };
}

const forms = [{ stream: false }, { stream: true }];
const chatOf = (form: object) => ({ model: 'small-1', messages: [{ role: 'user', content: 'Hi' }], ...form });

test.each(forms)('nobody asks for more after the last ones: %j', async (form) => {
  const { gateway, asked } = gatewayOf({ done: false, value: text }, { done: false, value: finish, isLast: true });
  const response = await gateway.chat(chatOf(form));
  expect(await response.text()).toContain('Hello');
  await gateway.settled();
  expect(asked.times).toBe(2);
  expect([...gateway.audit.settlements.values()]).toEqual([expect.objectContaining({ status: 'ok', finish_reason: 'stop' })]);
});

test.each(forms)('last ones without a finish are shown, and the answer was cut: %j', async (form) => {
  const { gateway } = gatewayOf({ done: false, value: text, isLast: true });
  const response = await gateway.chat(chatOf(form));
  const body = await response.text();
  expect(body).toContain('model_stream_interrupted');
  if (form.stream) expect(body).toContain('Hello');
  await gateway.settled();
  expect([...gateway.audit.settlements.values()]).toEqual([
    expect.objectContaining({ status: 'error', error_code: 'model_stream_interrupted' }),
  ]);
});

test('an answer that is held to a schema is held back to its last events', async () => {
  const json: ModelEvents = [{ type: 'text', text: '{"a":1}' }];
  const { gateway, asked } = gatewayOf({ done: false, value: json }, { done: false, value: finish, isLast: true });
  const response_format = { type: 'json_schema', json_schema: { name: 'a', schema: { type: 'object', required: ['a'] } } };
  const response = await gateway.chat(chatOf({ response_format }));
  expect(await response.text()).toContain('{\\"a\\":1}');
  expect(asked.times).toBe(2);
});
