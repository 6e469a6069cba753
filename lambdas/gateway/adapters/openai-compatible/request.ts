import type { ChatMessage } from '../../openai/request';
import type { ModelRequest } from '../adapter';
import { samplingOf } from '../shared/sampling';
import { checkContent } from './check-content';
import { checkParameters, leftOut } from './check-parameters';
import { checkTools } from './check-tools';

/** OpenAI's own range. */
const MAX_TEMPERATURE = 2;

export type MaxTokensField = 'max_completion_tokens' | 'max_tokens';

/** The gateway's own, or written anew below. `metadata` is in the audit record; OpenAI takes it only with `store`. */
const REPLACED: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'metadata',
  'temperature',
  'top_p',
]);
/** Without tools, providers refuse what is said of them. */
const OF_TOOLS: ReadonlySet<string> = new Set(['tools', 'tool_choice', 'parallel_tool_calls']);
const OF_LOGPROBS: ReadonlySet<string> = new Set(['logprobs', 'top_logprobs']);

/** @throws GatewayError `unsupported_field` or `invalid_request`, with the field's path. */
export function checkChatCompletion(request: ModelRequest): void {
  checkParameters(request);
  checkTools(request);
  checkContent(request);
  samplingOf(request, MAX_TEMPERATURE);
}

/**
 * A chat request as an OpenAI-compatible provider takes it: as it is, with fields that the gateway does not know, but for what the model
 * cannot honour or the gateway cannot account for. Usage is always asked for.
 *
 * @throws GatewayError As `checkChatCompletion`.
 */
export function toChatCompletion(request: ModelRequest, maxTokensField: MaxTokensField): Record<string, unknown> {
  checkChatCompletion(request);
  const { body, model, maxTokens } = request;
  const { temperature, topP } = samplingOf(request, MAX_TEMPERATURE);
  const hasTools = (body.tools ?? []).length > 0;
  const isPassedOn = (field: string): boolean => {
    if (OF_TOOLS.has(field)) return hasTools;
    if (OF_LOGPROBS.has(field)) return body.logprobs === true;
    return !REPLACED.has(field) && !leftOut.has(field);
  };
  const passedOn = Object.entries(body).filter(([field]) => isPassedOn(field));
  return {
    model: model.providerModelId,
    messages: body.messages.map(withKnownRole),
    ...Object.fromEntries(passedOn),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    [maxTokensField]: maxTokens,
    stream: true,
    stream_options: { include_usage: true },
  };
}

/** Few know `developer`; those that do take `system` for it. */
function withKnownRole(message: ChatMessage): ChatMessage {
  return message.role === 'developer' ? { ...message, role: 'system' } : message;
}
