import { noEmbeddings, tokensOf, vectorOf } from '../shared/vectors';
import type { EmbeddingFormat } from './format';

/** Amazon Titan Text Embeddings V2: one text a call. Vectors have the length 1. */
export const titan: EmbeddingFormat = {
  bodyOf: ({ texts, dimensions }) => ({ inputText: texts[0], dimensions, normalize: true }),
  answerOf({ body, inputTokenCount }, modelId) {
    const vector = vectorOf(body?.embedding);
    if (vector === undefined) throw noEmbeddings(modelId, new Error('Its answer has no `embedding`.'));
    return { vectors: [vector], inputTokens: tokensOf(body?.inputTextTokenCount) ?? tokensOf(inputTokenCount) };
  },
};
