import type { ModelRequest } from '../adapter';
import { refuseUnsupported, unsupported } from '../refuse-unsupported';
import { CHAT_FIELDS } from '../shared/chat-fields';
import { effortOf } from '../shared/effort';
import { answersByTool, answerToolOf, responseSchemaOf } from '../shared/response-format';
import { samplingOf } from '../shared/sampling';
import { stopSequencesOf } from '../shared/stop-sequences';
import { hasToolCalls, objectSchema, toolOfferOf, withoutTools } from '../shared/tools';
import { messagesOf } from './messages';
import { toolMembersOf } from './tools';
import type { MessagesRequest, OutputConfigParam } from './wire';

const MAX_USER_ID_CHARACTERS = 256;

/**
 * A chat request as the Messages API takes it: system texts apart, a conversation that begins with the user and alternates between user and
 * assistant, tool results at the head of the turn after their calls, and no blank text.
 *
 * @throws GatewayError `unsupported_field` or `invalid_request`, with the field's path.
 */
export function toMessages(request: ModelRequest): MessagesRequest {
  refuseUnsupported(request, CHAT_FIELDS);
  const { body, model, maxTokens } = request;
  const conversation = messagesOf(request);
  const outputConfig = outputConfigOf(request);
  // With `tool_choice: none` too: the API has a word for it, and the prompt cache keeps tools and conversation together.
  const offer = answerToolOf(request) ?? toolOfferOf(request, body.tools ?? []);
  if (offer === undefined && hasToolCalls(body)) throw withoutTools();
  const { temperature, topP } = samplingOf(request);
  const stopSequences = stopSequencesOf(body);
  if (stopSequences?.some((sequence) => sequence.trim() === '')) {
    throw unsupported('stop', model.id, 'Each sequence needs more than white space.');
  }
  return {
    model: model.providerModelId,
    max_tokens: maxTokens,
    stream: true,
    ...conversation,
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(stopSequences && { stop_sequences: stopSequences }),
    ...(offer && toolMembersOf(offer)),
    ...(outputConfig && { output_config: outputConfig }),
    ...metadataOf(body.user),
  };
}

/** The shape of the answer and the effort spent on it; undefined where neither is asked for. */
function outputConfigOf(request: ModelRequest): OutputConfigParam | undefined {
  const format = formatOf(request);
  const effort = effortOf(request);
  if (format === undefined && effort === undefined) return undefined;
  return { ...(format && { format }), ...(effort && { effort }) };
}

function formatOf(request: ModelRequest): OutputConfigParam['format'] {
  const asked = responseSchemaOf(request);
  if (asked === undefined || answersByTool(request)) return undefined;
  // The API has no other place for what the schema is for.
  const description = asked.description ? { description: asked.description } : {};
  return { type: 'json_schema', schema: { ...description, ...objectSchema(asked.schema) } };
}

/** For the provider's watch against abuse. It changes no answer, and the audit record has the user in any case. */
function metadataOf(user: string | undefined): Pick<MessagesRequest, 'metadata'> {
  return user === undefined || user === '' || user.length > MAX_USER_ID_CHARACTERS ? {} : { metadata: { user_id: user } };
}
