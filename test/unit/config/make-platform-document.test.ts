import { platformDocument as schema } from '../../../lambdas/core/platform';
import { ConfigError } from '../../../config/error';
import { type PlatformOptions, platformDocument } from '../../../config/make-platform-document';
import { priceTable } from '../../../config/prices';

test('from a region and model ids comes what the gateway parses', () => {
  const document = platformDocument({ region: 'eu-west-1', models: ['claude-haiku-4.5'] });
  expect(schema.parse(document)).toEqual(document);
  expect(document).toMatchObject({
    environment: 'default',
    priceTableVersion: priceTable.version,
    limits: { maxBodyBytes: 4_718_592, modelTimeoutMs: 240_000 },
    models: [{ id: 'claude-haiku-4.5', providerModelId: 'eu.anthropic.claude-haiku-4-5-20251001-v1:0' }],
  });
});

test('options are taken over', () => {
  const document = platformDocument({
    region: 'eu-west-1',
    models: ['claude-haiku-4.5'],
    dataResidency: 'global',
    environment: 'assistant',
    maxBodyBytes: 10_000,
    modelTimeoutSeconds: 20,
    watchedTenants: ['acme'],
  });
  expect(document.watchedTenants).toEqual(['acme']);
  expect(document).toMatchObject({ environment: 'assistant', limits: { maxBodyBytes: 10_000, modelTimeoutMs: 20_000 } });
  expect(document.models[0]?.providerModelId).toMatch(/^global\./);
});

test.each<[object, RegExp]>([
  [{ models: [] }, /models/],
  [{ models: ['claude-haiku'] }, /models\.0: found "claude-haiku".*did you mean "claude-haiku-4\.5"/],
  [{ models: ['llama-4-maverick'] }, /cannot be called from region eu-west-1; it can from us-east-1/],
  [{ models: ['nova-lite', 'nova-lite'] }, /models\.1: found "nova-lite" again/],
  [{ region: 'eu-west-9' }, /region: found "eu-west-9"/],
  [{ modelTimeout: 3 }, /Unrecognized key "modelTimeout".*did you mean "modelTimeoutSeconds"/],
  [{ modelTimeoutSeconds: 0 }, /modelTimeoutSeconds: found 0/],
  [{ watchedTenants: ['a b'] }, /watchedTenants\.0: found "a b"; it must be 1 to 63 letters/],
  [{ watchedTenants: Array.from({ length: 21 }, (_, index) => `t-${index}`) }, /it must be a list of 0 to 20 items/],
])('%j is refused with what to change', (change, message) => {
  const options = { region: 'eu-west-1', models: ['nova-lite'], ...change } as PlatformOptions;
  expect(() => platformDocument(options)).toThrow(ConfigError);
  expect(() => platformDocument(options)).toThrow(message);
});
