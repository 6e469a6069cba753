import { readGuardrail } from '../../../../../local/services/bedrock/guardrails/definition';
import { evaluateGuardrail } from '../../../../../local/services/bedrock/guardrails/evaluate';
import { Guardrails } from '../../../../../local/services/bedrock/guardrails/guardrails';

const properties = {
  BlockedInputMessaging: 'no',
  BlockedOutputsMessaging: 'no',
  ContentPolicyConfig: { FiltersConfig: [{ Type: 'HATE', InputStrength: 'HIGH', OutputStrength: 'HIGH' }] },
  TopicPolicyConfig: {
    TopicsConfig: [
      { Name: 'shares', Definition: 'Shares.', Examples: ['Should I buy shares now?'], Type: 'DENY' },
      { Name: 'law', Definition: 'Law.', Type: 'DENY' },
    ],
  },
  WordPolicyConfig: { WordsConfig: [{ Text: 'falcon' }] },
  SensitiveInformationPolicyConfig: {
    PiiEntitiesConfig: [
      { Type: 'EMAIL', Action: 'ANONYMIZE' },
      { Type: 'CREDIT_DEBIT_CARD_NUMBER', Action: 'BLOCK' },
      { Type: 'US_SOCIAL_SECURITY_NUMBER', Action: 'ANONYMIZE' },
      { Type: 'NAME', Action: 'BLOCK' },
    ],
  },
};

const notes: string[] = [];
const definition = readGuardrail(properties, (what) => notes.push(what));

test('what cannot be told from a text’s form is named', () => {
  expect(notes).toEqual(['content filters', 'the topics without examples law', 'the personal data NAME']);
});

test.each([
  ['The Falcon flies', true],
  ['falconry', false],
  ['should I really buy more shares?', true],
  ['buy bread', false],
  ['4111 1111 1111 1111', true],
  ['4111 1111 1111 1112', false],
])('%s: blocked %s', (text, isBlocked) => {
  expect(evaluateGuardrail(definition, [text]).isBlocked).toBe(isBlocked);
});

test('what is masked is masked in each of the texts', () => {
  const { isBlocked, isMasked, texts } = evaluateGuardrail(definition, ['a@b.org and 123-45-6789', 'nothing', 'again a@b.org']);
  expect([isBlocked, isMasked, texts]).toEqual([false, true, ['{EMAIL} and {US_SOCIAL_SECURITY_NUMBER}', 'nothing', 'again {EMAIL}']]);
});

test('each policy that is configured is charged by the thousand characters', () => {
  expect(evaluateGuardrail(definition, ['word '.repeat(300)]).usage).toEqual({
    topicPolicyUnits: 2,
    contentPolicyUnits: 2,
    wordPolicyUnits: 2,
    sensitiveInformationPolicyUnits: 2,
    sensitiveInformationPolicyFreeUnits: 0,
    contextualGroundingPolicyUnits: 0,
  });
});

test('a version stays as it was made', () => {
  const guardrails = new Guardrails();
  expect(guardrails.addVersion('a')).toBeUndefined();
  guardrails.put('a', definition);
  expect(guardrails.addVersion('a')).toBe('1');
  guardrails.put('a', { ...definition, words: ['owl'] });
  expect(guardrails.addVersion('a')).toBe('2');
  expect([guardrails.find('a', '1').words, guardrails.find('a', '2').words]).toEqual([['falcon'], ['owl']]);
  expect(() => guardrails.find('a', '3')).toThrow(/does not exist/);
});
