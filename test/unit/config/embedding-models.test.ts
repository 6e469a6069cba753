import { embeddingCatalogue } from '../../../config/embedding-models';
import { ConfigError, loadEnvironment, validateEnvironment } from '../../../config/load';
import { platformDocument } from '../../../config/make-platform-document';
import { modelCatalogue } from '../../../config/models';
import { platformDocumentOf } from '../../../config/platform-document';
import { priceTable } from '../../../config/prices';
import { platformDocument as documentSchema } from '../../../lambdas/core/platform';

const dev = loadEnvironment('dev');
const servers = {
  house: { api: 'openai-compatible', baseUrl: 'https://models.example.com/v1' },
  other: { api: 'anthropic', baseUrl: 'https://api.example.com', secretId: 'other' },
} as const;
const own = {
  id: 'house-embed',
  provider: 'house',
  providerModelId: 'embedder',
  maxInputTokens: 8_000,
  maxInputsPerCall: 64,
  dimensions: [768],
  price: { input: 0 },
};

function problemsOf(change: object, prices = priceTable): readonly string[] {
  try {
    validateEnvironment({ ...dev, answerCache: undefined, providers: servers, ...change }, 'some/file.ts', prices);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

test('names are distinct, and no chat model has one of them', () => {
  const ids: readonly string[] = [...embeddingCatalogue, ...modelCatalogue].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { regions } of embeddingCatalogue) expect(new Set(regions).size).toBe(regions.length);
});

test.each(['dev', 'staging', 'prod'])('the gateway of %s is told of its models', (name) => {
  const config = loadEnvironment(name);
  const { embeddingModels } = platformDocumentOf(config);
  expect(embeddingModels.map(({ id }) => id)).toEqual(expect.arrayContaining(['titan-embed-text-v2', 'cohere-embed-multilingual-v3']));
  expect(embeddingModels[0]).toEqual({
    id: 'titan-embed-text-v2',
    provider: 'bedrock',
    providerModelId: 'amazon.titan-embed-text-v2:0',
    maxInputTokens: 8_192,
    maxInputsPerCall: 1,
    dimensions: [1_024, 512, 256],
    inputTypes: false,
    price: { input: 20_000 },
    processedIn: [config.region],
    retention: 'none',
  });
});

test('by default there are none, and models of other providers are as they are stated', () => {
  expect(platformDocument({ region: 'us-east-1', models: ['nova-micro'] }).embeddingModels).toEqual([]);
  const document = platformDocument({
    region: 'us-east-1',
    models: ['nova-micro'],
    providers: { house: servers.house },
    embeddingModels: [own],
  });
  expect(document.embeddingModels).toEqual([{ ...own, inputTypes: false }]);
  expect(documentSchema.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
});

test('a document without the member, with one of an unknown provider, with one that chats too', () => {
  const { embeddingModels, ...before } = platformDocumentOf(dev);
  expect(documentSchema.parse(before).embeddingModels).toEqual([]);
  const [first] = embeddingModels;
  const nobodys = documentSchema.safeParse({ ...before, embeddingModels: [{ ...first, provider: 'nobody' }] });
  expect(nobodys.error?.issues[0]).toMatchObject({ path: ['embeddingModels', 0, 'provider'] });
  const twice = documentSchema.safeParse({ ...before, embeddingModels: [{ ...first, id: 'nova-micro' }] });
  expect(twice.error?.issues[0]?.message).toBe('model "nova-micro" is in models too');
});

test.each<[object, readonly string[]]>([
  [{ embeddingModels: [] }, []],
  [{ embeddingModels: [own, 'titan-embed-text-v2'] }, []],
  [{ embeddingModels: ['titan-embed-text-v3'] }, [expect.stringContaining('did you mean "titan-embed-text-v2"?')]],
  [
    { embeddingModels: ['titan-embed-text-v2', 'titan-embed-text-v2'] },
    ['embeddingModels.1: found "titan-embed-text-v2" again; name each once'],
  ],
  [
    {
      region: 'ap-southeast-4',
      models: ['claude-opus-5'],
      routing: { ...dev.routing, aliases: {} },
      embeddingModels: ['titan-embed-text-v2'],
    },
    [
      expect.stringMatching(
        /^embeddingModels\.0: found "titan-embed-text-v2", which cannot be called from region ap-southeast-4; it can from/,
      ),
    ],
  ],
  [
    { embeddingModels: [{ ...own, id: 'nova-micro' }] },
    ['embeddingModels.0.id: found "nova-micro", which means something else already; name it differently'],
  ],
  [
    { embeddingModels: [{ ...own, id: 'auto' }] },
    ['embeddingModels.0.id: found "auto", which means something else already; name it differently'],
  ],
  [
    { embeddingModels: [{ ...own, id: 'cheap' }] },
    ['routing.aliases.cheap: found "cheap", which means something else already; name the alias differently'],
  ],
  [{ embeddingModels: [{ ...own, provider: 'other' }] }, ['embeddingModels.0.provider: found "other"; it must be one of "house"']],
  [{ embeddingModels: [{ ...own, price: undefined }] }, [expect.stringMatching(/^embeddingModels\.0\.price: missing/)]],
  [
    { embeddingModels: [{ ...own, price: { input: Number.NaN } }] },
    [expect.stringMatching(/^embeddingModels\.0\.price\.input: found NaN/)],
  ],
  [{ embeddingModels: [{ ...own, dimensions: [] }] }, [expect.stringMatching(/^embeddingModels\.0\.dimensions: found \[\]/)]],
  [{ embeddingModels: [{ ...own, maxInputsPerCall: 0 }] }, [expect.stringMatching(/^embeddingModels\.0\.maxInputsPerCall: found 0/)]],
])('%j', (change, expected) => {
  expect(problemsOf(change)).toEqual(expected);
});

test('a model that has no price is refused', () => {
  const unpriced = { ...priceTable, embeddingModels: {} };
  expect(problemsOf({ embeddingModels: ['titan-embed-text-v2'] }, unpriced)).toEqual([
    expect.stringMatching(
      /^embeddingModels\.0: found "titan-embed-text-v2", which has no price as "amazon\.titan-embed-text-v2:0" in price table/,
    ),
  ]);
  expect(() => platformDocumentOf(dev, unpriced)).toThrow('has no price as "amazon.titan-embed-text-v2:0"');
});
