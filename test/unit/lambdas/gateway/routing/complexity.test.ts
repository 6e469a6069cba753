import { assessComplexity } from '../../../../../lambdas/gateway/routing/complexity';
import type { ChatRequest } from '../../../../../lambdas/gateway/openai/request';

const ask = (content: string, more: Partial<ChatRequest> = {}) =>
  assessComplexity({ model: 'auto', messages: [{ role: 'user', content }], ...more });
const tool = { type: 'function' as const, function: { name: 'f' } };

test.each<[string, number, Partial<ChatRequest>?]>([
  ['Hi', 0],
  ['What is the capital of France?', 0],
  ['Is this spam? Is it ham? Or neither?', 1],
  ['Fix this: ```ts\nlet x: string = 1\n```', 1],
  ['Prove that there are infinitely many primes, step by step.', 1],
  ['Compare the two designs and evaluate their trade-offs.', 2],
  ['Design the architecture, analyse its complexity, compare it with the present one and prove it sound.', 5],
  ['Hi', 1, { tools: [tool] }],
  ['Hi', 2, { tools: Array.from({ length: 6 }, () => tool) }],
  ['Hi', 1, { response_format: { type: 'json_schema', json_schema: { name: 's', schema: {} } } }],
  ['Hi', 0, { response_format: { type: 'text' } }],
  ['Hi', 0, { reasoning_effort: 'low' }],
  ['Hi', 2, { reasoning_effort: 'medium' }],
  ['Hi', 5, { reasoning_effort: 'xhigh' }],
])('%s: %i points', (content, points, ...more) => {
  expect(ask(content, more[0]).points).toBe(points);
});

test('length counts', () => {
  expect([8_000, 8_001, 60_001].map((length) => ask('x'.repeat(length)).points)).toEqual([0, 1, 2]);
});

test('points make tiers', () => {
  const words = ['Prove it.', 'Analyse it.', 'Compare it.', 'Plan it.', 'Debug it.'];
  const tiers = [0, 1, 2, 4, 5].map((count) => ask(words.slice(0, count).join(' ')).tier);
  expect(tiers).toEqual(['small', 'small', 'mid', 'mid', 'large']);
});

test('only what the user said last is read, and of it the start and the end', () => {
  const filler = 'x'.repeat(10_000);
  expect(ask(`Prove it. ${filler} Compare it.`).points).toBe(3);
  expect(ask(`${filler} Prove it. ${filler}`).points).toBe(1);
  const messages: ChatRequest['messages'] = [
    { role: 'user', content: 'Prove it, analyse it, compare it.' },
    { role: 'assistant', content: 'Debug, plan.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Thanks' },
        { type: 'image_url', image_url: { url: 'data:' } },
      ],
    },
  ];
  expect(ask('', { messages }).points).toBe(0);
  expect(ask('', { messages: Array.from({ length: 9 }, () => messages[2] as (typeof messages)[number]) }).points).toBe(1);
});

test('a request without a user, or without words, asks for little', () => {
  expect(ask('', { messages: [{ role: 'system', content: 'Prove it.' }] })).toEqual({ points: 0, tier: 'small' });
  expect(ask('', { messages: [{ role: 'user' }] })).toEqual({ points: 0, tier: 'small' });
});
