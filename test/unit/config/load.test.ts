import { ConfigError, loadEnvironment, validateEnvironment } from '../../../config/load';
import { priceTable } from '../../../config/prices';

const dev = loadEnvironment('dev');
/** Without aliases, which would have to follow a change of models. */
const semantic = { embeddingModel: 'titan-embed-text-v2', dimensions: 1_024, threshold: 0.9, tenants: [] };
const plain = { ...dev, embeddingModels: [], answerCache: undefined, routing: { ...dev.routing, aliases: {} } };

function problemsOf(raw: unknown, prices = priceTable): readonly string[] {
  try {
    validateEnvironment(raw, 'some/file.ts', prices);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

describe('loadEnvironment', () => {
  test.each(['dev', 'staging', 'prod'])('%s is valid and has its own name', (name) => {
    expect(loadEnvironment(name).name).toBe(name);
  });

  test('environments differ where real ones do', () => {
    const [staging, prod] = [loadEnvironment('staging'), loadEnvironment('prod')];
    expect([dev, staging, prod].map((config) => config.removalPolicy)).toEqual(['destroy', 'retain', 'retain']);
    expect([dev, staging, prod].map((config) => config.terminationProtection)).toEqual([false, true, true]);
    // Requests have their lines in each: the dashboard counts them.
    expect([dev, staging, prod].map((config) => config.logLevel)).toEqual(['DEBUG', 'INFO', 'INFO']);
    for (const field of ['retention', 'limits', 'gateway', 'alarms', 'notifications', 'tags'] as const) {
      expect(new Set([dev, staging, prod].map((config) => JSON.stringify(config[field]))).size).toBe(3);
    }
    expect(prod.permissionsBoundary).toMatch(/^[\w-]+$/);
  });

  test.each([
    ['prd', '-c env=prd: no such environment; found dev, staging, prod; did you mean prod?'],
    ['Dev', '-c env=Dev: no such environment; found dev, staging, prod; did you mean dev?'],
    ['qa-of-team-seven', '-c env=qa-of-team-seven: no such environment; found dev, staging, prod'],
    ['', '-c env=: no such environment; found dev, staging, prod'],
    ['toString', '-c env=toString: no such environment; found dev, staging, prod'],
  ])('%j does not exist', (name, message) => {
    expect(() => loadEnvironment(name)).toThrow(ConfigError);
    expect(() => loadEnvironment(name)).toThrow(expect.objectContaining({ message }));
  });

  test('the error names the option that the user gave', () => {
    expect(() => loadEnvironment('prd', '--env prd')).toThrow(/^--env prd: no such environment/);
  });
});

describe('validateEnvironment', () => {
  test('names the source and lists every problem, typos first', () => {
    const { retention, ...rest } = dev;
    const raw = { ...rest, retenshun: retention, limits: { ...dev.limits, requestsPerSecond: 0 }, logLevel: 'info' };
    expect(() => validateEnvironment(raw, 'config/environments/dev.ts')).toThrow(
      expect.objectContaining({
        message: [
          'config/environments/dev.ts has 4 problems:',
          '  retenshun: Unrecognized key "retenshun": did you mean "retention"?',
          '  logLevel: found "info": did you mean "INFO"? It must be one of "DEBUG", "INFO", "WARN", "ERROR"',
          '  retention: missing; it must be an object with auditDays, agentDays, logDays',
          '  limits.requestsPerSecond: found 0; it must be a whole number from 1 to 100000',
        ].join('\n'),
      }),
    );
  });

  test('a key like none of them is told which there are', () => {
    expect(problemsOf({ ...dev, retention: { ...dev.retention, x: 1 } })).toEqual([
      'retention.x: Unrecognized key "x": allowed are auditDays, agentDays, logDays',
    ]);
  });

  test.each([undefined, null, 7, 'dev', [], () => dev])('%p is no configuration', (raw) => {
    expect(problemsOf(raw)).toEqual([expect.stringMatching(/^: (missing|found .*); it must be an object with name, platform, account, /)]);
  });

  const numbers = [
    ['retention', 'auditDays'],
    ['retention', 'agentDays'],
    ['retention', 'logDays'],
    ['limits', 'requestsPerSecond'],
    ['limits', 'burst'],
    ['limits', 'maxBodyBytes'],
    ['limits', 'modelTimeoutSeconds'],
    ['gateway', 'memoryMb'],
    ['gateway', 'timeoutSeconds'],
    ['retrieval', 'dimensions'],
    ['retrieval', 'minOcu'],
    ['retrieval', 'maxOcu'],
    ['firewall', 'requestsPer5MinutesPerAddress'],
    ['alarms', 'errorRatePercent'],
    ['alarms', 'invalidAnswersPercent'],
    ['alarms', 'escalationsPercent'],
    ['alarms', 'latencyP99Ms'],
    ['alarms', 'spendUsdPerHour'],
    ['alarms', 'monthlyBudgetUsd'],
    ['answerCache', 'ttlSeconds'],
    ['answerCache', 'maxTtlSeconds'],
    ['answerCache', 'maxMessages'],
  ] as const;
  /** Of these 0 means none, and is allowed. */
  const numbersFromZero = [
    ['answerCache', 'staleSeconds'],
    ['answerCache', 'maxTemperature'],
  ] as const;

  test('the table of numbers is complete', () => {
    const inConfig = Object.entries(dev).flatMap(([group, value]) =>
      Object.entries(value).flatMap(([key, leaf]) => (typeof leaf === 'number' ? [`${group}.${key}`] : [])),
    );
    expect(inConfig.toSorted()).toEqual([...numbers, ...numbersFromZero].map((path) => path.join('.')).toSorted());
  });

  describe.each(numbers)('%s.%s', (group, key) => {
    const wrong = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 0, 1e12, '10', null, true];
    // No compute units while nobody searches: the one number that may be 0.
    test.each(wrong.filter((value) => value !== 0 || key !== 'minOcu'))('refuses %p', (value) => {
      const found = typeof value === 'string' ? `"${value}"` : String(value);
      expect(problemsOf({ ...dev, [group]: { ...dev[group], [key]: value } })[0]).toMatch(
        new RegExp(
          `^${group}\\.${key}: found ${found.replace('+', '\\+')}; it must be (a whole number from|a number greater than|one of) `,
        ),
      );
    });

    test('is mandatory', () => {
      expect(problemsOf({ ...dev, [group]: { ...dev[group], [key]: undefined } })[0]).toMatch(`${group}.${key}: missing; it must be `);
    });
  });

  describe.each(numbersFromZero)('%s.%s', (group, key) => {
    test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 1e12, '10', null, true])('refuses %p', (value) => {
      expect(problemsOf({ ...dev, [group]: { ...dev[group], [key]: value } })[0]).toMatch(
        new RegExp(`^${group}\\.${key}: found .*; it must be a`),
      );
    });

    test('may be 0', () => {
      expect(problemsOf({ ...dev, [group]: { ...dev[group], [key]: 0 } })).toEqual([]);
    });
  });

  test.each([
    ['account', 123456789012, 'found 123456789012; it must be 12 digits, in quotes'],
    ['account', '12345678901', 'found "12345678901"; it must be 12 digits, in quotes'],
    ['region', 'mars-north-1', 'found "mars-north-1": did you mean "eu-north-1"? It must be one of "us-east-1", '],
    ['region', undefined, 'missing; it must be one of "us-east-1", '],
    ['tracing', 'yes', 'found "yes"; it must be true or false'],
    ['terminationProtection', 1, 'found 1; it must be true or false'],
    ['models', [], 'found []; it must be a list of 1 to any number of items'],
    ['models', 'nova-pro', 'found "nova-pro"; it must be a list of 1 to any number of items'],
    ['permissionsBoundary', 'arn:aws:iam::1:policy/x y', 'found "arn:aws:iam::1:policy/x y"; it must be name or ARN of a managed policy'],
    ['name', 'Dev', 'found "Dev"; it must be 1 to 20 lower-case letters, digits or hyphens, starting with a letter'],
    ['tags', 'x', 'found "x"; it must be an object of names and values'],
  ])('%s = %j', (key, value, message) => {
    expect(problemsOf({ ...dev, [key]: value })[0]).toMatch(new RegExp(`^${key}: ${message.replace(/[.?()[\]]/g, '\\$&')}`));
  });

  test('tags and addresses are told by their own path', () => {
    expect(problemsOf({ ...dev, tags: { 'aws:team': 'x' }, notifications: { emails: ['a@example.com', 'nobody'] } })).toEqual([
      'tags.aws:team: found the key "aws:team"; a key must be 1 to 128 letters, digits, spaces or _.:/=+-@, not starting with "aws:"',
      'notifications.emails.1: found "nobody"; it must be an e-mail address',
    ]);
    expect(problemsOf({ ...dev, tags: { team: 7 } })).toEqual([
      'tags.team: found 7; it must be up to 256 letters, digits, spaces or _.:/=+-@',
    ]);
  });

  test.each([
    ['owner', '', 'found ""; it must be 1 to 64 letters, digits, spaces or _./@-'],
    ['owner', 'team. Runbook: elsewhere', 'found "team. Runbook: elsewhere"; it must be 1 to 64 letters, digits, spaces or _./@-'],
    ['runbooks', 'docs/runbooks', 'found "docs/runbooks"; it must be an http(s) URL'],
    ['runbooks', 'javascript:alert(1)', 'found "javascript:alert(1)"; it must be an http(s) URL'],
  ])('notifications.%s = %j', (key, value, message) => {
    expect(problemsOf({ ...dev, notifications: { emails: [], [key]: value } })).toEqual([`notifications.${key}: ${message}`]);
  });

  test.each<[unknown, string[]]>([
    [{ acme: { dailySpendUsd: 50 } }, []],
    [{ acme: { dailySpendUsd: -1 } }, ['.acme.dailySpendUsd: found -1; it must be a number greater than 0 and at most 1000000']],
    [{ acme: {} }, ['.acme.dailySpendUsd: missing; it must be a number greater than 0 and at most 1000000']],
    [{ acme: { dailySpendUsd: 1, dailySpend: 2 } }, ['.acme.dailySpend: Unrecognized key "dailySpend": did you mean "dailySpendUsd"?']],
    [
      { 'a b': { dailySpendUsd: 1 } },
      ['.a b: found the key "a b"; a key must be 1 to 63 letters, digits, dots, underscores or hyphens, starting with a letter or digit'],
    ],
    [['acme'], [': found ["acme"]; it must be an object of names and values']],
    [Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`t-${index}`, { dailySpendUsd: 1 }])), []],
    [
      Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`t-${index}`, { dailySpendUsd: 1 }])),
      [': found 21 tenants; there may be at most 20'],
    ],
  ])('alarms.tenants = %j', (tenants, expected) => {
    expect(problemsOf({ ...dev, alarms: { ...dev.alarms, tenants } })).toEqual(expected.map((problem) => `alarms.tenants${problem}`));
  });

  test('a long value is shortened', () => {
    expect(problemsOf({ ...dev, name: 'x'.repeat(5000) })[0]?.length).toBeLessThan(250);
  });

  test.each([
    [{ limits: { ...dev.limits, burst: 10 } }, ['limits.burst: found 10; it must be at least limits.requestsPerSecond (20)']],
    [
      { gateway: { ...dev.gateway, timeoutSeconds: 129 } },
      ['gateway.timeoutSeconds: found 129; it must be at least limits.modelTimeoutSeconds (120) and 10 more, to settle the call'],
    ],
    [{ gateway: { ...dev.gateway, timeoutSeconds: 130 } }, []],
    [
      { deletionProtection: true },
      ['deletionProtection: found true; with removalPolicy "destroy" it must be false, or deleting the stack fails'],
    ],
    [
      { archive: { objectLock: { mode: 'governance', days: 30 } } },
      [
        'archive.objectLock: found, and with removalPolicy "destroy" there must be none: what is locked cannot be deleted, and deleting the stack fails',
      ],
    ],
    [{ models: ['nova-pro', 'nova-lite', 'nova-pro'] }, ['models.2: found "nova-pro" again; name each once']],
    [
      { notifications: { emails: ['a@example.com', 'a@example.com'] } },
      ['notifications.emails.1: found "a@example.com" again; name each once'],
    ],
    [
      { region: 'eu-west-1', models: ['llama-4-maverick'] },
      [
        'models.0: found "llama-4-maverick", which cannot be called from region eu-west-1; it can from us-east-1, us-east-2, us-west-1, us-west-2',
      ],
    ],
    [{ region: 'ap-northeast-2', models: ['claude-opus-5'], dataResidency: 'global' }, []],
    [
      { answerCache: { ...dev.answerCache, semantic: { embeddingModel: 'nobody', dimensions: 512, threshold: 0.9, tenants: [] } } },
      [
        'answerCache.semantic.embeddingModel: found "nobody", which is not in embeddingModels; add it there',
        'answerCache.semantic.dimensions: found 512; it must be retrieval.dimensions (1024), or no vector fits the index',
      ],
    ],
    [
      {
        embeddingModels: dev.embeddingModels,
        retrieval: { dimensions: 768, minOcu: 0, maxOcu: 2 },
        answerCache: { ...dev.answerCache, semantic: { ...semantic, dimensions: 768 } },
      },
      ['answerCache.semantic.dimensions: found 768; "titan-embed-text-v2" makes vectors of 1024, 512, 256, and of no other number'],
    ],
    [
      { retrieval: undefined, embeddingModels: dev.embeddingModels, answerCache: { ...dev.answerCache, semantic } },
      ['answerCache.semantic: found, and there is no retrieval to keep vectors in; add it, or remove semantic'],
    ],
    [{ retrieval: { dimensions: 1024, minOcu: 4, maxOcu: 2 } }, ['retrieval.maxOcu: found 2; it must be at least retrieval.minOcu (4)']],
    [{ alarms: { ...dev.alarms, prompts: ['churn', 'churn'] } }, ['alarms.prompts.1: found "churn" again; name each once']],
  ])('fields that contradict each other: %j', (change, expected) => {
    // An undefined member of a config is one that is left out.
    expect(problemsOf(Object.fromEntries(Object.entries({ ...plain, ...change }).filter(([, value]) => value !== undefined)))).toEqual(
      expected,
    );
  });

  test('a model that only the global profile serves says how to allow it', () => {
    expect(problemsOf({ ...plain, region: 'sa-east-1', models: ['claude-opus-5'] })).toEqual([
      expect.stringMatching(
        /^models\.0: found "claude-opus-5", which cannot be called from region sa-east-1; .*; or set dataResidency to "global"$/,
      ),
    ]);
  });

  test('a model without a price is refused', () => {
    const { 'us.amazon.nova-pro-v1:0': _, ...models } = priceTable.models;
    expect(problemsOf(dev, { ...priceTable, models })).toEqual([
      `models.4: found "nova-pro", which has no price as "us.amazon.nova-pro-v1:0" in price table ${priceTable.version}; run npm run prices or remove the model`,
    ]);
  });
});
