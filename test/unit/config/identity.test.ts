import { ConfigError, loadEnvironment, validateEnvironment } from '../../../config/load';
import { platformDocument } from '../../../config/make-platform-document';
import { platformDocumentOf } from '../../../config/platform-document';
import type { OwnModel } from '../../../config/providers';
import { isWithin, places } from '../../../config/regions';
import { platformDocument as documentSchema } from '../../../lambdas/core/platform';
import * as core from '../../../lambdas/core/residency';
import { taskTypes } from '../../../lambdas/core/routing-policy';
import { EMBEDDING_TASK, routeNames } from '../../../lambdas/core/scopes';

const dev = loadEnvironment('dev');
const issuer = {
  issuer: 'https://login.example.com',
  audiences: ['ai-platform'],
  tenantClaim: 'org',
  tenants: { 'org-1': 'acme' },
  teamClaim: 'team',
  grants: [
    { claim: 'groups', value: 'ai-users', scopes: { models: ['nova-*'], tasks: ['chat', 'embedding'], routes: ['chat', 'models'] } },
  ],
};
const identity = { oidc: [issuer], residency: { acme: { within: ['us'], noRetention: true } } };

function problemsOf(change: object): readonly string[] {
  try {
    validateEnvironment({ ...dev, ...change }, 'some/file.ts');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

const withIssuer = (change: object) => problemsOf({ identity: { oidc: [{ ...issuer, ...change }] } });
const withScopes = (scopes: object) => withIssuer({ grants: [{ claim: 'groups', value: 'x', scopes }] });

test('what an environment says of identities is what the gateway is told', () => {
  expect(problemsOf({ identity })).toEqual([]);
  const document = platformDocumentOf(validateEnvironment({ ...dev, identity }, 'x'));
  expect(document.identity).toEqual(identity);
  expect(documentSchema.parse(document)).toEqual(document);
  expect(
    platformDocument({ region: 'eu-west-1', models: ['nova-pro'], identity: { oidc: [{ ...issuer, grants: undefined }] } }).identity,
  ).toEqual({
    oidc: [{ ...issuer, grants: undefined }],
  });
  expect(platformDocumentOf(dev)).not.toHaveProperty('identity');
});

test('a grant may name every route and task that there is', () => {
  expect(withScopes({ routes: [...routeNames], tasks: [...taskTypes, EMBEDDING_TASK] })).toEqual([]);
});

test.each<[string, readonly string[], string]>([
  ['a misspelt member', withIssuer({ audience: ['x'] }), 'Unrecognized key "audience": did you mean "audiences"?'],
  ['no audience', withIssuer({ audiences: [] }), 'identity.oidc.0.audiences: found []; it must be a list of 1 to 20 items'],
  ['an issuer in the clear', withIssuer({ issuer: 'http://login.example.com' }), 'it must be an https URL'],
  ['an issuer with a query', withIssuer({ issuer: 'https://login.example.com?x' }), 'it must be an https URL'],
  [
    'keys in the clear',
    withIssuer({ jwksUri: 'http://login.example.com/keys' }),
    'identity.oidc.0.jwksUri: found "http://login.example.com/keys"',
  ],
  ['what is no URL', withIssuer({ issuer: 'login' }), 'identity.oidc.0.issuer: found "login"'],
  [
    'an issuer twice',
    problemsOf({ identity: { oidc: [issuer, issuer] } }),
    'identity.oidc.1.issuer: found "https://login.example.com" again',
  ],
  ['a tenant that none can be', withIssuer({ tenants: { a: 'a/b' } }), 'identity.oidc.0.tenants.a: found "a/b"'],
  ['a scope of unknown kind', withScopes({ model: ['nova-pro'] }), 'Unrecognized key "model": did you mean "models"?'],
  ['a task that is none', withScopes({ tasks: ['sumarization'] }), 'did you mean "summarization"?'],
  ['a route that is none', withScopes({ routes: ['chats'] }), 'did you mean "chat"?'],
  [
    'a model that is none',
    withScopes({ models: ['nova-por'] }),
    'found "nova-por", which is no model of this environment; did you mean "nova-pro"?',
  ],
  ['models that are none', withScopes({ models: ['zzzz*'] }), 'it must be one of claude-opus-5'],
  ['a scope that allows nothing', withScopes({ models: [] }), 'it must be a list of 1 to 50 items'],
  ['a misspelt region', problemsOf({ identity: { residency: { acme: { within: ['eu-wset-1'] } } } }), 'did you mean "eu-west-1"?'],
  [
    'a residency that no model satisfies',
    problemsOf({ identity: { residency: { acme: { within: ['eu'] } } } }),
    'identity.residency.acme: found {"within":["eu"]}, which no model of this environment satisfies; called from us-east-1',
  ],
])('%s is refused, with what to change', (_name, problems, message) => {
  expect(problems).toContainEqual(expect.stringContaining(message));
});

test.each(['http://localhost:9000', 'http://127.0.0.1:9000/realms/x', 'http://[::1]:9000'])(
  '%s is an issuer of this machine',
  (address) => {
    expect(withIssuer({ issuer: address })).toEqual([]);
  },
);

describe('where models process what they are sent', () => {
  const of = (region: string, model: string | object, more: object = {}) => {
    const config = { ...dev, region, models: [model], embeddingModels: [], ...more } as typeof dev;
    const { processedIn, retention } = platformDocumentOf(config).models[0] ?? {};
    return { processedIn, retention };
  };
  const own: OwnModel = {
    id: 'house-model',
    provider: 'house',
    providerModelId: 'x',
    tier: 'mid',
    contextWindowTokens: 100_000,
    maxOutputTokens: 8_000,
    capabilities: {
      tools: 'none',
      strictTools: false,
      serialTools: false,
      images: false,
      jsonSchema: 'none',
      sampling: 'both',
      effort: [],
    },
    price: { input: 0, output: 0 },
  };

  test.each<[string, string, readonly string[]]>([
    ['us-east-1', 'claude-haiku-4.5', ['us']],
    ['eu-west-1', 'claude-haiku-4.5', ['eu']],
    // Canada's regions are served by the profile of the United States.
    ['ca-central-1', 'claude-opus-5', ['us', 'ca-central-1']],
    ['il-central-1', 'nova-lite', ['eu', 'il-central-1']],
    ['us-east-1', 'mistral-large-3', ['us-east-1']],
  ])('from %s, %s: %j', (region, model, processedIn) => {
    expect(of(region, model)).toEqual({ processedIn, retention: 'none' });
  });

  test('anywhere, when the environment lets them', () => {
    expect(of('eu-west-1', 'claude-haiku-4.5', { dataResidency: 'global' })).toEqual({ processedIn: ['global'], retention: 'none' });
  });

  test('of models of one’s own, as said, and where the gateway is; unknown when nothing is said', () => {
    const providers = { house: { api: 'openai-compatible', baseUrl: 'https://models.example.com' } };
    const from = (change: object) => of('eu-west-1', { ...own, ...change }, { providers });
    expect(from({})).toEqual({ processedIn: undefined, retention: undefined });
    expect(from({ processedIn: ['eu-central-1'], retention: 'none' })).toEqual({
      processedIn: ['eu-central-1', 'eu-west-1'],
      retention: 'none',
    });
    expect(from({ processedIn: ['eu'] }).processedIn).toEqual(['eu']);
    expect(from({ processedIn: ['global'] }).processedIn).toEqual(['global']);
  });
});

test('the config and the gateway agree on what is within what', () => {
  const pairs = places.flatMap((place) => places.map((allowed) => [place, allowed] as const));
  const differing = pairs.filter(([place, allowed]) => isWithin(place, [allowed]) !== core.isWithin([place], [allowed]));
  expect(differing).toEqual([]);
  expect(core.isWithin(['global'], ['us', 'eu'])).toBe(false);
  expect(isWithin('global', ['us', 'eu'])).toBe(false);
  expect(core.isWithin(undefined, ['us'])).toBe(false);
  expect(core.isWithin(['eu', 'us-east-1'], ['eu'])).toBe(false);
});
