import type { ModelRequest } from '../adapter';
import { requireCapability, unsupported } from '../refuse-unsupported';

/** Converse (API reference of InferenceConfiguration) and Anthropic's API take 0 to 1, where OpenAI takes 0 to 2. */
const MAX_TEMPERATURE = 1;
/** Of `temperature` and `top_p`, with OpenAI as with Claude. */
const DEFAULT = 1;

/**
 * What to send of `temperature` and `top_p`.
 *
 * @throws GatewayError `unsupported_field` for what the model does not take.
 */
export function samplingOf(
  request: ModelRequest,
  maxTemperature = MAX_TEMPERATURE,
): { readonly temperature?: number; readonly topP?: number } {
  const { body, model } = request;
  const { temperature, top_p: topP } = body;
  if (temperature !== undefined && temperature > maxTemperature) {
    throw unsupported('temperature', model.id, `The model takes 0 to ${maxTemperature}; received ${temperature}.`);
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
