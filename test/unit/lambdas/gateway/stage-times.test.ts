import type { SafetyConfig } from '../../../../lambdas/core/safety/safety-config';
import type { ModelEvent } from '../../../../lambdas/gateway/adapters/adapter';
import { StageTimes } from '../../../../lambdas/gateway/stage-times';
import { createTestGateway, hello, platform, simpleChat } from '../support/ports';

/** What each stage of a call took, on a clock that goes on only where a test says so. */

function setClock() {
  let now = 1_000;
  return { nowMs: () => Date.now(), monotonicMs: () => now, pass: (ms: number) => void (now += ms) };
}

describe('the times of one call', () => {
  test('a stage takes from the end of the one before to its own', () => {
    const clock = setClock();
    const stages = new StageTimes(clock, 1_000, 1_002);
    clock.pass(5);
    stages.end('prepare');
    clock.pass(0.25);
    stages.end('guard_input');
    expect(stages.record(1_010)).toEqual({ authenticate: 2, prepare: 3, guard_input: 0.3, settle: 4.8 });
  });

  test('work in parts adds up, though it fails', () => {
    const clock = setClock();
    const stages = new StageTimes(clock, 1_000);
    const work = (ms: number) => stages.during('guard_output', () => (clock.pass(ms), ms));
    expect([work(2), work(3)]).toEqual([2, 3]);
    const fails = () => {
      clock.pass(4);
      throw new Error('no');
    };
    expect(() => stages.during('validate', fails)).toThrow('no');
    stages.answered({ attemptCount: 1, modelMs: 7, endedMs: 1_009 });
    expect(stages.record(1_010)).toEqual({ guard_output: 5, validate: 4, model: 7, settle: 1 });
  });

  test('nobody was waited for where no model was asked', () => {
    const stages = new StageTimes(setClock(), 1_000);
    stages.answered({ attemptCount: 0, modelMs: 0, endedMs: undefined });
    expect(stages.record(1_000)).toEqual({ settle: 0 });
  });
});

describe('a settlement has them', () => {
  const blocking: SafetyConfig = {
    policies: {
      strict: {
        input: { kinds: { secrets: 'block' }, others: 'allow', restore: false },
        retrieved: { kinds: {}, others: 'allow' },
        output: { kinds: {}, others: 'redact' },
        rules: [],
        injection: {},
      },
    },
    default: 'strict',
  };

  async function stagesOf(body: object, safety?: SafetyConfig, text = '{"total":3}') {
    const clock = setClock();
    const gateway = createTestGateway(
      async function* (): AsyncGenerator<ModelEvent> {
        await Promise.resolve();
        clock.pass(11);
        yield { type: 'text', text };
        yield* (await Array.fromAsync(hello())).slice(2);
      },
      { clock, platform: { ...platform, ...(safety && { safety }) } },
      () => undefined,
    );
    const { insertIntent } = gateway.audit;
    gateway.audit.insertIntent = async (...intent) => {
      clock.pass(5);
      await insertIntent.apply(gateway.audit, intent);
    };
    const response = await gateway.chat({ ...simpleChat, ...body });
    await response.text();
    await gateway.settled();
    const [settlement] = gateway.audit.settlements.values();
    return settlement?.stage_ms;
  }
  const before = { authenticate: 0, prepare: 0, guard_input: 0, route: 0, admit: 5 };
  const schema = { type: 'object', properties: { total: { type: 'number' } }, required: ['total'] };
  const checked = { response_format: { type: 'json_schema', json_schema: { name: 'totals', schema } } };

  test.each([
    ['a plain answer', {}, undefined, { ...before, model: 11, settle: 0 }],
    ['a streamed answer', { stream: true }, undefined, { ...before, model: 11, settle: 0 }],
    ['an answer that is held to a schema', checked, undefined, { ...before, model: 11, validate: 0, settle: 0 }],
    ['an answer that is guarded', {}, blocking, { ...before, model: 11, guard_output: 0, settle: 0 }],
    ['one that is both', checked, blocking, { ...before, model: 11, guard_output: 0, validate: 0, settle: 0 }],
    ['a refusal', { model: 'none-such' }, undefined, { ...before, settle: 0 }],
    ['a call that is blocked', { messages: [{ role: 'user', content: 'AKIAIOSFODNN7EXAMPLE' }] }, blocking, { ...before, settle: 0 }],
  ])('of %s', async (_name, body, safety, expected) => {
    expect(await stagesOf(body, safety)).toEqual(expected);
  });
});
