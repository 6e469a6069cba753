import { kinds } from '../../../../../lambdas/core/safety/kinds';
import { actionsOf, type ContentRule, safetyPolicy } from '../../../../../lambdas/core/safety/safety-policy';
import { policyWith } from './policies';

function problemsOf(policy: unknown): readonly string[] {
  const result = safetyPolicy.safeParse(policy);
  return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const rule: ContentRule = { name: 'r', action: 'block', directions: ['input'], phrases: ['Project Falcon'], patterns: [] };

it('accepts a policy and gives each kind one action: its own, its group’s or that of all others', () => {
  const policy = policyWith({ input: { kinds: { secrets: 'block', email: 'allow', national_id: 'redact' }, others: 'redact' } });
  expect(problemsOf(policy)).toEqual([]);
  const actions = actionsOf(policy, 'input');
  expect([...actions.keys()]).toEqual(kinds);
  expect([actions.get('email'), actions.get('jwt'), actions.get('us_ssn'), actions.get('card')]).toEqual([
    'allow',
    'block',
    'redact',
    'redact',
  ]);
});

describe('policies that contradict themselves are refused', () => {
  it.each([
    [
      'a kind and its group',
      policyWith({ output: { kinds: { card: 'allow', financial: 'block' } } }),
      /output\.kinds\.card: "card" is to be allow here and, as one of "financial", block/,
    ],
    [
      'what is put back into an answer that may not have it',
      policyWith({ output: { kinds: { email: 'block' } } }),
      /input\.restore: "email" is redacted in input and put back into the answer, where output blocks it/,
    ],
    ['the same through groups', policyWith({ input: { kinds: {}, others: 'redact' } }), /input\.restore: "jwt" is redacted/],
    ['two rules of one name', policyWith({ rules: [rule, rule] }), /rules\.1\.name: "r" names two rules/],
    [
      'words both blocked and allowed',
      policyWith({ rules: [rule, { ...rule, name: 's', action: 'allow', phrases: ['project  FALCON'] }] }),
      /rules\.1\.phrases\.0: The same words are blocked by one rule and allowed by another, both for input/,
    ],
    ['a rule of nothing', policyWith({ rules: [{ ...rule, phrases: [] }] }), /rules\.0: The rule "r" has neither phrases nor patterns/],
    ['a phrase that nobody sees', policyWith({ rules: [{ ...rule, phrases: ['\u200b \u200b'] }] }), /rules\.0\.phrases\.0: A phrase needs/],
  ])('%s', (_, policy, problem) => {
    expect(problemsOf(policy)).toContainEqual(expect.stringMatching(problem));
  });

  it('but not those that only look so', () => {
    const twoDirections: ContentRule[] = [rule, { ...rule, name: 's', action: 'allow', directions: ['output'] }];
    expect(problemsOf(policyWith({ rules: twoDirections }))).toEqual([]);
    expect(problemsOf(policyWith({ output: { kinds: { card: 'redact', financial: 'redact' } } }))).toEqual([]);
    expect(problemsOf(policyWith({ input: { restore: false }, output: { kinds: { email: 'block' } } }))).toEqual([]);
  });
});

describe('what is missing, misspelt or out of range is refused', () => {
  const { output: _, ...withoutOutput } = policyWith();
  it.each([
    ['no output', withoutOutput],
    ['no action for others', { ...policyWith(), retrieved: { kinds: {} } }],
    ['a kind that does not exist', policyWith({ input: { kinds: { emial: 'redact' } as never } })],
    ['an action that does not exist', policyWith({ input: { kinds: { email: 'delete' as never } } })],
    ['a threshold of zero', policyWith({ injection: { input: { action: 'block', threshold: 0 } } })],
    ['a threshold above one', policyWith({ injection: { input: { action: 'block', threshold: 1.1 } } })],
    ['no number for a threshold', policyWith({ injection: { input: { action: 'block', threshold: Number.NaN } } })],
    ['an unknown member', { ...policyWith(), enabled: false }],
    ['a phrase of 10,000 units', policyWith({ rules: [{ ...rule, phrases: ['a'.repeat(10_000)] }] })],
    ['a rule for no direction', policyWith({ rules: [{ ...rule, directions: [] }] })],
  ])('%s', (_name, policy) => {
    expect(problemsOf(policy)).not.toEqual([]);
  });
});
