import { ConfigError, loadEnvironment, validateEnvironment } from '../../../config/load';
import { platformDocument } from '../../../config/make-platform-document';
import { platformDocumentOf } from '../../../config/platform-document';
import { defaultRouting } from '../../../config/routing';

const dev = loadEnvironment('dev');

function problemsOf(routing: unknown): readonly string[] {
  try {
    validateEnvironment({ ...dev, routing }, 'some/file.ts');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

const numbers = Object.entries(dev.routing).flatMap(([group, value]) =>
  Object.entries(value).flatMap(([key, leaf]) => (typeof leaf === 'number' ? [[group, key] as const] : [])),
);

test('there are numbers to check', () => {
  expect(numbers.map((path) => path.join('.')).toSorted()).toEqual([
    'breaker.failureThreshold',
    'breaker.openMs',
    'fallback.maxModels',
    'retry.baseDelayMs',
    'retry.maxAttempts',
    'retry.maxDelayMs',
    'retry.maxRetryAfterMs',
    'timeouts.firstTokenMs',
    'timeouts.idleMs',
    'validation.maxEscalations',
    'validation.maxRepairs',
  ]);
});

test.each(numbers)('%s.%s refuses what is no sensible number, and is mandatory', (group, key) => {
  const change = (value: unknown) =>
    problemsOf({ ...dev.routing, [group]: { ...(dev.routing[group as 'retry'] as object), [key]: value } });
  // None is a sensible number of repairs.
  const zero = group === 'validation' ? [] : [0];
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1, ...zero, 0.5, 1e12, '10', true]) {
    expect(change(value)).toEqual([expect.stringContaining(`routing.${group}.${key}: found `)]);
  }
  expect(change(undefined)).toEqual([expect.stringContaining(`routing.${group}.${key}: missing`)]);
});

test.each<[string, object, string]>([
  [
    'an alias of a model that is not offered',
    { aliases: { cheap: ['claude-haiku-4.5', 'nova-sonic'] } },
    'routing.aliases.cheap.1: found "nova-sonic"',
  ],
  ['an alias without models', { aliases: { cheap: [] } }, 'routing.aliases.cheap: found []'],
  [
    'an alias of a model’s name',
    { aliases: { 'nova-lite': ['nova-pro'] } },
    'routing.aliases.nova-lite: found "nova-lite", which means something',
  ],
  ['an alias named auto', { aliases: { auto: ['nova-pro'] } }, 'routing.aliases.auto: found "auto", which means something else already'],
  ['a misspelt setting', { fallbak: {} }, 'routing.fallbak: Unrecognized key "fallbak": did you mean "fallback"?'],
  ['a tier that does not exist', { tasks: { ...dev.routing.tasks, chat: 'tiny' } }, 'routing.tasks.chat: found "tiny"'],
  ['a static text without text', { degraded: { text: '' } }, 'routing.degraded.text: found ""'],
])('%s is refused', (_name, change, problem) => {
  expect(problemsOf({ ...dev.routing, ...change })).toContainEqual(expect.stringContaining(problem));
});

test('a model that the catalogue has and the environment has not', () => {
  const models = ['nova-pro'] as const;
  const raw = { ...dev, models, routing: { ...dev.routing, aliases: { best: ['nova-pro', 'nova-lite'] } } };
  expect(() => validateEnvironment(raw, 'some/file.ts')).toThrow(
    /routing\.aliases\.best\.1: found "nova-lite", which is not in models; add it there or remove it/,
  );
});

test('the gateway is told all of it', () => {
  expect(platformDocumentOf(dev).routing).toEqual(dev.routing);
  expect(platformDocument({ region: 'us-east-1', models: ['nova-lite'] }).routing).toEqual(defaultRouting);
});

test.each(['dev', 'staging', 'prod'])('%s: a model is given up well before the whole call is', (name) => {
  const { routing, limits } = loadEnvironment(name);
  expect(routing.timeouts.firstTokenMs).toBeLessThan(limits.modelTimeoutSeconds * 1000);
  expect(routing.timeouts.idleMs).toBeLessThan(limits.modelTimeoutSeconds * 1000);
  expect(routing.retry.baseDelayMs).toBeLessThanOrEqual(routing.retry.maxDelayMs);
});
