import { type BedrockRuntimeClient, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { GatewayError } from '../../core/errors';
import type { ModelAdapter, ModelEvent, ModelRequest } from './adapter';
import { providerError } from './bedrock-converse/errors';
import { toModelEvent } from './bedrock-converse/events';
import { toConverse } from './bedrock-converse/request';

/** Bedrock's Converse API. Always ConverseStream: a plain answer is a collected stream. */
export function createBedrockConverse(client: BedrockRuntimeClient): ModelAdapter {
  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void> {
    let begun = false;
    try {
      const { stream: events } = await client.send(new ConverseStreamCommand(toConverse(request)), { abortSignal: signal });
      if (events === undefined) throw new GatewayError('model_unavailable', `Model \`${request.model.id}\` sent no stream.`);
      for await (const event of events) {
        const modelEvent = toModelEvent(event);
        if (modelEvent === undefined) continue;
        begun = true;
        yield modelEvent;
      }
    } catch (error) {
      throw signal.aborted ? signal.reason : providerError(error, request.model.id, begun);
    }
  }

  return { check: (request) => void toConverse(request), stream };
}
