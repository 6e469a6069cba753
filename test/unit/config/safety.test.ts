import { ConfigError, loadEnvironment, validateEnvironment } from '../../../config/load';
import { platformDocumentOf } from '../../../config/platform-document';
import { standardSafety } from '../../../config/safety';
import { actionsOf } from '../../../lambdas/core/safety/safety-policy';

const dev = loadEnvironment('dev');
const { standard } = standardSafety.policies;
if (standard === undefined) throw new Error('There is no standard policy.');

function problemsOf(safety: unknown): readonly string[] {
  try {
    validateEnvironment({ ...dev, safety }, 'some/file.ts');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

test('each environment has a policy, and its gateway is told of it', () => {
  for (const name of ['dev', 'staging', 'prod'] as const) {
    const config = loadEnvironment(name);
    expect(config.safety?.policies[config.safety.default]).toBeDefined();
    expect(platformDocumentOf(config).safety).toEqual(config.safety);
  }
});

test('the standard policy redacts all that callers send, and of answers what nobody should be shown', () => {
  expect(new Set(actionsOf(standard, 'input').values())).toEqual(new Set(['redact']));
  const output = actionsOf(standard, 'output');
  expect([output.get('card'), output.get('us_ssn'), output.get('aws_key'), output.get('email'), output.get('person')]).toEqual([
    'redact',
    'redact',
    'redact',
    'allow',
    'allow',
  ]);
});

test.each([
  [
    'a default that is not there',
    { ...standardSafety, default: 'strict' },
    'safety.default: found "strict", which is not in policies; there are "standard"',
  ],
  [
    'a tenant’s that is not there',
    { ...standardSafety, tenants: { acme: 'x' } },
    'safety.tenants.acme: found "x", which is not in policies',
  ],
  [
    'one that contradicts itself',
    { ...standardSafety, policies: { standard: { ...standard, output: { kinds: { email: 'block' }, others: 'allow' } } } },
    'safety.policies.standard.input.restore: "email" is redacted in input and put back into the answer, where output blocks it',
  ],
  [
    'a misspelt kind',
    { ...standardSafety, policies: { standard: { ...standard, output: { kinds: { emial: 'block' }, others: 'allow' } } } },
    'safety.policies.standard.output.kinds.emial: ',
  ],
])('%s is refused, with its place', (_, safety, problem) => {
  expect(problemsOf(safety)).toEqual([expect.stringContaining(problem)]);
});

test('none at all is allowed', () => {
  expect(problemsOf(undefined)).toEqual([]);
});
