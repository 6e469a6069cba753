import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { calcPrice } from '@pydantic/genai-prices';
import { embeddingCatalogue, type EmbeddingCatalogueEntry } from '../config/embedding-models';
import { modelCatalogue, providerModelIdsOf } from '../config/models';
import type { EmbeddingModelEntry, ModelPrice } from '../lambdas/core/platform';

/**
 * Writes config/prices.json: the price of every id that a model of the catalogue may be called by, from @pydantic/genai-prices or, where it is
 * wrong about a model that makes embeddings, the catalogue. The same
 * package and catalogue give the same bytes on any day: prices that change on a date are taken as of the package's release.
 */

/** The package carries no date of its own; these are npm's. A new version needs its line here. */
const RELEASED: Readonly<Record<string, string>> = { '0.1.8': '2026-09-23' };

const MICRO_USD_PER_USD = 1_000_000;

const manifest: { version: string } = JSON.parse(
  readFileSync(path.resolve(require.resolve('@pydantic/genai-prices'), '../../package.json'), 'utf8'),
);

/** @throws Error when the package's release date is not known here, or a model has no usable price. */
export function renderPriceTable(version: string = manifest.version): string {
  const released = RELEASED[version];
  if (released === undefined) {
    throw new Error(
      `No release date for @pydantic/genai-prices ${version}: add it to RELEASED in scripts/prices.ts (npm view @pydantic/genai-prices time).`,
    );
  }
  const ids = modelCatalogue.flatMap((entry) => providerModelIdsOf(entry)).toSorted();
  const asOf = new Date(`${released}T00:00:00Z`);
  const models = Object.fromEntries(ids.map((id) => [id, priceOf(id, asOf)]));
  const embeddings = [...embeddingCatalogue].toSorted((a, b) => (a.providerModelId < b.providerModelId ? -1 : 1));
  const embeddingModels = Object.fromEntries(embeddings.map((entry) => [entry.providerModelId, embeddingPriceOf(entry, asOf)]));
  return `${JSON.stringify({ version: `genai-prices-${version}+${released}`, models, embeddingModels }, null, 2)}\n`;
}

/** The catalogue's own price where it has one. @throws Error as `priceOf` does. */
export function embeddingPriceOf({ price, providerModelId }: EmbeddingCatalogueEntry, asOf: Date): EmbeddingModelEntry['price'] {
  if (price !== undefined) return { input: price.input };
  return { input: microUsd(providerModelId, 'input', packagePriceOf(providerModelId, asOf).input_mtok) };
}

/** @throws Error when the package has no price for the model, or one that this table cannot hold. */
export function priceOf(providerModelId: string, asOf: Date): ModelPrice {
  const found = packagePriceOf(providerModelId, asOf);
  const { input_mtok: input, output_mtok: output, cache_read_mtok: cacheRead, cache_write_mtok: cacheWrite } = found;
  return {
    input: microUsd(providerModelId, 'input', input),
    output: microUsd(providerModelId, 'output', output),
    ...(cacheRead === undefined ? {} : { cacheRead: microUsd(providerModelId, 'cache read', cacheRead) }),
    ...(cacheWrite === undefined ? {} : { cacheWrite: microUsd(providerModelId, 'cache write', cacheWrite) }),
  };
}

function packagePriceOf(providerModelId: string, asOf: Date) {
  const found = calcPrice({ input_tokens: 1 }, providerModelId, { providerId: 'aws', timestamp: asOf });
  if (found === null) throw new Error(`@pydantic/genai-prices has no price for "${providerModelId}" on Amazon Bedrock.`);
  return found.model_price;
}

function microUsd(providerModelId: string, kind: string, usd: unknown): number {
  const exact = typeof usd === 'number' ? usd * MICRO_USD_PER_USD : Number.NaN;
  const rounded = Math.round(exact);
  // The product of a decimal fraction and a power of ten is off by the last binary digits only.
  if (!(rounded >= 0 && Math.abs(exact - rounded) < 1e-6)) {
    throw new Error(
      `The ${kind} price of "${providerModelId}" is ${JSON.stringify(usd)}; the table holds one price in whole micro-dollars per million tokens.`,
    );
  }
  return rounded;
}

if (require.main === module) writeFileSync(path.resolve(__dirname, '../config/prices.json'), renderPriceTable());
