import type { InferenceConfiguration } from '@aws-sdk/client-bedrock-runtime';
import type { ModelRequest } from '../adapter';
import { samplingOf } from '../shared/sampling';
import { stopSequencesOf } from '../shared/stop-sequences';

/** @throws GatewayError `unsupported_field` */
export function inferenceConfigOf(request: ModelRequest): InferenceConfiguration {
  const stopSequences = stopSequencesOf(request.body);
  return { maxTokens: request.maxTokens, ...samplingOf(request), ...(stopSequences && { stopSequences }) };
}
