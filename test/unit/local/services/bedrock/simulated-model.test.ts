import * as fc from 'fast-check';
import { countTokens, firstTokens, type ModelRequest, type ModelTool, type ToolOffer } from '../../../../../local/services/bedrock/model';
import { simulatedModel } from '../../../../../local/services/bedrock/simulated-model';

const textContent = (text: string) => ({ kind: 'text', text }) as const;
const user = (...texts: string[]) => ({ role: 'user', content: texts.map(textContent) }) as const;
const assistant = (text: string) => ({ role: 'assistant', content: [textContent(text)] }) as const;

const ask = (text: string, changes: Partial<ModelRequest> = {}) =>
  simulatedModel.answer({
    modelId: 'amazon.nova-lite-v1:0',
    system: [],
    messages: [user(text)],
    maxTokens: 4096,
    stopSequences: [],
    ...changes,
  });
const textOf = (answer: ReturnType<typeof ask>): string => answer.blocks.flatMap((block) => block.deltas).join('');

it('says that it is simulated, and echoes the last user message', () => {
  expect(textOf(ask('Hello there'))).toBe(
    '[simulated answer from amazon.nova-lite-v1:0] No model was called. Your message has 2 words and 3 tokens: "Hello there"',
  );
  const messages = [user('first'), assistant('second'), user('third\n\nline', 'and more'), assistant('prefill')];
  expect(textOf(ask('', { messages }))).toContain('(the last of 4) has 4 words and 5 tokens: "third line and more"');
});

it('gives the same answer to the same request', () => {
  expect(ask('Hello')).toEqual(ask('Hello'));
  expect(textOf(ask('Hello'))).not.toBe(textOf(ask('Goodbye')));
});

it('echoes a long message in part', () => {
  const echoed = /"(.*)…"$/.exec(textOf(ask('🎉'.repeat(100_000))))?.[1] ?? '';
  expect(Array.from(echoed)).toHaveLength(160);
});

it('counts system prompts as input and nothing else', () => {
  const plain = ask('Hello');
  const briefed = ask('Hello', { system: ['12345678', '1'] });
  expect(briefed.inputTokens).toBe(plain.inputTokens + 3);
  expect(textOf(briefed)).toBe(textOf(plain));
});

it.each([1, 2, 5, 10])('stops at %d tokens', (maxTokens) => {
  const answer = ask('Hello', { maxTokens });
  expect(answer).toMatchObject({ stopReason: 'max_tokens', outputTokens: maxTokens });
  expect(textOf(ask('Hello')).startsWith(textOf(answer))).toBe(true);
});

it('ends its turn when the limit is exactly reached', () => {
  const { outputTokens } = ask('Hello');
  expect(ask('Hello', { maxTokens: outputTokens }).stopReason).toBe('end_turn');
  expect(ask('Hello', { maxTokens: outputTokens - 1 }).stopReason).toBe('max_tokens');
});

it('stops before the first stop sequence', () => {
  const answer = ask('Hello', { stopSequences: ['called', ' model', 'absent'] });
  expect(answer.stopReason).toBe('stop_sequence');
  expect(textOf(answer)).toBe('[simulated answer from amazon.nova-lite-v1:0] No');
  expect(answer.outputTokens).toBe(countTokens(textOf(answer)));
});

it('has no content when it stops at once', () => {
  expect(ask('Hello', { stopSequences: ['[simulated'] })).toMatchObject({ blocks: [], stopReason: 'stop_sequence', outputTokens: 0 });
});

it('does not see a stop sequence beyond its limit', () => {
  expect(ask('Hello', { stopSequences: ['called'], maxTokens: 3 }).stopReason).toBe('max_tokens');
});

it('cuts between characters, never above the limit', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (text, maxTokens) => {
      const cut = firstTokens(text, maxTokens);
      expect(text.startsWith(cut)).toBe(true);
      expect(cut).not.toContain('\ufffd');
      expect(countTokens(cut)).toBeLessThanOrEqual(maxTokens);
      // The next character would not have fitted.
      const next = Array.from(text.slice(cut.length))[0];
      if (next !== undefined) expect(countTokens(cut + next)).toBeGreaterThan(maxTokens);
    }),
  );
});

it('streams word by word, whatever the message', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 60 }), (text, maxTokens) => {
      const answer = ask(text, { maxTokens });
      expect(countTokens(textOf(answer))).toBe(answer.outputTokens);
      expect(answer.outputTokens).toBeLessThanOrEqual(maxTokens);
      for (const delta of answer.blocks.flatMap((block) => block.deltas)) expect(delta).toMatch(/^\s*\S+\s*$/);
    }),
  );
});

const weather: ModelTool = {
  name: 'get_weather',
  description: 'The weather of a city',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const clock: ModelTool = { name: 'clock', description: 'Tells the hour in a city', inputSchema: { type: 'object' } };
const offer = (changes: Partial<ToolOffer> = {}): ToolOffer => ({ tools: [weather, clock], choice: 'auto', parallel: true, ...changes });

describe('with tools', () => {
  it('says that it calls one, and calls it', () => {
    const answer = ask('What will the weather be?', { offer: offer() });
    expect(answer).toMatchObject({
      stopReason: 'tool_use',
      blocks: [{ kind: 'text' }, { kind: 'toolUse', name: 'get_weather', id: expect.stringMatching(/^tooluse_[\w-]{22}$/) }],
    });
    expect(answer.blocks[1]?.deltas.length).toBeGreaterThan(1);
    expect(JSON.parse(answer.blocks[1]?.deltas.join('') ?? '')).toEqual({ city: 'simulated' });
    expect(answer.outputTokens).toBe(answer.blocks.reduce((sum, { deltas }) => sum + countTokens(deltas.join('')), 0));
  });

  it('says nothing beside a call that it was made to', () => {
    expect(ask('Hello', { offer: offer({ choice: { name: 'clock' } }) }).blocks).toEqual([
      { kind: 'toolUse', name: 'clock', id: expect.any(String), deltas: [] },
    ]);
  });

  it('gives each call an id of its own, and the same one again for the same request', () => {
    const ids = (text: string) => ask(text, { offer: offer() }).blocks.flatMap((block) => (block.kind === 'toolUse' ? [block.id] : []));
    const both = ids('What does the clock say of the weather?');
    expect(both).toHaveLength(2);
    expect(new Set([...both, ...ids('the clock')]).size).toBe(3);
    expect(ids('What does the clock say of the weather?')).toEqual(both);
  });

  it('quotes the results of tools', () => {
    const messages: ModelRequest['messages'] = [
      user('weather and clock'),
      {
        role: 'assistant',
        content: [
          { kind: 'toolUse', id: 'a', name: 'get_weather', input: {} },
          { kind: 'toolUse', id: 'b', name: 'clock', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { kind: 'toolResult', id: 'b', texts: ['12:00'] },
          { kind: 'toolResult', id: 'a', texts: ['sun', 'and wind'] },
          textContent('weather?'),
        ],
      },
    ];
    const answer = ask('', { messages, offer: offer() });
    expect(textOf(answer)).toMatch(/^\[simulated answer from .*\. The tools answered: clock "12:00"; get_weather "sun and wind"$/);
    expect(answer.stopReason).toBe('end_turn');
  });

  it.each([1, 8, 14, 18, 21])('stops at %d tokens, in the middle of an input where it must', (maxTokens) => {
    const whole = ask('weather', { offer: offer() });
    const cut = ask('weather', { offer: offer(), maxTokens });
    expect(whole.outputTokens).toBeGreaterThan(21);
    expect(cut.stopReason).toBe('max_tokens');
    expect(cut.outputTokens).toBeLessThanOrEqual(maxTokens);
    const all = (answer: typeof cut) => answer.blocks.map(({ deltas }) => deltas.join('')).join('\n');
    expect(all(whole).startsWith(all(cut))).toBe(true);
  });

  it('counts tools as input', () => {
    expect(ask('Hello', { offer: offer() }).inputTokens).toBeGreaterThan(ask('Hello').inputTokens + 20);
  });
});

it('answers in a schema', () => {
  const textSchema = { type: 'object', properties: { steps: { type: 'array', items: { type: 'string' } } } };
  const answer = ask('Hello', { textSchema });
  expect(JSON.parse(textOf(answer))).toEqual({ steps: ['simulated'] });
  expect(answer.stopReason).toBe('end_turn');
  expect(answer.blocks[0]?.deltas.length).toBeGreaterThan(1);
});

it('sees that there is an image, and no more of it', () => {
  const messages = [{ role: 'user', content: [textContent('Hello'), { kind: 'image', format: 'png', bytes: 70 }] }] as const;
  expect(textOf(ask('', { messages }))).toContain('has 1 word and 2 tokens, and 1 image (png, 70 bytes): "Hello"');
});
