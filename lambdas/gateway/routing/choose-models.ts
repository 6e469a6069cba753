import { GatewayError } from '../../core/errors';
import type { ModelEntry, PlatformDocument } from '../../core/platform';
import type { ModelTier } from '../../core/routing-policy';
import type { ChatRequest } from '../openai/request';
import { assessComplexity } from './complexity';

/** What callers write to have the gateway choose. */
export const AUTO = 'auto';
/** The reason of a call that names its model by id. */
export const NAMED = 'exact_id';

/** From the smallest. */
const TIERS: readonly ModelTier[] = ['small', 'mid', 'large'];

/** The models that a request may go to by what it asks for, before it is looked at what each can do. */
export interface Choice {
  readonly models: readonly ModelEntry[];
  /** Stands in the audit record and in a header: lower-case letters, digits, `:`, `.`, `-` and `_`. */
  readonly reason: string;
  /** Whether `models` is in order of preference; else tier and price decide. */
  readonly isOrdered: boolean;
  /** Whether the caller named one model. Then that one, the first, decides what is refused. */
  readonly isExplicit: boolean;
}

/** What a prompt prefers: the smallest tier that will do, or models in order. */
export type RoutePreference = { readonly tier: ModelTier } | { readonly models: readonly string[] };

/** @param isChecked Whether the answer is held to a schema. @throws GatewayError `model_not_found` */
export function chooseModels(body: ChatRequest, platform: PlatformDocument, isChecked: boolean, preference?: RoutePreference): Choice {
  const { routing, models } = platform;
  if (preference !== undefined) return preferredModels(preference, platform);
  if (body.model === AUTO) {
    const { tier, reason } = tierFor(body, isChecked ? { ...routing.tasks, ...routing.checkedTasks } : routing.tasks);
    return { models: models.filter((model) => isAtLeast(model.tier, tier)), reason, isOrdered: false, isExplicit: false };
  }
  const named = Object.hasOwn(routing.aliases, body.model) ? routing.aliases[body.model] : undefined;
  if (named !== undefined) {
    const chain = named.map((id) => findModel(id, platform));
    return { models: chain, reason: `alias:${body.model}`, isOrdered: true, isExplicit: false };
  }
  const model = findModel(body.model, platform);
  const others = routing.fallback.forExplicitModels ? models.filter(({ id, tier }) => id !== model.id && isAtLeast(tier, model.tier)) : [];
  return { models: [model, ...others], reason: NAMED, isOrdered: false, isExplicit: true };
}

/** @throws GatewayError `model_not_found` when this environment has none of them. */
function preferredModels(preference: RoutePreference, { models }: PlatformDocument): Choice {
  if ('tier' in preference) {
    const { tier } = preference;
    return {
      models: models.filter((model) => isAtLeast(model.tier, tier)),
      reason: `prompt:tier:${tier}`,
      isOrdered: false,
      isExplicit: false,
    };
  }
  const known = preference.models.flatMap((id) => models.find((model) => model.id === id) ?? []);
  if (known.length > 0) return { models: known, reason: 'prompt:models', isOrdered: true, isExplicit: false };
  const named = preference.models.map((id) => `\`${id}\``).join(', ');
  throw new GatewayError('model_not_found', `None of the models that the prompt prefers exists here: ${named}.`, { param: 'model' });
}

/** @throws GatewayError `model_not_found`, or `invalid_request` for a model that makes embeddings. */
function findModel(id: string, { models, embeddingModels }: PlatformDocument): ModelEntry {
  const model = models.find((entry) => entry.id === id);
  if (model !== undefined) return model;
  if (embeddingModels.every((entry) => entry.id !== id)) throw modelNotFound(id);
  const message = `Model \`${id}\` makes embeddings and answers no chats. Send its texts to \`/embeddings\`, or name a model that chats.`;
  throw new GatewayError('invalid_request', message, { param: 'model' });
}

export function modelNotFound(id: string): GatewayError {
  const message = `The model \`${id}\` does not exist here. \`GET /v1/models\` lists those that do.`;
  return new GatewayError('model_not_found', message, { param: 'model' });
}

/** Below zero when the first is the smaller. */
export function compareTiers(a: ModelTier, b: ModelTier): number {
  return TIERS.indexOf(a) - TIERS.indexOf(b);
}

function tierFor(body: ChatRequest, tasks: PlatformDocument['routing']['tasks']): { readonly tier: ModelTier; readonly reason: string } {
  if (body.task_type !== undefined) {
    const tier = tasks[body.task_type];
    return { tier, reason: `task:${body.task_type}:${tier}` };
  }
  const { points, tier } = assessComplexity(body);
  return { tier, reason: `complexity:${points}:${tier}` };
}

function isAtLeast(tier: ModelTier, smallest: ModelTier): boolean {
  return compareTiers(tier, smallest) >= 0;
}
