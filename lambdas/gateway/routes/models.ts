import type { Context } from 'hono';
import type { EmbeddingModelEntry, ModelEntry } from '../../core/platform';
import type { GatewayEnvironment } from '../environment';
import type { GatewayPorts } from '../call';
import { modelNotFound } from '../routing/choose-models';
import { platformFor } from '../stages/authorize';

/** `GET /v1/models` and `GET /v1/models/{id}`: models that answer chats, and those that make embeddings; of these, what the caller may use. */
export function modelsRoute({ platform }: GatewayPorts) {
  const modelsOf = (c: Context<GatewayEnvironment>) => {
    const { models, embeddingModels } = platformFor(c.get('caller'), platform);
    return [...models, ...embeddingModels];
  };
  return {
    list: (c: Context<GatewayEnvironment>) => c.json({ object: 'list', data: modelsOf(c).map(wireModel) }),
    get: (c: Context<GatewayEnvironment>) => {
      const id = c.req.param('id') ?? '';
      const model = modelsOf(c).find((entry) => entry.id === id);
      if (model === undefined) throw modelNotFound(id);
      return c.json(wireModel(model));
    },
  };
}

function wireModel(model: ModelEntry | EmbeddingModelEntry) {
  // The catalogue has no dates; clients want the member.
  return { id: model.id, object: 'model', created: 0, owned_by: model.provider };
}
