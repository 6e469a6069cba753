import { GatewayError } from '../../core/errors';
import type { EmbeddingModelEntry, PlatformDocument } from '../../core/platform';

/**
 * The model of that name. There is nothing to choose: vectors of one model mean nothing beside those of another, so that no other model may
 * answer in its place.
 *
 * @throws GatewayError `model_not_found`, or `invalid_request` for what names a model that answers chats.
 */
export function findEmbeddingModel(id: string, { embeddingModels, models, routing }: PlatformDocument): EmbeddingModelEntry {
  const model = embeddingModels.find((entry) => entry.id === id);
  if (model !== undefined) return model;
  const offered = embeddingModels.map((entry) => `\`${entry.id}\``).join(', ');
  const advice = offered === '' ? 'This environment has no model that makes embeddings.' : `Those that make embeddings are ${offered}.`;
  const isOfChat = models.some((entry) => entry.id === id) || Object.hasOwn(routing.aliases, id);
  if (isOfChat) throw new GatewayError('invalid_request', `Model \`${id}\` makes no embeddings. ${advice}`, { param: 'model' });
  if (id === 'auto') {
    const message = `\`auto\` is for chats: vectors of one model mean nothing beside those of another, so name one. ${advice}`;
    throw new GatewayError('invalid_request', message, { param: 'model' });
  }
  throw new GatewayError('model_not_found', `The model \`${id}\` does not exist here. ${advice}`, { param: 'model' });
}
