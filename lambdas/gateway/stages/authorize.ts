import { GatewayError } from '../../core/errors';
import { type EmbeddingModelEntry, type ModelEntry, type PlatformDocument } from '../../core/platform';
import { residesIn } from '../../core/residency';
import { allows, type RouteName, type ScopeKind } from '../../core/scopes';
import type { Caller } from '../call';

/** What a caller may do, of what the gateway can. */

type Bounds = Pick<Caller, 'scopes' | 'residency'>;

/** @throws GatewayError `access_denied` naming the route, and those that are allowed. */
export function checkRoute({ scopes }: Bounds, route: RouteName): void {
  if (allows(scopes, 'routes', route)) return;
  throw new GatewayError('access_denied', `This credential may not use the route \`${route}\`. ${allowedInWords(scopes, 'routes')}`);
}

/** What a call is for. */
export interface Purpose {
  readonly task: string | undefined;
  /** Id of the prompt that it is made from; undefined for one that sends messages or texts of its own. */
  readonly prompt: string | undefined;
}

/** @throws GatewayError `access_denied` naming the task type or the prompt, and those that are allowed. */
export function checkPurpose({ scopes }: Bounds, { task, prompt }: Purpose): void {
  if (!allows(scopes, 'tasks', task)) {
    const what = task === undefined ? 'make calls without `task_type`' : `be used for tasks of type \`${task}\``;
    throw new GatewayError('access_denied', `This credential may not ${what}. ${allowedInWords(scopes, 'tasks')}`, { param: 'task_type' });
  }
  checkPrompt({ scopes }, prompt);
}

/**
 * @param prompt As in `Purpose`.
 * @throws GatewayError `access_denied` naming the prompt, and those that are allowed.
 */
export function checkPrompt({ scopes }: Pick<Bounds, 'scopes'>, prompt: string | undefined): void {
  if (allows(scopes, 'prompts', prompt)) return;
  const what = prompt === undefined ? 'send messages or texts of its own' : `use the prompt \`${prompt}\``;
  throw new GatewayError('access_denied', `This credential may not ${what}. ${allowedInWords(scopes, 'prompts')}`);
}

/**
 * The platform as a caller sees it: without the models that its scopes and its data's residency leave out, and without the names of those. What is
 * not in it is not there for the caller, whichever way a model is looked for.
 */
export function platformFor({ scopes, residency }: Bounds, platform: PlatformDocument): PlatformDocument {
  if (residency.length === 0 && scopes.every(({ models }) => models === undefined)) return platform;
  const mayUse = (model: ModelEntry | EmbeddingModelEntry): boolean =>
    allows(scopes, 'models', model.id) && residency.every((one) => residesIn(model, one));
  const models = platform.models.filter(mayUse);
  const ids = new Set(models.map(({ id }) => id));
  const aliases = Object.entries(platform.routing.aliases)
    .map(([alias, chain]) => [alias, chain.filter((id) => ids.has(id))] as const)
    .filter(([, chain]) => chain.length > 0);
  return {
    ...platform,
    models,
    embeddingModels: platform.embeddingModels.filter(mayUse),
    routing: { ...platform.routing, aliases: Object.fromEntries(aliases) },
  };
}

function allowedInWords(scopes: Bounds['scopes'], kind: ScopeKind): string {
  const lists = scopes.flatMap(({ [kind]: allowed }) => (allowed === undefined ? [] : [allowed.map((one) => `\`${one}\``).join(', ')]));
  return `Allowed are ${lists.join('; and of these ')}.`;
}
