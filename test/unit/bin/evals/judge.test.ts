import { judge } from '../../../../bin/evals/judge';
import type { EvalCase } from '../../../../bin/evals/suite';
import { compileJsonSchema } from '../../../../lambdas/gateway/validation/json-schema-check';

const check = compileJsonSchema({
  type: 'object',
  properties: { queue: { type: 'string' }, confidence: { type: 'number', minimum: 0, maximum: 1 }, suspect: { type: ['string', 'null'] } },
  required: ['queue', 'confidence'],
  additionalProperties: false,
});
const answer = JSON.stringify({ queue: 'billing', confidence: 0.8, suspect: null });

test.each<[string, EvalCase['expect'], readonly string[]]>([
  ['a value', { queue: 'billing' }, []],
  ['another value', { queue: 'bug' }, ['queue is "billing"; expected "bug"']],
  ['null', { suspect: null }, []],
  ['a value, not null', { suspect: 'c-1' }, ['suspect is null; expected "c-1"']],
  ['one of some', { queue: { oneOf: ['bug', 'billing'] } }, []],
  ['one of others', { queue: { oneOf: ['bug', 'other'] } }, ['queue is "billing"; expected one of "bug", "other"']],
  ['bounds, both included', { confidence: { min: 0.8, max: 0.8 } }, []],
  ['more', { confidence: { min: 0.81 } }, ['confidence is 0.8; expected at least 0.81']],
  ['less', { confidence: { max: 0.79 } }, ['confidence is 0.8; expected at most 0.79']],
  ['between', { confidence: { min: 0.1, max: 0.2 } }, ['confidence is 0.8; expected at least 0.1 and at most 0.2']],
  ['a number where a word is', { queue: { min: 0 } }, ['queue is "billing"; expected at least 0']],
  ['a member that is not there', { urgency: 'high' }, ['urgency is absent; expected "high"']],
  ['a member that every object has', { constructor: 'x' }, ['constructor is absent; expected "x"']],
  ['nothing but the schema', {}, []],
  ['two things, both wrong', { queue: 'bug', suspect: 'c' }, ['queue is "billing"; expected "bug"', 'suspect is null; expected "c"']],
])('expects %s', (_what, expect_, problems) => {
  expect(judge(answer, expect_, check)).toEqual(problems);
});

test('an answer that breaks its schema has not passed, whatever else it says', () => {
  const [problem, ...more] = judge('{"queue":"billing","confidence":2}', { queue: 'billing' }, check);
  expect([problem, more]).toEqual([expect.stringMatching(/^confidence breaks the schema: /), []]);
});

test.each(['', 'Billing, I would say.', '{"queue":'])('an answer that is no JSON has not passed: %j', (content) => {
  expect(judge(content, {}, check)).toEqual([expect.stringMatching(/^the answer is no JSON: /)]);
});
