import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import type { ModelAdapter } from './adapter';
import { providerError } from './bedrock-converse/errors';
import { formatOf } from './bedrock-embeddings/format';
import { invokeModel } from './bedrock-embeddings/invoke-model';
import { ofInput } from './shared/vectors';

/** Bedrock's InvokeModel, whose bodies are each model maker's own. */
export function createBedrockEmbeddings(client: BedrockRuntimeClient): NonNullable<ModelAdapter['embed']> {
  return async (request, signal) => {
    const { id, providerModelId } = request.model;
    try {
      const format = formatOf(providerModelId);
      const answer = await invokeModel(client, providerModelId, format.bodyOf(request), signal);
      return format.answerOf(answer, id);
    } catch (error) {
      throw signal.aborted ? signal.reason : ofInput(providerError(error, id, false));
    }
  };
}
