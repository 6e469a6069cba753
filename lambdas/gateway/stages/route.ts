import { asGatewayError, GatewayError } from '../../core/errors';
import type { ModelEntry, PlatformDocument } from '../../core/platform';
import type { ModelAdapter, ModelAdapters, ModelRequest } from '../adapters/adapter';
import type { ChatRequest } from '../openai/request';

/** Where a call goes, and why. */
export interface Route {
  readonly adapter: ModelAdapter;
  readonly request: ModelRequest;
  readonly reason: 'exact_id';
}

/** A refusal is a decision too: it is recorded before it is answered. */
export type RouteDecision = { readonly route: Route } | { readonly refusal: GatewayError };

export function decideRoute(body: ChatRequest, platform: PlatformDocument, adapters: ModelAdapters): RouteDecision {
  try {
    const model = findModel(body.model, platform);
    const adapter = adapters[model.provider];
    const request = { model, offered: platform.models, body, maxTokens: maxTokensOf(body, model) };
    adapter.check(request);
    return { route: { adapter, request, reason: 'exact_id' } };
  } catch (error) {
    return { refusal: asGatewayError(error) };
  }
}

/** @throws GatewayError `model_not_found` */
export function findModel(id: string, platform: PlatformDocument): ModelEntry {
  const model = platform.models.find((entry) => entry.id === id);
  if (model !== undefined) return model;
  throw new GatewayError('model_not_found', `The model \`${id}\` does not exist here. \`GET /v1/models\` lists those that do.`, {
    param: 'model',
  });
}

function maxTokensOf(body: ChatRequest, model: ModelEntry): number {
  const asked = body.max_completion_tokens ?? body.max_tokens ?? model.maxOutputTokens;
  if (asked <= model.maxOutputTokens) return asked;
  const param = body.max_completion_tokens === undefined ? 'max_tokens' : 'max_completion_tokens';
  const limit = `Model \`${model.id}\` generates at most ${model.maxOutputTokens} tokens; \`${param}\` asks for ${asked}.`;
  throw new GatewayError('invalid_request', limit, { param });
}
