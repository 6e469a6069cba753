import { GatewayError } from '../../core/errors';
import type { ModelAdapter, ModelEvent, ModelEvents, ModelRequest } from './adapter';
import { answerError, eventError } from './anthropic-messages/errors';
import { EventTranslator, type Wire } from './anthropic-messages/events';
import { toMessages } from './anthropic-messages/request';
import { type HttpResponse, postJson } from './http/http-client';
import type { HttpProviderOptions } from './http/provider';
import { connectionError } from './http/provider-error';
import { type ServerSentEvent, ServerSentEventParser } from './http/sse-parser';
import { untilAborted } from './http/until-aborted';
import { inOneBatch } from './shared/in-one-batch';
import { answersByTool } from './shared/response-format';

const API_VERSION = '2023-06-01';

/** Anthropic's Messages API. Always streamed: a plain answer is a collected stream. */
export function createAnthropicMessages({ baseUrl, apiKey, headers = {} }: HttpProviderOptions): ModelAdapter {
  const url = `${baseUrl.replace(/\/+$/, '')}/v1/messages`;

  async function post(request: ModelRequest, signal: AbortSignal): Promise<HttpResponse> {
    const body = JSON.stringify(toMessages(request));
    const key = await untilAborted(apiKey(), signal);
    const own = { accept: 'text/event-stream', 'anthropic-version': API_VERSION, ...(key !== undefined && { 'x-api-key': key }) };
    return postJson({ url, headers: { ...own, ...headers }, body, signal });
  }

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvents, void> {
    const modelId = request.model.id;
    const translator = new EventTranslator(answersByTool(request));
    let response: HttpResponse | undefined;
    let complete = false;
    try {
      response = await post(request, signal);
      if (response.status !== 200) {
        const error = await answerError(response, modelId);
        complete = true;
        throw error;
      }
      checkContentType(response, modelId);
      const sent = new ServerSentEventParser();
      for await (const chunk of response.chunks) {
        sent.write(chunk);
        for (const batch of inOneBatch((events) => translate(sent, translator, modelId, events))) yield batch;
        complete = translator.stopped;
        if (complete) return;
      }
      throw new Error('The stream ended without `message_stop`.');
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw error instanceof GatewayError ? error : connectionError(error, modelId, translator.begun);
    } finally {
      response?.release(complete);
    }
  }

  return { check: (request) => void toMessages(request), stream };
}

/** @throws GatewayError for an error that the provider reports; whatever else is thrown is for the connection's. */
function translate(sent: ServerSentEventParser, translator: EventTranslator, modelId: string, events: ModelEvent[]): void {
  for (let one = sent.next(); one !== undefined; one = sent.next()) {
    const event = read(one);
    if (event.type === 'error') throw eventError(event, modelId, translator.begun);
    events.push(...translator.translate(event));
    if (translator.stopped) return;
  }
}

function checkContentType({ headers }: HttpResponse, modelId: string): void {
  const type = headers['content-type'];
  if (type?.toLowerCase().startsWith('text/event-stream')) return;
  const cause = new Error(`The provider answered with content of type ${type ?? '(none)'} where a stream of events was asked for.`);
  throw connectionError(cause, modelId, false);
}

/** @throws SyntaxError for what is no JSON. */
function read({ event, data }: ServerSentEvent): Wire {
  const parsed: unknown = JSON.parse(data);
  if (typeof parsed !== 'object' || parsed === null) throw new Error('The provider sent an event that is no object.');
  return { type: event, ...parsed };
}
