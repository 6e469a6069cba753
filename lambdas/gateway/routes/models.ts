import type { Context } from 'hono';
import type { PlatformDocument } from '../../core/platform';
import type { GatewayEnvironment } from '../environment';
import { jsonTo } from '../gateway-answer';
import type { GatewayPorts } from '../call';
import { AUTO, modelNotFound } from '../routing/choose-models';
import { platformFor } from '../stages/authorize';

/** Of names that stand for models of any provider. */
const OWNED_BY_GATEWAY = 'gateway';

/**
 * `GET /v1/models` and `GET /v1/models/{id}`: whatever the caller may write as `model`. The models that answer chats, those that make embeddings, the
 * environment's aliases, and `auto`.
 */
export function modelsRoute({ platform }: GatewayPorts) {
  const modelsOf = (c: Context<GatewayEnvironment>) => wireModels(platformFor(c.get('caller'), platform));
  return {
    list: (c: Context<GatewayEnvironment>) => jsonTo(c, { object: 'list', data: modelsOf(c) }),
    get: (c: Context<GatewayEnvironment>) => {
      const id = c.req.param('id') ?? '';
      const model = modelsOf(c).find((entry) => entry.id === id);
      if (model === undefined) throw modelNotFound(id);
      return jsonTo(c, model);
    },
  };
}

function wireModels({ models, embeddingModels, routing }: PlatformDocument) {
  const names = models.length === 0 ? [] : [...Object.keys(routing.aliases), AUTO];
  return [
    ...[...models, ...embeddingModels].map(({ id, provider }) => wireModel(id, provider)),
    ...names.map((name) => wireModel(name, OWNED_BY_GATEWAY)),
  ];
}

function wireModel(id: string, ownedBy: string) {
  // The catalogue has no dates; clients want the member.
  return { id, object: 'model', created: 0, owned_by: ownedBy };
}
