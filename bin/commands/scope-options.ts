import { nearest } from '../../config/nearest';
import { taskTypes } from '../../lambdas/core/routing-policy';
import { EMBEDDING_TASK, routeNames, type Scopes, scopes as scopesSchema } from '../../lambdas/core/scopes';
import type { ScopeChange } from '../administrator';
import { UsageError } from './cli-error';
import type { AdminTarget } from './admin-command';

/** Scopes as options of a command: lists with commas, as in `--routes chat,models`. */
export const scopeOptions = { models: 'string', 'task-types': 'string', prompts: 'string', routes: 'string' } as const;

export const scopeHelp = `  --models <list>        ids of models that may be used, or beginnings and a * (all when absent)
  --task-types <list>    of ${[...taskTypes, EMBEDDING_TASK].join(', ')}; calls must then say theirs
  --prompts <list>       prompts; messages of the caller's own are refused then
  --routes <list>        of ${routeNames.join(', ')}
`;

type ScopeValues = { readonly [K in keyof typeof scopeOptions]?: string };

const MEMBERS = { models: 'models', 'task-types': 'tasks', prompts: 'prompts', routes: 'routes' } as const;
/** Of models, what there is is the environment's. */
const KNOWN: Readonly<Partial<Record<keyof ScopeValues, readonly string[]>>> = {
  'task-types': [...taskTypes, EMBEDDING_TASK],
  routes: routeNames,
};

/** @returns undefined when none is named. @throws UsageError for what is no scope. */
export function scopesOf(values: ScopeValues): Scopes | undefined {
  const named = (Object.keys(MEMBERS) as (keyof ScopeValues)[]).filter((option) => values[option] !== undefined);
  if (named.length === 0) return undefined;
  const scopes = Object.fromEntries(named.map((option) => [MEMBERS[option], listOf(option, values[option] ?? '')]));
  const parsed = scopesSchema.safeParse(scopes);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const option = named.find((one) => MEMBERS[one] === issue?.path[0]) ?? named[0];
  throw new UsageError(`Option --${option} is "${values[option ?? 'models']}"; each of its parts must be ${issue?.message}.`);
}

/**
 * A change of scopes: a list that is named is put in the place of what there was, `none` takes it away.
 *
 * @returns undefined when none is named. @throws UsageError for what is no scope.
 */
export function scopeChangeOf(values: ScopeValues): ScopeChange | undefined {
  const options = Object.keys(MEMBERS) as (keyof ScopeValues)[];
  const given = options.filter((option) => values[option] !== 'none').map((option) => [option, values[option]]);
  const removed = options.filter((option) => values[option] === 'none').map((option) => [MEMBERS[option], null]);
  const change: ScopeChange = { ...scopesOf(Object.fromEntries(given)), ...Object.fromEntries(removed) };
  return Object.keys(change).length === 0 ? undefined : change;
}

/** @throws UsageError for a model that the environment does not have. Nothing is said of a gateway whose config is not known. */
export function checkModels(scopes: ScopeChange | undefined, { models, where }: Pick<AdminTarget, 'models' | 'where'>): void {
  for (const pattern of models === undefined ? [] : (scopes?.models ?? [])) {
    const ids = models ?? [];
    const isOne = pattern.endsWith('*') ? ids.some((id) => id.startsWith(pattern.slice(0, -1))) : ids.includes(pattern);
    if (isOne) continue;
    throw new UsageError(`Option --models names "${pattern}", which is no model of ${where}${advice(pattern, ids)}`);
  }
}

/** Empty where everything is allowed. */
export function inWords(scopes: Scopes | undefined): string {
  return Object.entries(scopes ?? {})
    .map(([kind, allowed]) => `${kind} ${allowed.join(' or ')}`)
    .join(', ');
}

function listOf(option: keyof ScopeValues, text: string): readonly string[] {
  const parts = text.split(',').map((part) => part.trim());
  const known = KNOWN[option];
  const strange = known === undefined ? undefined : parts.find((part) => !known.includes(part));
  if (known === undefined || strange === undefined) return parts;
  throw new UsageError(`Option --${option} names "${strange}", which is unknown${advice(strange, known)}`);
}

/** The end of a message on a word that is none of those known. */
export function advice(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  if (known.length === 0) return '; there is none.';
  return meant === undefined ? `; there are ${known.join(', ')}.` : `: did you mean "${meant}"?`;
}
