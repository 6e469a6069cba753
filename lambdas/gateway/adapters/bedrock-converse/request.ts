import type { ConverseStreamCommandInput } from '@aws-sdk/client-bedrock-runtime';
import type { GatewayError } from '../../../core/errors';
import type { ModelRequest } from '../adapter';
import { refuseUnsupported, unsupported } from '../refuse-unsupported';
import { CHAT_FIELDS } from '../shared/chat-fields';
import { answerToolOf } from '../shared/response-format';
import { callableTools, hasToolCalls, toolOfferOf, withoutTools } from '../shared/tools';
import { inferenceConfigOf } from './inference-config';
import { messagesOf } from './messages';
import { outputConfigOf } from './output-config';
import { requestMetadataOf } from './request-metadata';
import { toolMembersOf } from './tools';

/**
 * A chat request as ConverseStream takes it. Converse wants system texts apart, a conversation that begins with the user and alternates
 * between user and assistant, tool results at the head of the turn after their calls, and no blank text.
 *
 * @throws GatewayError `unsupported_field` or `invalid_request`, with the field's path.
 */
export function toConverse(request: ModelRequest): ConverseStreamCommandInput {
  refuseUnsupported(request, CHAT_FIELDS);
  const { body, model } = request;
  const conversation = messagesOf(request);
  const outputConfig = outputConfigOf(request);
  const offer = answerToolOf(request) ?? toolOfferOf(request, callableTools(body));
  if (offer === undefined && hasToolCalls(body)) throw body.tool_choice === 'none' ? choosesNone(model.id) : withoutTools();
  const requestMetadata = requestMetadataOf(body.metadata);
  return {
    modelId: model.providerModelId,
    ...conversation,
    inferenceConfig: inferenceConfigOf(request),
    ...(offer && toolMembersOf(offer)),
    ...(outputConfig && { outputConfig }),
    ...(requestMetadata && { requestMetadata }),
  };
}

/** Converse wants tools once there are tool calls, and the model may then call them. */
function choosesNone(modelId: string): GatewayError {
  const advice = 'In a conversation that has tool calls the model cannot be kept from making more: send `auto`.';
  return unsupported('tool_choice', modelId, advice);
}
