import { GatewayError } from '../../core/errors';
import type { Release } from '../../core/prompts/choose-release';
import type { ModelPreference, PromptContent } from '../../core/prompts/prompt-content';
import type { ReleasedPrompt } from '../../core/prompts/prompt-reader';
import { renderPrompt } from '../../core/prompts/render-prompt';
import { parseChatRequest } from '../openai/parse-request';
import type { ChatRequest } from '../openai/request';
import { AUTO, type RoutePreference } from '../routing/choose-models';
import type { PromptRequest } from './prompt-request';

/** A prompt's call as a chat: what the rest of the pipeline sees. */
export interface PromptChat {
  readonly body: ChatRequest;
  readonly preference: RoutePreference | undefined;
}

/** @throws GatewayError `invalid_request` for variables that do not fit, and for what the prompt does not let callers choose. */
export function chatOfPrompt(id: string, { prompt }: ReleasedPrompt, release: Pick<Release, 'model'>, request: PromptRequest): PromptChat {
  const { content } = prompt;
  if (request.messages !== undefined && content.accepts?.messages !== true) throw notAccepted(id, 'messages', 'no further messages');
  if (request.model !== undefined && content.accepts?.model !== true) throw notAccepted(id, 'model', 'no other model');
  const { stream, stream_options, max_cost_usd, user, metadata } = request;
  const { model, preference } = modelOf(request.model ?? release.model, content.model);
  const body = {
    model,
    messages: [...renderPrompt(prompt, request.variables), ...(request.messages ?? [])],
    ...parametersOf(content),
    ...outputOf(id, content),
    ...defined({ stream, stream_options, max_cost_usd, user, metadata, task_type: request.task_type ?? content.taskType }),
  };
  return { body: parseChatRequest(body), preference };
}

/** @param chosen By the caller or an experiment's arm, before what the prompt prefers. */
function modelOf(chosen: string | undefined, preferred: ModelPreference | undefined): { model: string; preference?: RoutePreference } {
  if (chosen !== undefined) return { model: chosen };
  if (preferred === undefined) return { model: AUTO };
  return 'alias' in preferred ? { model: preferred.alias } : { model: AUTO, preference: preferred };
}

function parametersOf({ parameters: { temperature, topP, maxOutputTokens, reasoningEffort } = {} }: PromptContent): object {
  return defined({ temperature, top_p: topP, max_completion_tokens: maxOutputTokens, reasoning_effort: reasoningEffort });
}

function outputOf(id: string, { output }: PromptContent): object {
  if (output === undefined) return {};
  return {
    response_format: { type: 'json_schema', json_schema: { name: id, schema: output.schema, ...defined({ strict: output.strict }) } },
  };
}

function defined(members: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function notAccepted(id: string, param: string, what: string): GatewayError {
  return new GatewayError(
    'invalid_request',
    `Prompt \`${id}\` takes ${what}: leave out \`${param}\`, or use a version that \`accepts\` it.`,
    { param },
  );
}
