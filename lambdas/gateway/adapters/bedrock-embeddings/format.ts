import { internalError } from '../../../core/errors';
import type { EmbeddingAnswer, EmbeddingRequest } from '../adapter';
import { cohere } from './cohere';
import type { InvokedModel } from './invoke-model';
import { titan } from './titan';

/** How one family of models is asked and how it answers. */
export interface EmbeddingFormat {
  bodyOf(request: EmbeddingRequest): object;
  /** @throws GatewayError `model_unavailable` for an answer that has no vectors. */
  answerOf(answer: InvokedModel, modelId: string): EmbeddingAnswer;
}

/** Whatever inference profile may stand before the model's name. */
const FORMATS: readonly (readonly [RegExp, EmbeddingFormat])[] = [
  [/(?:^|\.)amazon\.titan-embed-text-v2/, titan],
  [/(?:^|\.)cohere\.embed-/, cohere],
];

/** @throws GatewayError `internal_error` for a model that the catalogue should not have. */
export function formatOf(providerModelId: string): EmbeddingFormat {
  const found = FORMATS.find(([pattern]) => pattern.test(providerModelId));
  if (found !== undefined) return found[1];
  throw internalError(new Error(`How "${providerModelId}" makes embeddings is not known: Titan Text Embeddings V2 and Cohere Embed are.`));
}
