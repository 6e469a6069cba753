import * as z from 'zod';
import type { EmbeddingModelEntry, ModelPrice } from '../lambdas/core/platform';
import generated from './prices.json';

const microUsd = z.int().nonnegative();

export const price = z.strictObject({
  input: microUsd,
  output: microUsd,
  cacheRead: microUsd.optional(),
  cacheWrite: microUsd.optional(),
}) satisfies z.ZodType<ModelPrice>;

/** Of a model that makes embeddings: vectors are no tokens. */
export const embeddingPrice = z.strictObject({ input: microUsd }) satisfies z.ZodType<EmbeddingModelEntry['price']>;

const priceTableSchema = z.strictObject({
  /** Package, its version and its date: stored with every charge. */
  version: z.string().regex(/^genai-prices-\d+\.\d+\.\d+\+\d{4}-\d{2}-\d{2}$/),
  /** Micro-dollars per million tokens, by the id that the provider is called with: a cross-region profile has prices of its own. */
  models: z.record(z.string(), price),
  /** The same of models that make embeddings. */
  embeddingModels: z.record(z.string(), embeddingPrice),
});

export type PriceTable = z.infer<typeof priceTableSchema>;

/** The price table in prices.json, which `npm run prices` writes. */
export const priceTable: PriceTable = priceTableSchema.parse(generated);
