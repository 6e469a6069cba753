import { loadEnvironment } from '../../../config/load';
import {
  type CatalogueEntry,
  catalogueEntry,
  modelCatalogue,
  providerModelIdIn,
  providerModelIdsOf,
  regionsOf,
} from '../../../config/models';
import { platformDocumentOf } from '../../../config/platform-document';
import { priceTable } from '../../../config/prices';
import { modelEntry, platformDocument } from '../../../lambdas/core/platform';

const dev = loadEnvironment('dev');

describe('platformDocumentOf', () => {
  test.each(['dev', 'staging', 'prod'])('the document of %s is what the gateway parses', (name) => {
    const config = loadEnvironment(name);
    const document = platformDocumentOf(config);
    expect(platformDocument.parse(document)).toEqual(document);
    expect(document.environment).toBe(name);
    expect(document.priceTableVersion).toBe(priceTable.version);
    expect(document.models.map((model) => model.id)).toEqual(config.models);
    expect(document.limits).toEqual({
      maxBodyBytes: config.limits.maxBodyBytes,
      modelTimeoutMs: config.limits.modelTimeoutSeconds * 1000,
    });
  });

  test('limits of the environment are in micro-dollars', () => {
    const environment = { budgetUsdPerMonth: 1_000, budgetUsdPerDay: 0.29, concurrency: 50, softLimitPercent: 80, shards: 4 as const };
    const document = platformDocumentOf({ ...dev, limits: { ...dev.limits, environment } });
    expect(platformDocument.parse(document).limits.environment).toEqual({
      microUsdPerMonth: 1_000_000_000,
      microUsdPerDay: 290_000,
      concurrency: 50,
      softLimitPercent: 80,
      shards: 4,
    });
  });

  test('the tenants of the alarms are watched, and where there are none nothing is said of them', () => {
    const watching = (tenants?: Record<string, { dailySpendUsd: number }>) =>
      platformDocument.parse(platformDocumentOf({ ...dev, alarms: { ...dev.alarms, tenants } }));
    expect(watching({ acme: { dailySpendUsd: 1 }, globex: { dailySpendUsd: 2 } }).watchedTenants).toEqual(['acme', 'globex']);
    for (const none of [undefined, {}]) expect(watching(none)).not.toHaveProperty('watchedTenants');
  });

  test('ids and prices are those of the region', () => {
    const of = (change: object) => platformDocumentOf({ ...dev, models: ['claude-haiku-4.5'], ...change }).models[0];
    const regional = { input: 1_100_000, output: 5_500_000, cacheRead: 110_000, cacheWrite: 1_375_000 };
    expect(of({})).toMatchObject({ providerModelId: 'us.anthropic.claude-haiku-4-5-20251001-v1:0', price: regional });
    expect(of({ region: 'eu-west-1' })).toMatchObject({ providerModelId: 'eu.anthropic.claude-haiku-4-5-20251001-v1:0', price: regional });
    expect(of({ dataResidency: 'global' })).toMatchObject({
      providerModelId: 'global.anthropic.claude-haiku-4-5-20251001-v1:0',
      price: { input: 1_000_000, output: 5_000_000, cacheRead: 100_000, cacheWrite: 1_250_000 },
    });
  });

  test('an unpriced or unreachable model is refused, never free', () => {
    expect(() => platformDocumentOf(dev, { ...priceTable, models: {} })).toThrow(/^Model "claude-opus-5" has no price as "us\./);
    expect(() => platformDocumentOf({ ...dev, region: 'eu-west-1', models: ['llama-4-maverick'] })).toThrow(
      /cannot be called from eu-west-1/,
    );
  });
});

describe('the catalogue', () => {
  test.each(modelCatalogue.map((entry): readonly [string, CatalogueEntry] => [entry.id, entry]))('%s is complete', (id, entry) => {
    const { provider, tier, contextWindowTokens, maxOutputTokens, capabilities } = entry;
    const ids = providerModelIdsOf(entry);
    expect(ids.length).toBeGreaterThan(0);
    for (const providerModelId of ids) {
      const price = priceTable.models[providerModelId];
      const parsed = modelEntry.parse({ id, provider, providerModelId, tier, contextWindowTokens, maxOutputTokens, capabilities, price });
      expect(parsed.price.input).toBeGreaterThan(0);
      expect(parsed.price.output).toBeGreaterThan(0);
    }
    expect(maxOutputTokens).toBeLessThan(contextWindowTokens);
  });

  test('ids are unique and every tier is there', () => {
    expect(new Set(modelCatalogue.map((entry) => entry.id)).size).toBe(modelCatalogue.length);
    expect(new Set(modelCatalogue.map((entry) => entry.tier))).toEqual(new Set(['large', 'mid', 'small']));
  });

  test.each(modelCatalogue.map((entry) => entry.id))('%s: no region has two ways but the global one', (id) => {
    const entry = catalogueEntry(id);
    const regions = entry.routes.flatMap((route) => (route.via === 'global' ? [] : route.regions));
    expect(new Set(regions).size).toBe(regions.length);
    expect(regionsOf(entry, 'geography').toSorted()).toEqual(regions.toSorted());
  });

  test.each([
    ['claude-sonnet-4.6', 'ap-northeast-1', 'geography', 'jp.anthropic.claude-sonnet-4-6'],
    ['claude-sonnet-4.6', 'sa-east-1', 'geography', undefined],
    ['claude-sonnet-4.6', 'sa-east-1', 'global', 'global.anthropic.claude-sonnet-4-6'],
    ['nova-pro', 'ap-south-1', 'geography', 'apac.amazon.nova-pro-v1:0'],
    ['nova-pro', 'eu-west-2', 'geography', 'amazon.nova-pro-v1:0'],
    ['nova-pro', 'us-east-1', 'global', 'us.amazon.nova-pro-v1:0'],
    ['mistral-large-3', 'eu-north-1', 'geography', 'mistral.mistral-large-3-675b-instruct'],
  ] as const)('%s from %s (%s) is %s', (id, region, residency, expected) => {
    expect(providerModelIdIn(region, catalogueEntry(id), residency)).toBe(expected);
  });
});
