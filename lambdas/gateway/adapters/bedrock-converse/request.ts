import type { ConverseStreamCommandInput, SystemContentBlock } from '@aws-sdk/client-bedrock-runtime';
import { GatewayError } from '../../../core/errors';
import type { ModelRequest } from '../adapter';
import { refuseUnsupported, unsupported } from '../refuse-unsupported';
import { inferenceConfigOf } from './inference-config';
import { isSystem, textsOf, turnsOf } from './messages';
import { outputConfigOf } from './output-config';
import { requestMetadataOf } from './request-metadata';
import { answerToolOf } from './response-format';
import { toolsOf } from './tools';

const HONOURED: ReadonlySet<string> = new Set([
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'stop',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'reasoning_effort',
]);

/**
 * A chat request as ConverseStream takes it. Converse wants system texts apart, a conversation that begins with the user and alternates
 * between user and assistant, tool results at the head of the turn after their calls, and no blank text.
 *
 * @throws GatewayError `unsupported_field` or `invalid_request`, with the field's path.
 */
export function toConverse(request: ModelRequest): ConverseStreamCommandInput {
  refuseUnsupported(request, HONOURED);
  const { body, model } = request;
  const firstTurn = body.messages.findIndex((message) => !isSystem(message));
  if (firstTurn === -1) {
    throw new GatewayError('invalid_request', '`messages` has no message from `user`: add one.', { param: 'messages' });
  }
  const system = body.messages
    .slice(0, firstTurn)
    .flatMap((message, index): SystemContentBlock[] => textsOf(message, `messages[${index}]`, model.id));
  const messages = turnsOf(request, firstTurn);
  const outputConfig = outputConfigOf(request);
  const { toolConfig, additionalModelRequestFields } = answerToolOf(request) ?? toolsOf(request);
  if (toolConfig === undefined && body.messages.some(({ tool_calls = [] }) => tool_calls.length > 0)) throw withoutTools(request);
  const requestMetadata = requestMetadataOf(body.metadata);
  return {
    modelId: model.providerModelId,
    ...(system.length === 0 ? {} : { system }),
    messages,
    inferenceConfig: inferenceConfigOf(request),
    ...(toolConfig && { toolConfig }),
    ...(outputConfig && { outputConfig }),
    ...(additionalModelRequestFields !== undefined && { additionalModelRequestFields }),
    ...(requestMetadata && { requestMetadata }),
  };
}

/** Converse refuses tool calls in a conversation for which no tools are defined, and once they are, the model may call them. */
function withoutTools({ body, model }: ModelRequest): GatewayError {
  if (body.tool_choice === 'none') {
    const advice = 'In a conversation that has tool calls the model cannot be kept from making more: send `auto`.';
    return unsupported('tool_choice', model.id, advice);
  }
  const advice = '`tools` is missing: the conversation has tool calls, so send the tools that they were made with.';
  return new GatewayError('invalid_request', advice, { param: 'tools' });
}
