import type { Context } from 'hono';
import type { ModelEntry } from '../../core/platform';
import type { GatewayEnvironment } from '../environment';
import type { GatewayPorts } from '../call';
import { findModel } from '../routing/choose-models';

/** `GET /v1/models` and `GET /v1/models/{id}` */
export function modelsRoute({ platform }: GatewayPorts) {
  return {
    list: (c: Context<GatewayEnvironment>) => c.json({ object: 'list', data: platform.models.map(wireModel) }),
    get: (c: Context<GatewayEnvironment>) => c.json(wireModel(findModel(c.req.param('id') ?? '', platform))),
  };
}

function wireModel(model: ModelEntry) {
  // The catalogue has no dates; clients want the member.
  return { id: model.id, object: 'model', created: 0, owned_by: model.provider };
}
