import type { AttemptRecord } from '../../../../lambdas/core/audit-record';
import { sha256Hex } from '../../../../lambdas/core/canonical-json';
import { GatewayError } from '../../../../lambdas/core/errors';
import type { RoutingPolicy } from '../../../../lambdas/core/routing-policy';
import type { ModelEvent, ModelRequest } from '../../../../lambdas/gateway/adapters/adapter';
import { degradedAnswer } from '../../../../lambdas/gateway/stages/degrade';
import { modelOf, platformOf } from '../support/models';
import { createTestGateway, eventsOf, hello, type Script, untilAborted, withoutEvents } from '../support/ports';

/** Retries, fallback, timeouts, breakers and static answers, on a clock that the tests set. */

beforeEach(() => {
  jest.useFakeTimers();
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

const models = [modelOf('first', 'small', 1_000_000), modelOf('second', 'small', 2_000_000), modelOf('third', 'mid', 3_000_000)];
const policy: Partial<RoutingPolicy> = {
  aliases: { both: ['first', 'second'] },
  retry: { maxAttempts: 3, baseDelayMs: 100, maxDelayMs: 1_000, maxRetryAfterMs: 5_000 },
  timeouts: { firstTokenMs: 2_000, idleMs: 500 },
  breaker: { failureThreshold: 4, openMs: 30_000 },
};

type Step = (signal: AbortSignal) => AsyncIterable<ModelEvent>;

const fails =
  (code: GatewayError['code'], retryAfterSeconds?: number): Step =>
  () =>
    withoutEvents(() => Promise.reject(new GatewayError(code, `It is ${code}.`, { retryAfterSeconds })));
const silent: Step = (signal) => withoutEvents(() => untilAborted(signal));
const stalls: Step = async function* (signal) {
  yield { type: 'text', text: 'abc' };
  await untilAborted(signal);
};
const breaksOff: Step = async function* () {
  yield { type: 'text', text: 'abc' };
  throw new GatewayError('model_stream_interrupted', 'It broke off.');
};
const answers: Step = () => hello();

/** A gateway whose models do these things in turn, whichever is asked; then they answer. */
function gatewayOf(steps: readonly Step[], routing: Partial<RoutingPolicy> = {}, seen?: (request: ModelRequest) => void) {
  const asked: { model: string; atMs: number }[] = [];
  const startMs = Date.now();
  const script: Script = (request, signal) => {
    const step = steps[asked.length] ?? answers;
    asked.push({ model: request.model.id, atMs: Date.now() - startMs });
    seen?.(request);
    return step(signal);
  };
  const gateway = createTestGateway(script, { platform: platformOf(models, { ...policy, ...routing }) });
  async function chat(change: object = {}) {
    const sent = gateway.chat({ model: 'both', messages: [{ role: 'user', content: 'Hi' }], ...change });
    const read = sent.then(async (response) => ({ status: response.status, headers: response.headers, text: await response.text() }));
    await jest.advanceTimersByTimeAsync(60_000);
    await gateway.settled();
    const settlement = [...gateway.audit.settlements.values()].at(-1);
    return {
      ...(await read),
      intent: [...gateway.audit.intents.values()].at(-1),
      settlement,
      attempts: settlement?.attempts?.map(({ model, outcome, error_code }: AttemptRecord) => `${model} ${error_code ?? outcome}`),
      trail: settlement?.decision_trail?.map(({ step, model, because, wait_ms }) =>
        [step, model, because, wait_ms].filter((part) => part !== undefined).join(' '),
      ),
    };
  }
  return { gateway, asked, chat };
}

describe.each([{ stream: false }, { stream: true }])('%j', (form) => {
  test('a failure before the first byte is retried after a wait', async () => {
    const { asked, chat } = gatewayOf([fails('model_unavailable'), fails('rate_limit_exceeded')]);
    const { status, text, settlement, attempts, trail } = await chat(form);
    expect(status).toBe(200);
    expect(text).toContain('Hello');
    expect(attempts).toEqual(['first model_unavailable', 'first rate_limit_exceeded', 'first ok']);
    expect(trail).toEqual(['retry first model_unavailable 50', 'retry first rate_limit_exceeded 100']);
    expect(asked.map(({ atMs }) => atMs)).toEqual([0, 50, 150]);
    expect(settlement).toMatchObject({ status: 'ok', error_code: undefined, model: 'first', cost_micro_usd: 19 });
    expect(settlement?.attempts?.map(({ cost_micro_usd }) => cost_micro_usd)).toEqual([0, 0, 19]);
  });

  test('a model that goes on failing gives way to the next', async () => {
    const { chat } = gatewayOf([fails('rate_limit_exceeded'), fails('rate_limit_exceeded'), fails('rate_limit_exceeded')]);
    const { status, headers, intent, settlement, attempts, trail } = await chat(form);
    expect(status).toBe(200);
    expect(headers.get('x-blueprint-model')).toBe('second');
    expect(headers.get('x-blueprint-route')).toBe('alias:both');
    expect(attempts).toEqual([...Array.from({ length: 3 }, () => 'first rate_limit_exceeded'), 'second ok']);
    expect(trail?.at(-1)).toBe('fall_back second rate_limit_exceeded');
    expect(settlement).toMatchObject({ status: 'ok', model: 'second', cost_micro_usd: 38 });
    expect(intent?.route).toMatchObject({ model: 'first', fallbacks: ['second'], reason: 'alias:both' });
    // (82 tokens in, 1,000 out) at the dearer model's price: at most one attempt is charged.
    expect(intent?.worst_case_cost_micro_usd).toBe(2_164);
  });

  test('a model that does not begin in time gives way at once', async () => {
    const { asked, chat } = gatewayOf([silent]);
    const { status, attempts } = await chat(form);
    expect([status, attempts]).toEqual([200, ['first model_timeout', 'second ok']]);
    expect(asked.map(({ atMs }) => atMs)).toEqual([0, 2_000]);
  });

  test('a model that breaks off or falls silent in the middle is not replaced', async () => {
    for (const step of [breaksOff, stalls]) {
      const { asked, chat } = gatewayOf([step]);
      const { status, text, settlement } = await chat(form);
      expect(asked).toHaveLength(1);
      const code = step === stalls ? 'model_timeout' : 'model_stream_interrupted';
      if (form.stream) expect([status, eventsOf(text).at(-1)]).toMatchObject([200, { error: { code } }]);
      else expect([status, JSON.parse(text)]).toMatchObject([step === stalls ? 504 : 502, { error: { code } }]);
      expect(settlement).toMatchObject({ status: 'error', error_code: code, usage_estimated: true, cost_micro_usd: 2 });
    }
  });

  test('when all fail the last failure is the answer', async () => {
    const { asked, chat } = gatewayOf(Array.from({ length: 6 }, () => fails('rate_limit_exceeded', 1)));
    const { status, headers, settlement } = await chat(form);
    expect([status, headers.get('retry-after')]).toEqual([429, '1']);
    expect(asked).toHaveLength(6);
    expect(settlement).toMatchObject({ status: 'error', error_code: 'rate_limit_exceeded', cost_micro_usd: 0 });
  });

  test('a static text, where the policy has one, is marked, and the failure stays on record', async () => {
    const degraded = { degraded: { text: 'Back soon.' } };
    const { gateway, chat } = gatewayOf(
      Array.from({ length: 6 }, () => fails('model_unavailable')),
      { ...degraded, breaker: { failureThreshold: 100, openMs: 1 } },
    );
    const { status, headers, text, settlement, trail } = await chat(form);
    expect([status, headers.get('x-blueprint-degraded'), headers.get('x-blueprint-model')]).toEqual([200, 'static', 'static']);
    expect(text).toContain('Back soon.');
    expect(text).toContain('"finish_reason":"stop"');
    expect(trail?.at(-1)).toBe('degrade model_unavailable');
    expect(settlement).toMatchObject({
      status: 'error',
      error_code: 'model_unavailable',
      degraded: 'static',
      finish_reason: 'stop',
      output_hash: expect.any(String),
      cost_micro_usd: 0,
    });
    expect(gateway.requestLine()).toMatchObject({ status: 200, error_code: 'model_unavailable', attempts: 6 });
  });

  test('what is the caller’s fault is neither retried nor put to another model', async () => {
    const { asked, chat } = gatewayOf([fails('content_filter')], { degraded: { text: 'Back soon.' } });
    expect((await chat(form)).status).toBe(400);
    expect(asked).toHaveLength(1);
  });

  test('a model that was named is retried, and not replaced', async () => {
    const { chat } = gatewayOf(Array.from({ length: 3 }, () => fails('model_unavailable')));
    const { status, attempts } = await chat({ ...form, model: 'first' });
    expect([status, attempts]).toEqual([503, Array.from({ length: 3 }, () => 'first model_unavailable')]);
  });

  test('a breaker that opens is not waited for, and the next call goes past it', async () => {
    const { chat } = gatewayOf([...Array.from({ length: 3 }, () => fails('model_unavailable')), answers, fails('model_unavailable')]);
    await chat(form);
    const { attempts, trail } = await chat(form);
    expect(attempts).toEqual(['first model_unavailable', 'second ok']);
    expect(trail).toEqual(['retry first model_unavailable 50', 'skip first breaker_open', 'fall_back second model_unavailable']);
  });
});

test('an open breaker: a named model is refused at once with the time to wait, and probed when it is over', async () => {
  const { asked, chat } = gatewayOf(
    Array.from({ length: 5 }, () => fails('model_unavailable')),
    {
      breaker: { failureThreshold: 3, openMs: 100_000 },
    },
  );
  await chat({ model: 'first' });
  expect(asked).toHaveLength(3);
  const refused = await chat({ model: 'first' });
  expect([refused.status, refused.headers.get('retry-after'), asked.length]).toEqual([503, '41', 3]);
  expect(refused.settlement).toMatchObject({ model: 'first', attempts: [], decision_trail: [{ step: 'skip', because: 'breaker_open' }] });
  const auto = await chat({ model: 'auto', task_type: 'chat' });
  expect(auto.trail).toEqual(expect.arrayContaining(['skip first breaker_open']));
  // A single probe: it failed, so that no retry follows.
  const probed = asked.length;
  await jest.advanceTimersByTimeAsync(100_000);
  expect((await chat({ model: 'first' })).status).toBe(200);
  expect(asked.length).toBe(probed + 1);
});

test('Retry-After is waited for, within what the policy allows', async () => {
  const { asked, chat } = gatewayOf([fails('rate_limit_exceeded', 3)]);
  expect((await chat()).attempts).toEqual(['first rate_limit_exceeded', 'first ok']);
  expect(asked[1]?.atMs).toBe(3_000);
  expect((await gatewayOf([fails('rate_limit_exceeded', 6)]).chat()).attempts).toEqual(['first rate_limit_exceeded', 'second ok']);
});

test('the whole call has one deadline, waits included', async () => {
  const { chat } = gatewayOf([fails('rate_limit_exceeded', 5), silent], { timeouts: { firstTokenMs: 50_000, idleMs: 500 } });
  const { status, settlement, attempts } = await chat();
  expect([status, attempts]).toEqual([504, ['first rate_limit_exceeded', 'first model_timeout']]);
  expect(settlement).toMatchObject({ error_code: 'model_timeout', total_ms: 10_000 });
});

test('a slow reader is not a silent model', async () => {
  const obedient: Step = async function* (signal) {
    for await (const event of hello()) {
      signal.throwIfAborted();
      yield event;
    }
  };
  const { gateway } = gatewayOf([obedient]);
  const response = await gateway.chat({ model: 'both', stream: true, messages: [{ role: 'user', content: 'Hi' }] });
  const texts: string[] = [];
  for await (const chunk of response.body ?? []) {
    texts.push(Buffer.from(chunk).toString());
    await jest.advanceTimersByTimeAsync(1_000);
  }
  expect(eventsOf(texts.join('')).at(-1)).toBe('[DONE]');
});

test('a probe whose caller left leaves its place to the next call', async () => {
  const { gateway, asked, chat } = gatewayOf([fails('model_unavailable'), stalls], {
    retry: { maxAttempts: 1, baseDelayMs: 1, maxDelayMs: 1, maxRetryAfterMs: 1 },
    breaker: { failureThreshold: 1, openMs: 10 },
  });
  await chat({ model: 'first' });
  const probe = await gateway.chat({ model: 'first', stream: true, messages: [{ role: 'user', content: 'Hi' }] });
  await probe.body?.cancel();
  expect((await chat({ model: 'first' })).attempts).toEqual(['first ok']);
  expect(asked).toHaveLength(3);
});

describe('what says nothing of a model’s health forgets no failure', () => {
  const twice: Partial<RoutingPolicy> = {
    retry: { maxAttempts: 1, baseDelayMs: 1, maxDelayMs: 1, maxRetryAfterMs: 1 },
    breaker: { failureThreshold: 2, openMs: 600_000 },
  };

  test('a throttle', async () => {
    const { asked, chat } = gatewayOf([fails('model_unavailable'), fails('rate_limit_exceeded'), fails('model_unavailable')], twice);
    for (let call = 0; call < 4; call++) await chat({ model: 'first' });
    expect(asked).toHaveLength(3);
  });

  test('a caller that left', async () => {
    const { gateway, asked, chat } = gatewayOf([fails('model_unavailable'), stalls, fails('model_unavailable')], twice);
    await chat({ model: 'first' });
    const left = await gateway.chat({ model: 'first', stream: true, messages: [{ role: 'user', content: 'Hi' }] });
    await left.body?.cancel();
    await chat({ model: 'first' });
    await chat({ model: 'first' });
    expect(asked).toHaveLength(3);
  });
});

test('a caller that leaves while the gateway waits ends the call', async () => {
  const aborter = new AbortController();
  const { gateway, asked } = gatewayOf([fails('rate_limit_exceeded', 4)]);
  const sent = gateway.chat({ model: 'both', messages: [{ role: 'user', content: 'Hi' }] }, { signal: aborter.signal });
  await jest.advanceTimersByTimeAsync(1_000);
  aborter.abort();
  expect((await sent).status).toBe(499);
  await gateway.settled();
  expect(asked).toHaveLength(1);
  expect([...gateway.audit.settlements.values()][0]).toMatchObject({ status: 'cancelled', cost_micro_usd: 0 });
  expect(jest.getTimerCount()).toBe(0);
});

test('no timer outlives its call', async () => {
  const { gateway } = gatewayOf([]);
  await (await gateway.chat({ model: 'both', stream: true, messages: [{ role: 'user', content: 'Hi' }] })).text();
  await gateway.settled();
  expect(jest.getTimerCount()).toBe(0);
});

describe.each([{ stream: false }, { stream: true }])('where the policy has the next model continue, %j', (form) => {
  const goesOn = {
    fallback: { maxModels: 3, forExplicitModels: false, midAnswer: 'continue' as const },
    aliases: { both: ['first', 'second'], all: ['first', 'second', 'third'] },
  };
  const textOf = (text: string): string =>
    form.stream
      ? eventsOf(text)
          .map((event) => (event as { choices?: { delta: { content?: string } }[] }).choices?.[0]?.delta.content ?? '')
          .join('')
      : ((JSON.parse(text) as { choices: { message: { content: string } }[] }).choices[0]?.message.content ?? '');

  test('a text is continued where it broke off, and both models are charged', async () => {
    const requests: ModelRequest[] = [];
    const seen = (request: ModelRequest) => void requests.push(request);
    const { chat } = gatewayOf([breaksOff, stalls], goesOn, seen);
    const { status, text, settlement, attempts, trail, intent } = await chat({ ...form, model: 'all', max_tokens: 100 });
    expect([status, textOf(text)]).toEqual([200, 'abcabcHello world']);
    expect(attempts).toEqual(['first model_stream_interrupted', 'second model_timeout', 'third ok']);
    expect(trail).toEqual(['continue second model_stream_interrupted', 'continue third model_timeout']);
    expect(requests[2]?.body.messages).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'abcabc' },
      { role: 'user', content: expect.stringContaining('cut off') },
    ]);
    // 6 bytes said, 4 to a token.
    expect(requests[2]).toMatchObject({ maxTokens: 98, body: { max_tokens: 98 } });
    expect(settlement).toMatchObject({ status: 'ok', model: 'third', output_hash: sha256Hex('abcabcHello world') });
    expect(settlement?.attempts?.every(({ cost_micro_usd }) => cost_micro_usd > 0)).toBe(true);
    expect(settlement?.cost_micro_usd).toBe(settlement?.attempts?.reduce((sum, { cost_micro_usd }) => sum + cost_micro_usd, 0));
    expect(intent?.worst_case_cost_micro_usd).toBeGreaterThan(65_536 * 2 + 65_536 * 3);
    if (form.stream) expect(eventsOf(text).at(-1)).toBe('[DONE]');
  });

  test('a model that had said nothing is followed by one that begins', async () => {
    const begins: Step = async function* () {
      yield { type: 'usage', usage: { inputTokens: 5, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 } };
      throw new GatewayError('model_stream_interrupted', 'It broke off.');
    };
    const requests: ModelRequest[] = [];
    const { chat } = gatewayOf([begins], goesOn, (request) => void requests.push(request));
    const { text, trail } = await chat(form);
    expect([textOf(text), trail, requests[1]?.body.messages]).toEqual([
      'Hello world',
      ['fall_back second model_stream_interrupted'],
      [{ role: 'user', content: 'Hi' }],
    ]);
  });

  test('a call of a tool is not continued', async () => {
    const calls: Step = async function* () {
      yield { type: 'tool_call', index: 0, id: 'call_1', name: 'look' };
      throw new GatewayError('model_stream_interrupted', 'It broke off.');
    };
    const { asked, chat } = gatewayOf([calls], goesOn);
    expect((await chat(form)).settlement).toMatchObject({ status: 'error', error_code: 'model_stream_interrupted' });
    expect(asked).toHaveLength(1);
  });

  test('nor is anything when no model is left, or the next might cost more than the ceiling', async () => {
    const alone = gatewayOf([breaksOff, breaksOff], goesOn);
    expect((await alone.chat(form)).settlement).toMatchObject({ status: 'error', error_code: 'model_stream_interrupted' });
    const dear = gatewayOf([breaksOff], goesOn);
    // The first at its worst is 82 tokens in and 10 out at 1 each; the second costs twice that, and 2 are spent.
    const { settlement, intent } = await dear.chat({ ...form, max_tokens: 10, max_cost_usd: 0.000185 });
    expect(settlement).toMatchObject({ status: 'error', error_code: 'model_stream_interrupted' });
    expect(settlement?.decision_trail?.at(-1)).toMatchObject({ step: 'skip', model: 'second', because: 'cost_ceiling_exceeded' });
    expect(intent?.worst_case_cost_micro_usd).toBe(185);
  });
});

test('a static text is no answer to a schema, nor to a tool that must be called', () => {
  const body = { model: 'both', messages: [] };
  const text = { text: 'Back soon.' };
  expect(degradedAnswer(text, 'model_unavailable', body)).toHaveLength(2);
  expect(degradedAnswer(text, 'model_unavailable', { ...body, response_format: { type: 'text' }, tool_choice: 'auto' })).toHaveLength(2);
  expect(degradedAnswer(text, 'model_unavailable', { ...body, tool_choice: 'required' })).toBeUndefined();
  expect(degradedAnswer(text, 'model_unavailable', { ...body, response_format: { type: 'json_object' } })).toBeUndefined();
  expect(degradedAnswer(text, 'content_filter', body)).toBeUndefined();
  expect(degradedAnswer(undefined, 'model_unavailable', body)).toBeUndefined();
});
