import { GatewayError } from '../../core/errors';
import type { ModelAdapter, ModelEvent, ModelEvents, ModelRequest } from './adapter';
import { type HttpResponse, postJson } from './http/http-client';
import type { HttpProviderOptions } from './http/provider';
import { connectionError, providerError } from './http/provider-error';
import { untilAborted } from './http/until-aborted';
import { ServerSentEventParser } from './http/sse-parser';
import { ChunkTranslator } from './openai-compatible/chunks';
import { checkChatCompletion, type MaxTokensField, toChatCompletion } from './openai-compatible/request';
import { inOneBatch } from './shared/in-one-batch';

export interface OpenAiCompatibleOptions extends HttpProviderOptions {
  /** @default 'max_completion_tokens' */
  readonly maxTokensField?: MaxTokensField;
}

/** Any API that speaks OpenAI's chat completions. Always streamed: a plain answer is a collected stream. */
export function createOpenAiCompatible(options: OpenAiCompatibleOptions): ModelAdapter {
  const url = `${options.baseUrl.replace(/\/+$/, '')}/chat/completions`;
  const { maxTokensField = 'max_completion_tokens' } = options;

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvents, void> {
    const modelId = request.model.id;
    const translator = new ChunkTranslator(request);
    let response: HttpResponse | undefined;
    let complete = false;
    try {
      const body = JSON.stringify(toChatCompletion(request, maxTokensField));
      const apiKey = await untilAborted(options.apiKey(), signal);
      response = await postJson({ url, headers: headersOf(options, apiKey), body, signal });
      if (response.status !== 200) {
        const error = await failed(response, modelId);
        complete = true;
        throw error;
      }
      await expectEventStream(response, modelId);
      const sent = new ServerSentEventParser();
      for await (const chunk of response.chunks) {
        sent.write(chunk);
        for (const batch of inOneBatch((events) => translate(sent, translator, events))) yield batch;
        if (translator.ended) break;
      }
      if (!translator.ended) for (const batch of inOneBatch((events) => translator.end(events))) yield batch;
      complete = true;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw error instanceof GatewayError ? error : connectionError(error, modelId, translator.begun);
    } finally {
      response?.release(complete);
    }
  }

  return { check: checkChatCompletion, stream };
}

function translate(sent: ServerSentEventParser, translator: ChunkTranslator, events: ModelEvent[]): void {
  for (;;) {
    translator.readAlike(sent, events);
    const next = sent.next();
    if (next === undefined) return;
    if (next.data === '[DONE]') return translator.end(events);
    translator.read(next.data, events);
  }
}

function headersOf({ headers = {} }: HttpProviderOptions, apiKey: string | undefined): Record<string, string> {
  return { ...headers, accept: 'text/event-stream', ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }) };
}

async function failed(response: HttpResponse, modelId: string): Promise<GatewayError> {
  return providerError(response.status, response.headers, await response.text(), modelId);
}

/** What is no event stream is no answer: the page of a proxy, or of a server that does not stream. */
async function expectEventStream(response: HttpResponse, modelId: string): Promise<void> {
  const type = response.headers['content-type'] ?? 'none';
  if (/^text\/event-stream\b/i.test(type)) return;
  const cause = new Error(`The provider answered with content type ${type}: ${(await response.text()).slice(0, 300)}`);
  throw connectionError(cause, modelId, false);
}
