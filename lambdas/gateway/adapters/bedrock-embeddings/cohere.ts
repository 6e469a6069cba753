import { tokensOf, vectorsOf } from '../shared/vectors';
import type { EmbeddingFormat } from './format';

/**
 * Cohere Embed: up to 96 texts a call. What is too long is refused rather than cut. Tokens are in a header alone. Where a model has a choice of
 * dimensions (v4), it is told; others do not know the member.
 */
export const cohere: EmbeddingFormat = {
  bodyOf: ({ texts, dimensions, inputType, model }) => ({
    texts,
    input_type: inputType ?? 'search_document',
    truncate: 'NONE',
    embedding_types: ['float'],
    ...(model.dimensions.length > 1 && { output_dimension: dimensions }),
  }),
  answerOf({ body, inputTokenCount }, modelId) {
    const embeddings: unknown = body?.embeddings;
    // By type, as asked for; an array where a model knows one type alone.
    const byType = Array.isArray(embeddings) ? embeddings : (embeddings as { readonly float?: unknown } | undefined)?.float;
    return { vectors: vectorsOf(byType, modelId), inputTokens: tokensOf(inputTokenCount) };
  },
};
