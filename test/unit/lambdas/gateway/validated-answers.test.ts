import type { AttemptRecord } from '../../../../lambdas/core/audit-record';
import { GatewayError } from '../../../../lambdas/core/errors';
import type { RoutingPolicy } from '../../../../lambdas/core/routing-policy';
import type { FinishReason, ModelEvent, ModelRequest } from '../../../../lambdas/gateway/adapters/adapter';
import { modelOf, platformOf } from '../support/models';
import { createTestGateway, errorOf, eventsOf, type Script, withoutEvents } from '../support/ports';

/** Answers that are held to a schema: checked, repaired, escalated, refused, and charged for every attempt. */

const models = [modelOf('little', 'small', 1_000_000), modelOf('middle', 'mid', 2_000_000), modelOf('great', 'large', 4_000_000)];
const GOOD = '{"total":3}';
const BAD = '{"total":"three"}';

const usage = { inputTokens: 10, outputTokens: 5, cacheReadTokens: 0, cacheWriteTokens: 0 };
async function* says(text: string, reason: FinishReason = 'stop'): AsyncGenerator<ModelEvent> {
  yield { type: 'text', text: text.slice(0, 3) };
  yield { type: 'text', text: text.slice(3) };
  yield { type: 'finish', reason };
  yield { type: 'usage', usage };
}
async function* breaksOff(): AsyncGenerator<ModelEvent> {
  yield { type: 'text', text: '{"tot' };
  throw new GatewayError('model_stream_interrupted', 'It broke off.');
}

const totals = {
  type: 'json_schema',
  json_schema: { name: 'totals', schema: { type: 'object', properties: { total: { type: 'number' } }, required: ['total'] } },
};

function gatewayOf(answers: readonly (() => AsyncIterable<ModelEvent>)[], routing: Partial<RoutingPolicy> = {}) {
  const asked: ModelRequest[] = [];
  const script: Script = (request) => {
    asked.push(request);
    return (answers[asked.length - 1] ?? (() => says(GOOD)))();
  };
  const limits = { maxBodyBytes: 100_000, modelTimeoutMs: 100_000 };
  const gateway = createTestGateway(script, { platform: { ...platformOf(models, routing), limits } }, () => undefined);
  async function chat(change: object = {}) {
    const messages = [{ role: 'user', content: 'Hi' }];
    const response = await gateway.chat({
      model: 'auto',
      task_type: 'extraction',
      messages,
      response_format: totals,
      max_tokens: 100,
      ...change,
    });
    const text = await response.clone().text();
    await gateway.settled();
    const settlement = [...gateway.audit.settlements.values()].at(-1);
    return {
      response,
      text,
      settlement,
      intent: [...gateway.audit.intents.values()].at(-1),
      attempts: settlement?.attempts?.map(({ model, outcome }: AttemptRecord) => `${model} ${outcome}`),
      trail: settlement?.decision_trail?.map(({ step, model, because }) => `${step} ${model} ${because}`),
    };
  }
  return { asked, chat, gateway };
}

const contentOf = (text: string, isStream: boolean): string =>
  isStream
    ? eventsOf(text.replaceAll(/^:.*\n\n/gm, ''))
        .map((event) => (event as { choices?: { delta?: { content?: string } }[] }).choices?.[0]?.delta?.content ?? '')
        .join('')
    : ((JSON.parse(text) as { choices: { message: { content: string } }[] }).choices[0]?.message.content ?? '');

describe.each([{ stream: false }, { stream: true }])('%j', (form) => {
  test('an answer that holds is given as it is', async () => {
    const { asked, chat } = gatewayOf([]);
    const { response, text, attempts, trail } = await chat(form);
    expect([response.status, contentOf(text, form.stream), asked.length]).toEqual([200, GOOD, 1]);
    expect([attempts, trail]).toEqual([['little ok'], undefined]);
  });

  test('one that does not is repaired by the model that gave it', async () => {
    const { asked, chat } = gatewayOf([() => says(BAD)]);
    const { text, settlement, attempts, trail } = await chat(form);
    expect(contentOf(text, form.stream)).toBe(GOOD);
    expect(text).not.toContain('three');
    expect(attempts).toEqual(['little invalid', 'little ok']);
    expect(trail).toEqual(['repair little output_validation_failed']);
    expect(settlement?.attempts?.[0]).toMatchObject({
      error_code: 'output_validation_failed',
      violations: ['total: type'],
      cost_micro_usd: 15,
    });
    expect(settlement).toMatchObject({ status: 'ok', error_code: undefined, cost_micro_usd: 30 });
    expect(asked[1]?.body.messages).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: BAD },
      { role: 'user', content: expect.stringContaining('- total: Instance type "string" is invalid. Expected "number".') },
    ]);
  });

  test('one that is not repaired comes from a model of the next tier', async () => {
    const { asked, chat } = gatewayOf([() => says(BAD), () => says('no JSON')]);
    const { text, settlement, attempts, trail } = await chat(form);
    expect(contentOf(text, form.stream)).toBe(GOOD);
    expect(attempts).toEqual(['little invalid', 'little invalid', 'middle ok']);
    expect(trail).toEqual(['repair little output_validation_failed', 'escalate middle output_validation_failed']);
    expect(asked[2]?.body.messages).toEqual([{ role: 'user', content: 'Hi' }]);
    expect(settlement).toMatchObject({ model: 'middle', cost_micro_usd: 15 + 15 + 30 });
  });

  test('when none holds the answer is refused, with what is wrong with it and what it cost', async () => {
    const { chat, gateway } = gatewayOf([() => says(BAD), () => says(BAD), () => says('{}')]);
    const { response, text, settlement, attempts, intent } = await chat(form);
    expect(attempts).toEqual(['little invalid', 'little invalid', 'middle invalid']);
    const error = {
      type: 'output_validation_error',
      code: 'output_validation_failed',
      param: 'response_format',
      message: expect.stringMatching(/^The answer of model `middle` .* after 3 attempts: .*"total"/),
      violations: [{ path: '', keyword: 'required', message: expect.any(String) }],
    };
    if (form.stream) {
      const events = eventsOf(text.replaceAll(/^:.*\n\n/gm, ''));
      expect(events).toEqual([
        { error: expect.objectContaining(error), x_blueprint: expect.objectContaining({ cost_usd: 0.00006, attempts: 3 }) },
      ]);
    } else {
      expect(response.status).toBe(422);
      expect(await errorOf(response)).toMatchObject(error);
      expect(response.headers.get('x-blueprint-cost-usd')).toBe('0.000060');
      expect(response.headers.get('x-blueprint-attempts')).toBe('3');
    }
    expect(text).not.toContain('three');
    expect(settlement).toMatchObject({ status: 'error', error_code: 'output_validation_failed', cost_micro_usd: 60 });
    expect(intent?.worst_case_cost_micro_usd).toBeGreaterThan(60);
    expect(gateway.requestLine()).toMatchObject({ error_code: 'output_validation_failed', attempts: 3, cost_micro_usd: 60 });
  });

  test('a model that breaks off is followed by another, since nothing was shown of it', async () => {
    const { chat } = gatewayOf([breaksOff], { aliases: { both: ['little', 'middle'] } });
    const { text, settlement, attempts, trail } = await chat({ ...form, model: 'both' });
    expect(contentOf(text, form.stream)).toBe(GOOD);
    expect(attempts).toEqual(['little error', 'middle ok']);
    expect(trail).toEqual(['fall_back middle model_stream_interrupted']);
    // 5 bytes out, 3 to a token, and 1 token in for "Hi" and the schema's 92 bytes: charged, though thrown away.
    expect(settlement?.attempts?.[0]).toMatchObject({ usage_estimated: true });
    expect(settlement?.attempts?.[0]?.cost_micro_usd).toBeGreaterThan(0);
  });

  test('what was cut off at its limit is refused at once: it would be again', async () => {
    const { asked, chat } = gatewayOf([() => says('{"total":', 'length')]);
    const { response, text } = await chat(form);
    expect(asked).toHaveLength(1);
    expect(text).toContain('The answer was cut off at its limit of 100 tokens');
    expect(text).toContain('output_validation_failed');
    expect(response.status).toBe(form.stream ? 200 : 422);
  });

  test('what the model refuses to say is an error, not an answer', async () => {
    const { chat } = gatewayOf([() => says('I cannot say.', 'content_filter')]);
    const { text, settlement } = await chat(form);
    expect(text).toContain('"code":"content_filter"');
    expect(text).not.toContain('I cannot say.');
    expect(settlement).toMatchObject({ status: 'error', error_code: 'content_filter', cost_micro_usd: 15 });
  });

  test('no further attempt is made that might cost more than the ceiling', async () => {
    const { asked, chat } = gatewayOf([() => says(BAD)]);
    // One attempt of the smallest model at its worst is 100 tokens out and about 1,300 in: 1,4xx micro-dollars; a repair is dearer.
    const { text, intent } = await chat({ ...form, max_cost_usd: 0.0016 });
    expect(asked).toHaveLength(1);
    expect(text).toContain('output_validation_failed');
    expect(intent?.worst_case_cost_micro_usd).toBe(1_600);
  });

  test('JSON without a schema has to be an object', async () => {
    const { chat } = gatewayOf([() => says('[1]'), () => says('{"a":1}')]);
    const { text, attempts } = await chat({ ...form, response_format: { type: 'json_object' } });
    expect(contentOf(text, form.stream)).toBe('{"a":1}');
    expect(attempts).toEqual(['little invalid', 'little ok']);
  });

  test('a call of a tool is no answer yet', async () => {
    async function* calls(): AsyncGenerator<ModelEvent> {
      yield { type: 'tool_call', index: 0, id: 'call_1', name: 'look' };
      yield { type: 'tool_arguments', index: 0, text: '{}' };
      yield { type: 'finish', reason: 'tool_calls' };
    }
    const { chat } = gatewayOf([calls]);
    const { text, attempts } = await chat({ ...form, tools: [{ type: 'function', function: { name: 'look' } }] });
    expect(text).toContain('"call_1"');
    expect(attempts).toEqual(['little ok']);
  });
});

test('as often as the policy says', async () => {
  const none = gatewayOf([() => says(BAD)], { validation: { maxRepairs: 0, maxEscalations: 0 } });
  expect((await none.chat()).attempts).toEqual(['little invalid']);
  const twice = gatewayOf(
    [BAD, BAD, BAD, BAD].map((text) => () => says(text)),
    { validation: { maxRepairs: 1, maxEscalations: 2 } },
  );
  expect((await twice.chat()).attempts).toEqual(['little invalid', 'little invalid', 'middle invalid', 'great invalid']);
});

test('a model that is named is not replaced by a larger one', async () => {
  const { chat } = gatewayOf([() => says(BAD), () => says(BAD)]);
  const { response, attempts } = await chat({ model: 'little' });
  expect([response.status, attempts]).toEqual([422, ['little invalid', 'little invalid']]);
});

test('when the model that is asked again fails altogether, a larger one is asked', async () => {
  const fails = () => withoutEvents(() => Promise.reject(new GatewayError('model_unavailable', 'It is down.')));
  const { chat } = gatewayOf([() => says(BAD), fails]);
  const { text, attempts, trail } = await chat();
  expect(contentOf(text, false)).toBe(GOOD);
  expect(attempts).toEqual(['little invalid', 'little error', 'middle ok']);
  expect(trail).toEqual(['repair little output_validation_failed', 'escalate middle model_unavailable']);
});

test('a stream says which model answers in its chunks, and nothing before', async () => {
  const { chat } = gatewayOf([() => says(BAD), () => says(BAD)]);
  const { response, text } = await chat({ stream: true });
  expect(response.headers.get('x-blueprint-model')).toBeNull();
  expect(text.startsWith(': held back')).toBe(true);
  expect(eventsOf(text.replaceAll(/^:.*\n\n/gm, ''))[0]).toMatchObject({ model: 'middle' });
});

test('a stream that is held back says so every fifteen seconds', async () => {
  jest.useFakeTimers();
  try {
    async function* slow(): AsyncGenerator<ModelEvent> {
      yield { type: 'text', text: GOOD };
      for (let pause = 0; pause < 4; pause += 1) {
        await new Promise((resolve) => setTimeout(resolve, 9_000));
        yield { type: 'text', text: ' ' };
      }
      yield { type: 'finish', reason: 'stop' };
    }
    const { gateway } = gatewayOf([slow]);
    const body = { model: 'little', messages: [{ role: 'user', content: 'Hi' }], response_format: totals, stream: true };
    const read = gateway.chat(body).then(async (response) => response.text());
    await jest.advanceTimersByTimeAsync(60_000);
    // Once when the model begins, and for the two times that 15 s pass.
    expect((await read).match(/^: /gm)).toHaveLength(3);
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});

test.each<[string, object, string]>([
  ['a reference that leads nowhere', { type: 'object', properties: { a: { $ref: '#/$defs/a' } } }, 'leads nowhere'],
  ['a pattern that is none', { type: 'object', properties: { a: { type: 'string', pattern: '\\p{Nothing}' } } }, 'Unicode mode'],
])('%s is refused before any model is asked', async (_name, schema, message) => {
  const { asked, chat } = gatewayOf([]);
  const { response } = await chat({ response_format: { type: 'json_schema', json_schema: { name: 'a', schema } } });
  expect([response.status, await errorOf(response)]).toMatchObject([
    400,
    { code: 'invalid_request', param: 'response_format.json_schema.schema', message: expect.stringContaining(message) },
  ]);
  expect(asked).toHaveLength(0);
});
