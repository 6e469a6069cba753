import { type BedrockRuntimeClient, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { GatewayError } from '../../core/errors';
import type { ModelAdapter, ModelEvents, ModelRequest } from './adapter';
import { providerError } from './bedrock-converse/errors';
import { createEventTranslator } from './bedrock-converse/events';
import { toConverse } from './bedrock-converse/request';
import { answersByTool } from './shared/response-format';

/** Bedrock's Converse API. Always ConverseStream: a plain answer is a collected stream. */
export function createBedrockConverse(client: BedrockRuntimeClient): ModelAdapter {
  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvents, void> {
    let begun = false;
    try {
      const { stream: events } = await client.send(new ConverseStreamCommand(toConverse(request)), { abortSignal: signal });
      if (events === undefined) throw new GatewayError('model_unavailable', `Model \`${request.model.id}\` sent no stream.`);
      const translator = createEventTranslator(answersByTool(request));
      for await (const event of events) {
        const modelEvents = translator.translate(event);
        if (modelEvents.length === 0) continue;
        begun = true;
        yield modelEvents;
      }
      translator.end();
    } catch (error) {
      throw signal.aborted ? signal.reason : providerError(error, request.model.id, begun);
    }
  }

  return { check: (request) => void toConverse(request), stream };
}
