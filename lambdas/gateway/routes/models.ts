import type { Context } from 'hono';
import type { EmbeddingModelEntry, ModelEntry } from '../../core/platform';
import type { GatewayEnvironment } from '../environment';
import type { GatewayPorts } from '../call';
import { modelNotFound } from '../routing/choose-models';

/** `GET /v1/models` and `GET /v1/models/{id}`: models that answer chats, and those that make embeddings. */
export function modelsRoute({ platform }: GatewayPorts) {
  const models = [...platform.models, ...platform.embeddingModels];
  return {
    list: (c: Context<GatewayEnvironment>) => c.json({ object: 'list', data: models.map(wireModel) }),
    get: (c: Context<GatewayEnvironment>) => {
      const id = c.req.param('id') ?? '';
      const model = models.find((entry) => entry.id === id);
      if (model === undefined) throw modelNotFound(id);
      return c.json(wireModel(model));
    },
  };
}

function wireModel(model: ModelEntry | EmbeddingModelEntry) {
  // The catalogue has no dates; clients want the member.
  return { id: model.id, object: 'model', created: 0, owned_by: model.provider };
}
