import { loadEnvironment, ConfigError, validateEnvironment } from '../../../config/load';
import { platformDocument } from '../../../config/make-platform-document';
import { platformDocumentOf } from '../../../config/platform-document';
import type { OwnModel } from '../../../config/providers';
import { priceTable } from '../../../config/prices';
import { platformDocument as documentSchema } from '../../../lambdas/core/platform';

const dev = loadEnvironment('dev');
const openai = { api: 'openai-compatible', baseUrl: 'https://api.openai.com/v1', secretId: 'team/openai' } as const;
const ollama = { api: 'openai-compatible', baseUrl: 'http://localhost:11434/v1', maxTokensField: 'max_tokens' } as const;
const anthropic = { api: 'anthropic', baseUrl: 'https://api.anthropic.com', secretId: 'anthropic', headers: { 'x-team': 'blue' } } as const;
const capabilities: OwnModel['capabilities'] = {
  tools: 'named',
  strictTools: true,
  serialTools: true,
  images: true,
  jsonSchema: 'native',
  sampling: 'both',
  effort: [],
};
const own: OwnModel & { readonly price: object } = {
  id: 'house-model',
  provider: 'openai',
  providerModelId: 'gpt-x',
  tier: 'mid',
  contextWindowTokens: 100_000,
  maxOutputTokens: 8_000,
  capabilities,
  price: { input: 150_000, output: 600_000, cacheRead: 75_000 },
};
const config = { ...dev, providers: { openai, ollama, anthropic }, models: [...dev.models, own] };

function problemsOf(raw: unknown): readonly string[] {
  try {
    validateEnvironment(raw, 'some/file.ts');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

const withModel = (change: object) =>
  problemsOf({ ...config, models: ['nova-pro', { ...own, ...change }], routing: { ...dev.routing, aliases: {} } });
const withProvider = (provider: object) => problemsOf({ ...config, providers: { ...config.providers, x: provider } });

test('an environment may have providers and models of its own', () => {
  expect(problemsOf(config)).toEqual([]);
  const document = platformDocumentOf(validateEnvironment(config, 'x'));
  expect(documentSchema.parse(document)).toEqual(document);
  expect(document.providers).toEqual({ bedrock: { api: 'bedrock' }, openai, ollama, anthropic });
  expect(document.models.at(-1)).toEqual(own);
});

test('so may a gateway in a stack of one’s own', () => {
  const document = platformDocument({ region: 'eu-west-1', providers: { openai }, models: [own] });
  expect(document.models).toEqual([own]);
  expect(Object.keys(document.providers)).toEqual(['bedrock', 'openai']);
});

test('Bedrock is always there', () => expect(platformDocumentOf(dev).providers).toEqual({ bedrock: { api: 'bedrock' } }));

test.each(['auto', 'static'])('a model of one’s own cannot be called %s', (id) => {
  expect(withModel({ id })).toEqual([`models.1.id: found "${id}", which means something else already; name the model differently`]);
});

test('a price may be 0 where it is said', () => {
  expect(withModel({ price: { input: 0, output: 0 } })).toEqual([]);
});

test('a price that is not said is that of the table', () => {
  const { price: _price, ...unpriced } = own;
  const [priced] = Object.keys(priceTable.models);
  const models = [{ ...unpriced, providerModelId: priced ?? '' }];
  expect(platformDocument({ region: 'eu-west-1', providers: { openai }, models }).models[0]?.price).toEqual(
    priceTable.models[priced ?? ''],
  );
});

test('a model without any price is refused, never free', () => {
  expect(withModel({ price: undefined })).toEqual([
    `models.1.price: missing, and price table ${priceTable.version} has none for "gpt-x"; state it in micro-dollars per million tokens, as { input: 150000, output: 600000 }, or 0 for what costs nothing`,
  ]);
  const { price: _price, ...unpriced } = own;
  expect(() => platformDocumentOf({ ...dev, models: [unpriced] })).toThrow(/^Model "house-model" has no price/);
});

test.each<[object, string]>([
  [{ provider: 'opanai' }, 'models.1.provider: found "opanai"; it must be one of "openai", "ollama", "anthropic"'],
  [{ provider: 'bedrock' }, 'models.1.provider: found "bedrock"; it must be 1 to 32 lower-case letters'],
  [{ teir: 'mid' }, 'models.1.teir: Unrecognized key "teir": did you mean "tier"?'],
  [{ tier: 'midd' }, 'models.1.tier: found "midd": did you mean "mid"? It must be one of "large", "mid", "small"'],
  [{ capabilities: { ...capabilities, image: true } }, 'models.1.capabilities.image: Unrecognized key "image": did you mean "images"?'],
  [{ capabilities: { ...capabilities, jsonSchema: 'tool' } }, 'models.1.capabilities.jsonSchema: found "tool"; with an openai-compatible'],
  [{ price: { input: -1, output: 0 } }, 'models.1.price.input: found -1; it must be a whole number'],
  [{ price: { input: 0.5, output: 0 } }, 'models.1.price.input: found 0.5; it must be a whole number'],
  [{ price: { input: Number.NaN, output: 0 } }, 'models.1.price.input: found NaN; it must be a whole number'],
  [{ maxOutputTokens: 200_000 }, 'models.1.maxOutputTokens: found 200000; it must be at most contextWindowTokens (100000)'],
  [{ maxOutputTokens: 0 }, 'models.1.maxOutputTokens: found 0; it must be a whole number from 1'],
  [{ id: 'House' }, 'models.1.id: found "House"; it must be 1 to 63 lower-case'],
  [{ id: 'nova-pro' }, 'models.1: found "nova-pro" again'],
])('a model with %j is refused with what to change', (change, message) => {
  expect(withModel(change)).toEqual([expect.stringContaining(message)]);
});

test.each([7, null, [], {}])('%j is no model', (model) => {
  expect(problemsOf({ ...config, models: [...dev.models, model] })[0]).toMatch(/^models\.9/);
});

test.each<[object, string]>([
  [
    { ...openai, baseUrl: 'http://api.openai.com/v1' },
    'providers.x.baseUrl: found "http://api.openai.com/v1"; it must be https, or the key',
  ],
  [{ ...openai, baseUrl: 'https://a:b@c/v1' }, 'providers.x.baseUrl: found "https://a:b@c/v1"; it must be an http(s) URL without query'],
  [{ ...openai, baseUrl: 'api.openai.com' }, 'providers.x.baseUrl: found "api.openai.com"; it must be an http(s) URL'],
  [{ ...openai, baseURL: 'x' }, 'providers.x.baseURL: Unrecognized key "baseURL": did you mean "baseUrl"?'],
  [{ ...openai, secretId: 'a b' }, 'providers.x.secretId: found "a b"; it must be the name of a secret'],
  [{ ...openai, secretId: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:a' }, 'providers.x.secretId: found "arn:'],
  [
    { ...openai, headers: { authorization: 'Bearer x' } },
    'providers.x.headers.authorization: found the key "authorization"; a key must be',
  ],
  [{ ...openai, headers: { 'x-a': 'b\r\nc: d' } }, 'providers.x.headers.x-a: found "b\\r\\nc: d"; it must be up to 1,024'],
  [{ api: 'anthropic', baseUrl: 'https://api.anthropic.com' }, 'providers.x.secretId: missing; it must be the name of a secret'],
  [{ ...openai, api: 'opnai' }, 'providers.x.api: found "opnai"; it must be one of "openai-compatible", "anthropic"'],
  [{ baseUrl: 'https://x.example' }, 'providers.x.api: missing; it must be one of "openai-compatible", "anthropic"'],
])('a provider of %j is refused with what to change', (provider, message) => {
  expect(withProvider(provider)).toEqual([expect.stringContaining(message)]);
});

test('a whole ARN names a secret, and a server on this machine needs no https', () => {
  const secretId = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:team/openai-AbC123';
  expect(withProvider({ ...openai, secretId })).toEqual([]);
  expect(withProvider({ ...ollama, secretId: 'local' })).toEqual([]);
});

test('no provider takes Bedrock’s name', () => {
  expect(problemsOf({ ...config, providers: { ...config.providers, bedrock: openai } })).toEqual([
    expect.stringContaining('providers.bedrock: found the key "bedrock"; a key must be 1 to 32 lower-case letters'),
  ]);
});

test('a document in which a model names no provider of its own is not parsed', () => {
  const document = { ...platformDocumentOf(dev), providers: {} };
  expect(documentSchema.safeParse(document).error?.issues[0]?.message).toBe(
    'model "claude-opus-5" names provider "bedrock", which is not in providers',
  );
});
