import { whenKnown } from '../../core/when-known';
import type { ModelAdapter, ModelRequest } from './adapter';
import { answerError } from './anthropic-messages/errors';
import { EventTranslator } from './anthropic-messages/events';
import { toMessages } from './anthropic-messages/request';
import { postJson } from './http/http-client';
import type { HttpProviderOptions } from './http/provider';
import { SentAnswer } from './http/sent-answer';
import { untilAborted } from './http/until-aborted';
import { answersByTool } from './shared/response-format';

const API_VERSION = '2023-06-01';

/** Anthropic's Messages API. Always streamed: a plain answer is a collected stream. */
export function createAnthropicMessages({ baseUrl, apiKey, headers = {} }: HttpProviderOptions): ModelAdapter {
  const url = `${baseUrl.replace(/\/+$/, '')}/v1/messages`;

  function stream(request: ModelRequest, signal: AbortSignal): SentAnswer {
    const modelId = request.model.id;
    return new SentAnswer({
      modelId,
      signal,
      post() {
        const body = JSON.stringify(toMessages(request));
        return whenKnown(untilAborted(apiKey(), signal), (key) => {
          const own = { accept: 'text/event-stream', 'anthropic-version': API_VERSION, ...(key !== undefined && { 'x-api-key': key }) };
          return postJson({ url, headers: { ...own, ...headers }, body, signal });
        });
      },
      refusalOf: (response) => answerError(response, modelId),
      reader: new EventTranslator(modelId, answersByTool(request)),
    });
  }

  return { check: (request) => void toMessages(request), stream };
}
