import { readFileSync } from 'node:fs';
import path from 'node:path';
import { embeddingCatalogue, embeddingCatalogueEntry } from '../../../config/embedding-models';
import { modelCatalogue, providerModelIdsOf } from '../../../config/models';
import { priceTable } from '../../../config/prices';
import { embeddingPriceOf, priceOf, renderPriceTable } from '../../../scripts/prices';

const asOf = new Date('2026-09-23T00:00:00Z');

describe('the price table', () => {
  test('is what the script writes, to the byte', () => {
    const written = readFileSync(path.resolve(__dirname, '../../../config/prices.json'), 'utf8');
    expect(renderPriceTable()).toBe(written);
    expect(renderPriceTable()).toBe(renderPriceTable());
  });

  test('is dated', () => {
    expect(priceTable.version).toBe('genai-prices-0.1.8+2026-09-23');
  });

  test('prices every way to call every model, and nothing else', () => {
    expect(Object.keys(priceTable.models)).toEqual(modelCatalogue.flatMap((entry) => providerModelIdsOf(entry)).toSorted());
  });

  test('prices every model that makes embeddings, and nothing else', () => {
    expect(Object.keys(priceTable.embeddingModels)).toEqual(embeddingCatalogue.map(({ providerModelId }) => providerModelId).toSorted());
    expect(priceTable.embeddingModels['amazon.titan-embed-text-v2:0']).toEqual({ input: 20_000 });
  });

  test('a price of the catalogue stands before the package’s; without either there is none', () => {
    const { price: _price, ...unpriced } = embeddingCatalogueEntry('titan-embed-text-v2');
    expect(embeddingPriceOf({ ...unpriced, price: { input: 7 } }, asOf)).toEqual({ input: 7 });
    // Once the package knows V2 by its own price, the catalogue needs none.
    expect(embeddingPriceOf(unpriced, asOf)).toEqual({ input: 100_000 });
    expect(() => embeddingPriceOf({ ...unpriced, providerModelId: 'cohere.embed-english-v3' }, asOf)).toThrow('has no price for');
  });

  test('a version of unknown date is refused', () => {
    expect(() => renderPriceTable('9.9.9')).toThrow('No release date for @pydantic/genai-prices 9.9.9');
  });

  test.each(['us.anthropic.claude-none-9', 'gpt-4o'])('%s has no price on Bedrock', (id) => {
    expect(() => priceOf(id, asOf)).toThrow(`has no price for "${id}" on Amazon Bedrock`);
  });

  test('a price in tiers, or one without output, is refused rather than cut down', () => {
    expect(() => priceOf('global.openai.gpt-5.6-luna', asOf)).toThrow(/The input price of .* the table holds one price/);
    expect(() => priceOf('amazon.titan-embed-text-v1', asOf)).toThrow(/The output price of "amazon\.titan-embed-text-v1" is undefined/);
  });

  test('fractions of a cent are whole micro-dollars', () => {
    expect(priceOf('amazon.nova-micro-v1:0', asOf)).toEqual({ input: 35_000, output: 140_000, cacheRead: 8_750 });
  });
});
