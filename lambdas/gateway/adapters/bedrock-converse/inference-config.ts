import type { InferenceConfiguration } from '@aws-sdk/client-bedrock-runtime';
import type { ModelRequest } from '../adapter';
import { requireCapability, unsupported } from '../refuse-unsupported';

/** Converse takes 0 to 1 (API reference of InferenceConfiguration), where OpenAI takes 0 to 2. */
const MAX_TEMPERATURE = 1;
/** Of `temperature` and `top_p`, with OpenAI as with Claude. */
const DEFAULT = 1;

export function inferenceConfigOf(request: ModelRequest): InferenceConfiguration {
  const { stop } = request.body;
  const stopSequences = typeof stop === 'string' ? [stop] : stop;
  return {
    maxTokens: request.maxTokens,
    ...samplingOf(request),
    ...(stopSequences === undefined || stopSequences.length === 0 ? {} : { stopSequences }),
  };
}

function samplingOf(request: ModelRequest): Pick<InferenceConfiguration, 'temperature' | 'topP'> {
  const { body, model } = request;
  const { temperature, top_p: topP } = body;
  if (temperature !== undefined && temperature > MAX_TEMPERATURE) {
    throw unsupported('temperature', model.id, `The model takes 0 to ${MAX_TEMPERATURE}; received ${temperature}.`);
  }
  const asked = { ...(temperature === undefined ? {} : { temperature }), ...(topP === undefined ? {} : { topP }) };
  switch (model.capabilities.sampling) {
    case 'both':
      return asked;
    case 'either':
      if (temperature === undefined || topP === undefined) return asked;
      if (topP === DEFAULT) return { temperature };
      if (temperature === DEFAULT) return { topP };
      requireCapability(request, 'top_p', ({ sampling }) => sampling === 'both', 'Send either `temperature` or `top_p`');
      return asked;
    case 'none':
      refuseSampling(request, 'temperature');
      refuseSampling(request, 'top_p');
      return {};
  }
}

function refuseSampling(request: ModelRequest, field: 'temperature' | 'top_p'): void {
  const value = request.body[field];
  if (value === undefined || value === DEFAULT) return;
  requireCapability(request, field, ({ sampling }) => sampling !== 'none', `Leave it out, or send the default of ${DEFAULT}`);
}
