import { GatewayError } from '../../../../lambdas/core/errors';
import type { ModelEvent } from '../../../../lambdas/gateway/adapters/adapter';
import { createTestGateway, eventsOf, simpleChat } from '../support/ports';

/** What a model shows beside its answer: what it thought, and how likely its tokens were. */

const streamed = { ...simpleChat, stream: true };
const logprobs = [{ token: '42', logprob: -0.01, bytes: [52, 50], top_logprobs: [] }];

async function* thoughtful(): AsyncGenerator<ModelEvent> {
  yield { type: 'reasoning', text: '' };
  yield { type: 'reasoning', text: 'Six times' };
  yield { type: 'reasoning', text: ' seven.' };
  yield { type: 'text', text: '42', logprobs };
  yield { type: 'finish', reason: 'stop' };
}

test('stands beside a plain answer', async () => {
  const { choices } = (await (await createTestGateway(thoughtful).chat(simpleChat)).json()) as { choices: unknown[] };
  expect(choices).toEqual([
    {
      index: 0,
      message: { role: 'assistant', content: '42', reasoning_content: 'Six times seven.', refusal: null },
      logprobs: { content: logprobs, refusal: null },
      finish_reason: 'stop',
    },
  ]);
});

test('is streamed as it comes', async () => {
  const events = eventsOf(await (await createTestGateway(thoughtful).chat(streamed)).text()) as {
    choices: { delta: object; logprobs: unknown }[];
  }[];
  expect(events.slice(0, -1).map(({ choices }) => [choices[0]?.delta, choices[0]?.logprobs])).toEqual([
    [{ role: 'assistant', content: '', refusal: null }, null],
    [{ reasoning_content: 'Six times' }, null],
    [{ reasoning_content: ' seven.' }, null],
    [{ content: '42' }, { content: logprobs, refusal: null }],
    [{}, null],
  ]);
});

test('is no part of what the audit trail has the hash of', async () => {
  const hashOf = async (script: () => AsyncGenerator<ModelEvent>) => {
    const gateway = createTestGateway(script);
    await gateway.chat(simpleChat);
    await gateway.settled();
    return [...gateway.audit.settlements.values()][0]?.output_hash;
  };
  const plain = await hashOf(async function* () {
    yield { type: 'text', text: '42' };
    yield { type: 'finish', reason: 'stop' };
  });
  expect(plain).toMatch(/^[0-9a-f]{64}$/);
  expect(await hashOf(thoughtful)).toBe(plain);
});

test('a model that is cut off while it thinks has been paid for, shown or not', async () => {
  const costOf = async (thought: string) => {
    const gateway = createTestGateway(async function* () {
      yield { type: 'reasoning', text: thought };
      throw new GatewayError('model_stream_interrupted', 'Cut.');
    });
    expect((await gateway.chat(simpleChat)).status).toBe(502);
    await gateway.settled();
    return [...gateway.audit.settlements.values()][0];
  };
  // 2 bytes of input are a token; 30 bytes of thought are ten.
  expect(await costOf('')).toMatchObject({ usage: { input_tokens: 1, output_tokens: 0 }, usage_estimated: true, cost_micro_usd: 1 });
  expect(await costOf('x'.repeat(30))).toMatchObject({ usage: { input_tokens: 1, output_tokens: 10 }, cost_micro_usd: 51 });
});
