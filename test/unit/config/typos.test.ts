import { ConfigError, loadEnvironment, validateEnvironment } from '../../../config/load';

type Tree = Record<string, unknown>;

/** Keys of a record are the user's own: a misspelt tag or alias cannot be told from a new one. */
const FREE_KEYS = new Set(['tags', 'aliases', 'residency', 'policies']);

/** Optional keys that dev has no need of are misspelt too. */
const dev: Tree = {
  ...loadEnvironment('dev'),
  account: '123456789012',
  dataResidency: 'geography',
  permissionsBoundary: 'boundary',
  identity: { oidc: [{ issuer: 'https://login.example.com', audiences: ['x'], tenantClaim: 'org' }], residency: {} },
  notifications: { emails: [], owner: 'team', runbooks: 'https://example.com' },
};

/** Every way to leave out, swap, double, capitalise or replace one letter. */
function typosOf(key: string): readonly string[] {
  const typos = new Set<string>();
  for (let i = 0; i < key.length; i++) {
    const [before, letter, after] = [key.slice(0, i), key.charAt(i), key.slice(i + 1)];
    typos.add(before + after);
    typos.add(before + after.charAt(0) + letter + after.slice(1));
    typos.add(before + letter + letter + after);
    typos.add(before + letter.toUpperCase() + after);
    typos.add(`${before}x${after}`);
  }
  for (const variant of [
    key.toUpperCase(),
    key.toLowerCase(),
    `${key}s`,
    `${key}_`,
    key.replace(/(?<=[a-z])[A-Z]/g, (l) => `_${l.toLowerCase()}`),
  ]) {
    typos.add(variant);
  }
  typos.delete(key);
  return [...typos];
}

function keyPaths(tree: Tree, at: readonly string[] = []): readonly (readonly string[])[] {
  return Object.entries(tree).flatMap(([key, value]) => {
    const path = [...at, key];
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return [path, ...(isObject && !FREE_KEYS.has(key) ? keyPaths(value as Tree, path) : [])];
  });
}

/** The tree with one key renamed. */
function renamed(tree: Tree, path: readonly string[], to: string): Tree {
  const [first, ...rest] = path;
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) => {
      if (key !== first) return [key, value];
      return rest.length === 0 ? [to, value] : [key, renamed(value as Tree, rest, to)];
    }),
  );
}

function messageOf(raw: unknown): string {
  try {
    validateEnvironment(raw, 'dev.ts');
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'no error';
}

describe('every typo tried is caught with its nearest match', () => {
  const paths = keyPaths(dev);

  test('the config has keys to misspell', () => {
    expect(paths.length).toBeGreaterThan(30);
    expect(messageOf(dev)).toBe('no error');
  });

  test.each(paths.map((path) => [path.join('.'), path] as const))('%s', (_, path) => {
    const key = path.at(-1) ?? '';
    const typos = typosOf(key);
    expect(typos.length).toBeGreaterThan(key.length);
    const uncaught = typos.filter((typo) => {
      const where = [...path.slice(0, -1), typo].join('.');
      return !messageOf(renamed(dev, path, typo)).includes(`  ${where}: Unrecognized key "${typo}": did you mean "${key}"?`);
    });
    expect(uncaught).toEqual([]);
  });

  test.each([
    ['removalPolicy', ['destroy', 'retain']],
    ['logLevel', ['DEBUG', 'INFO', 'WARN', 'ERROR']],
    ['dataResidency', ['geography', 'global']],
    ['region', ['us-east-1', 'eu-west-1', 'ap-southeast-2']],
  ])('values of %s', (key, values) => {
    // A typo may be another value, and a region's may be as near to another region: then that one is rightly named.
    for (const value of values) {
      for (const typo of typosOf(value)) {
        const message = messageOf({ ...dev, [key]: typo });
        if (key === 'region')
          expect(message).toMatch(
            /no error|cannot be called|region: found ".*": did you mean "[a-z]+-[a-z]+-\d"\? It must be one of "us-east-1"/,
          );
        else expect(message).toContain(`  ${key}: found "${typo}": did you mean "${value}"? It must be one of "`);
      }
    }
  });

  test('a model', () => {
    expect(messageOf({ ...dev, models: ['nova-pro', 'claude-haiku-45'] })).toContain(
      '  models.1: found "claude-haiku-45": did you mean "claude-haiku-4.5"? It must be one of "claude-opus-5", ',
    );
  });
});
