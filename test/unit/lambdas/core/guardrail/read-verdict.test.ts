import { readVerdict } from '../../../../../lambdas/core/guardrail/read-verdict';

const WORD = 'unmentionable';

/** As Bedrock Runtime answers it. */
function answer(parts: object): string {
  const usage = {
    topicPolicyUnits: 1,
    contentPolicyUnits: 2,
    wordPolicyUnits: 4,
    sensitiveInformationPolicyUnits: 8,
    sensitiveInformationPolicyFreeUnits: 16,
    contextualGroundingPolicyUnits: 0,
  };
  return JSON.stringify({ usage, action: 'GUARDRAIL_INTERVENED', outputs: [{ text: 'Blocked.' }], assessments: [], ...parts });
}

const masked = { sensitiveInformationPolicy: { piiEntities: [{ type: 'EMAIL', match: 'a@b.org', action: 'ANONYMIZED', detected: true }] } };

test('nothing found lets the texts pass; only units that cost something are counted', () => {
  expect(readVerdict(answer({ action: 'NONE', outputs: [] }), 2)).toEqual({ outcome: 'passed', texts: [], findings: [], units: 11 });
});

test('what blocks is told by the name of its topic, filter or kind, and never by what was found', () => {
  const assessment = {
    topicPolicy: { topics: [{ name: 'advice', type: 'DENY', action: 'BLOCKED', detected: true }] },
    contentPolicy: { filters: [{ type: 'PROMPT_ATTACK', confidence: 'HIGH', action: 'BLOCKED', detected: true }] },
    wordPolicy: {
      customWords: [{ match: WORD, action: 'BLOCKED', detected: true }],
      managedWordLists: [{ match: WORD, type: 'PROFANITY', action: 'BLOCKED', detected: true }],
    },
    sensitiveInformationPolicy: {
      piiEntities: [{ type: 'US_SOCIAL_SECURITY_NUMBER', match: WORD, action: 'BLOCKED', detected: true }],
      regexes: [{ name: 'ticket', match: WORD, regex: WORD, action: 'ANONYMIZED', detected: true }],
    },
    contextualGroundingPolicy: { filters: [{ type: 'RELEVANCE', threshold: 0.5, score: 0.1, action: 'BLOCKED', detected: true }] },
  };
  const verdict = readVerdict(answer({ assessments: [assessment] }), 1);
  expect(verdict.outcome).toBe('blocked');
  expect(verdict.findings).toEqual([
    { name: 'topic:advice', action: 'block' },
    { name: 'content:prompt_attack', action: 'block' },
    { name: 'words:custom', action: 'block' },
    { name: 'words:profanity', action: 'block' },
    { name: 'pii:us_social_security_number', action: 'block' },
    { name: 'regex:ticket', action: 'redact' },
    { name: 'grounding:relevance', action: 'block' },
  ]);
  expect(JSON.stringify(verdict)).not.toContain(WORD);
});

test('masked texts are given in the order of what was sent', () => {
  const verdict = readVerdict(answer({ assessments: [masked], outputs: [{ text: 'to {EMAIL}' }, { text: 'and' }] }), 2);
  expect(verdict).toEqual({
    outcome: 'masked',
    texts: ['to {EMAIL}', 'and'],
    findings: [{ name: 'pii:email', action: 'redact' }],
    units: 11,
  });
});

test('what the guardrail only detects is reported', () => {
  const filters = [
    { type: 'HATE', action: 'NONE', detected: true },
    { type: 'INSULTS', action: 'NONE', detected: false },
  ];
  const verdict = readVerdict(answer({ action: 'NONE', assessments: [{ contentPolicy: { filters } }] }), 1);
  expect(verdict).toMatchObject({ outcome: 'passed', findings: [{ name: 'content:hate', action: 'report' }] });
});

test.each([
  ['masked texts that cannot be told apart', { assessments: [masked], outputs: [{ text: 'to {EMAIL} and' }] }],
  ['a masked text that is none', { assessments: [masked], outputs: [{ text: 'a' }, {}] }],
  ['an intervention that nothing explains', { assessments: [{ laterPolicy: { things: [{ action: 'BLOCKED' }] } }], outputs: [{}, {}] }],
])('%s: blocked', (_what, parts) => {
  expect(readVerdict(answer(parts), 2)).toMatchObject({ outcome: 'blocked', texts: [] });
});

test.each([
  ['no JSON', `{"${WORD}`],
  ['no object', `["${WORD}"]`],
  ['no action', '{}'],
  ['an action that nobody knows', answer({ action: WORD })],
])('%s is an error, without a word of it', (_what, text) => {
  expect(() => readVerdict(text, 1)).toThrow(/^(?!.*unmentionable)The guardrail/);
});
