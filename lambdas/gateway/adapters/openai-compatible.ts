import { whenKnown } from '../../core/when-known';
import type { ModelAdapter, ModelRequest } from './adapter';
import { postJson } from './http/http-client';
import type { HttpProviderOptions } from './http/provider';
import { providerError } from './http/provider-error';
import { untilAborted } from './http/until-aborted';
import { SentAnswer } from './http/sent-answer';
import { ChunkTranslator } from './openai-compatible/chunks';
import { checkChatCompletion, type MaxTokensField, toChatCompletion } from './openai-compatible/request';

export interface OpenAiCompatibleOptions extends HttpProviderOptions {
  /** @default 'max_completion_tokens' */
  readonly maxTokensField?: MaxTokensField;
}

/** Any API that speaks OpenAI's chat completions. Always streamed: a plain answer is a collected stream. */
export function createOpenAiCompatible(options: OpenAiCompatibleOptions): ModelAdapter {
  const url = `${options.baseUrl.replace(/\/+$/, '')}/chat/completions`;
  const { maxTokensField = 'max_completion_tokens' } = options;

  function stream(request: ModelRequest, signal: AbortSignal): SentAnswer {
    const modelId = request.model.id;
    return new SentAnswer({
      modelId,
      signal,
      post() {
        const body = JSON.stringify(toChatCompletion(request, maxTokensField));
        const key = untilAborted(options.apiKey(), signal);
        return whenKnown(key, (apiKey) => postJson({ url, headers: headersOf(options, apiKey), body, signal }));
      },
      refusalOf: async (response) => providerError(response.status, response.headers, await response.text(), modelId),
      reader: new ChunkTranslator(request),
    });
  }

  return { check: checkChatCompletion, stream };
}

function headersOf({ headers = {} }: HttpProviderOptions, apiKey: string | undefined): Record<string, string> {
  return { ...headers, accept: 'text/event-stream', ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }) };
}
