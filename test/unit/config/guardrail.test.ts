import { ConfigError, loadEnvironment, validateEnvironment } from '../../../config/load';
import { platformDocumentOf } from '../../../config/platform-document';
import { platformDocument } from '../../../config/make-platform-document';
import { standardSafety } from '../../../config/safety';

const dev = loadEnvironment('dev');
const { standard } = standardSafety.policies;
const safety = { ...standardSafety, policies: { standard: { ...standard, managed: ['input', 'output'] } } };
const guardrail = { words: { profanity: true } };

function problemsOf(change: object): readonly string[] {
  try {
    validateEnvironment({ ...dev, ...change }, 'some/file.ts');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

test('a guardrail that a policy wants is taken; the function is told which texts, and nothing of what is looked for', () => {
  expect(problemsOf({ safety, guardrail })).toEqual([]);
  const config = validateEnvironment({ ...dev, safety, guardrail: { words: { phrases: ['falcon'] } } }, 'some/file.ts');
  expect(platformDocumentOf(config).safety?.policies.standard?.managed).toEqual(['input', 'output']);
  expect(JSON.stringify(platformDocumentOf(config))).not.toContain('falcon');
});

test('the environments here have none: it is paid for by what it looks at', () => {
  for (const name of ['dev', 'staging', 'prod']) expect(loadEnvironment(name).guardrail).toBeUndefined();
});

test.each([
  [
    { safety },
    'safety.policies.standard.managed: found directions for a guardrail, and the environment has none; define one in "guardrail"',
  ],
  [{ guardrail }, 'guardrail: found one that no safety policy wants; name directions in "managed" of a policy, or remove it'],
  [
    { safety, guardrail: { words: { phrases: [] } } },
    'guardrail: looks for nothing; name content filters, denied topics, words or sensitive data',
  ],
  [{ safety, guardrail: { contentFilters: { hate: 'severe' } } }, 'guardrail.contentFilters.hate: found "severe"'],
  [
    { safety, guardrail: { words: { profanity: true }, sensitive: { entities: { emial: 'block' } } } },
    'guardrail.sensitive.entities.emial',
  ],
  [{ safety, guardrail: { deniedTopics: [{ name: 'Advice!', definition: 'Shares.' }] } }, 'guardrail.deniedTopics.0.name: found "Advice!"'],
  [{ safety: { ...safety, policies: { standard: { ...standard, managed: [] } } }, guardrail }, 'safety.policies.standard.managed'],
])('%j is refused', (change, expected) => {
  expect(problemsOf(change)).toEqual([expect.stringContaining(expected)]);
});

test('a document of a gateway of one’s own may want one: its construct is given it', () => {
  const policies = { standard: { ...standardSafety.policies.standard, managed: ['output' as const] } } as typeof standardSafety.policies;
  const document = platformDocument({ region: 'us-east-1', models: ['nova-lite'], safety: { policies, default: 'standard' } });
  expect(document.safety?.policies.standard?.managed).toEqual(['output']);
});
