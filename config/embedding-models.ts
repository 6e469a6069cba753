import type { EmbeddingModelEntry } from '../lambdas/core/platform';
import type { Region } from './regions';

/**
 * Models that make embeddings, which an environment can offer. Their prices go to prices.json with the others' (`npm run prices`).
 *
 * Sources: ids and regions as in models.ts; limits and dimensions from the models' pages in the Bedrock user guide. None has an inference
 * profile: texts stay in the environment's region.
 */

export interface EmbeddingCatalogueEntry
  extends Readonly<Pick<EmbeddingModelEntry, 'maxInputTokens' | 'maxInputsPerCall' | 'dimensions' | 'inputTypes'>> {
  /** The name by which callers ask for the model. */
  readonly id: string;
  readonly provider: 'bedrock';
  readonly providerModelId: string;
  /** That it can be called from. */
  readonly regions: readonly Region[];
  /** In place of what @pydantic/genai-prices says. Amazon Bedrock's price list on 2026-11-21; a comment says why. */
  readonly price?: EmbeddingModelEntry['price'];
}

const cohereRegions = [
  'us-east-1',
  'us-west-2',
  'ca-central-1',
  'sa-east-1',
  'eu-central-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'ap-northeast-1',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
] as const;

export const embeddingCatalogue = [
  {
    // One text a call: a request of many texts is as many calls. The package takes it for V1, whose price is five times as high.
    id: 'titan-embed-text-v2',
    provider: 'bedrock',
    providerModelId: 'amazon.titan-embed-text-v2:0',
    maxInputTokens: 8_192,
    maxInputsPerCall: 1,
    dimensions: [1_024, 512, 256],
    inputTypes: false,
    price: { input: 20_000 },
    regions: [
      'us-east-1',
      'us-east-2',
      'us-west-2',
      'ca-central-1',
      'sa-east-1',
      'eu-central-1',
      'eu-central-2',
      'eu-north-1',
      'eu-south-1',
      'eu-south-2',
      'eu-west-1',
      'eu-west-2',
      'eu-west-3',
      'ap-northeast-1',
      'ap-northeast-2',
      'ap-northeast-3',
      'ap-south-1',
      'ap-south-2',
      'ap-southeast-2',
    ],
  },
  {
    // Bedrock refuses texts of more than 2,048 characters too. The package has no price for it.
    id: 'cohere-embed-english-v3',
    provider: 'bedrock',
    providerModelId: 'cohere.embed-english-v3',
    maxInputTokens: 512,
    maxInputsPerCall: 96,
    dimensions: [1_024],
    inputTypes: true,
    price: { input: 100_000 },
    regions: cohereRegions,
  },
  {
    // More than a hundred languages; else as the English one.
    id: 'cohere-embed-multilingual-v3',
    provider: 'bedrock',
    providerModelId: 'cohere.embed-multilingual-v3',
    maxInputTokens: 512,
    maxInputsPerCall: 96,
    dimensions: [1_024],
    inputTypes: true,
    price: { input: 100_000 },
    regions: cohereRegions,
  },
] as const satisfies readonly EmbeddingCatalogueEntry[];

/** A name in the catalogue. */
export type EmbeddingModelId = (typeof embeddingCatalogue)[number]['id'];

export const embeddingModelIds: readonly EmbeddingModelId[] = embeddingCatalogue.map((entry) => entry.id);

/** The catalogue's entry for a model. */
export function embeddingCatalogueEntry(id: EmbeddingModelId): EmbeddingCatalogueEntry {
  const entry: EmbeddingCatalogueEntry | undefined = embeddingCatalogue.find((candidate) => candidate.id === id);
  if (entry === undefined) throw new Error(`No model "${id}" in the catalogue of embeddings; it has ${embeddingModelIds.join(', ')}.`);
  return entry;
}
