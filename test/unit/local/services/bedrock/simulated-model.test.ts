import * as fc from 'fast-check';
import { countTokens, firstTokens, type ModelRequest } from '../../../../../local/services/bedrock/model';
import { simulatedModel } from '../../../../../local/services/bedrock/simulated-model';

const ask = (text: string, changes: Partial<ModelRequest> = {}) =>
  simulatedModel.answer({
    modelId: 'amazon.nova-lite-v1:0',
    system: [],
    messages: [{ role: 'user', texts: [text] }],
    maxTokens: 4096,
    stopSequences: [],
    ...changes,
  });
const textOf = (answer: ReturnType<typeof ask>): string => answer.blocks.flatMap((block) => block.deltas).join('');

it('says that it is simulated, and echoes the last user message', () => {
  expect(textOf(ask('Hello there'))).toBe(
    '[simulated answer from amazon.nova-lite-v1:0] No model was called. Your message has 2 words and 3 tokens: "Hello there"',
  );
  const messages: ModelRequest['messages'] = [
    { role: 'user', texts: ['first'] },
    { role: 'assistant', texts: ['second'] },
    { role: 'user', texts: ['third\n\nline', 'and more'] },
    { role: 'assistant', texts: ['prefill'] },
  ];
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
