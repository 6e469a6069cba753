import * as z from 'zod';
import { taskTypes } from './routing-policy';

const MAX_PATTERNS = 50;

/** A value as it is, or what it begins with and a `*`. */
const pattern = z
  .string()
  .regex(/^[A-Za-z0-9][\w.:/-]{0,126}\*?$/, { error: '1 to 127 letters, digits or ._:/-, and a * at the end for all that begin so' });

const patterns = z.array(pattern).min(1).max(MAX_PATTERNS);

/** First words of routes under `/v1`. `reviews` is allowed to those alone who name it. */
export const routeNames = ['chat', 'embeddings', 'prompts', 'models', 'calls', 'usage', 'reviews'] as const;
export type RouteName = (typeof routeNames)[number];

/** The task of a call that makes embeddings; those of chats say their own. */
export const EMBEDDING_TASK = 'embedding';

/** What a caller may use, by allow-lists. An absent member allows all that is there; a list allows what it names and nothing else. */
export const scopes = z.strictObject({
  /** Ids of models. */
  models: patterns.optional(),
  /** Values of `task_type`, and `embedding`. A chat that names none is refused. */
  tasks: patterns.optional(),
  /** Ids of prompts. A call that sends messages or texts of its own is refused. */
  prompts: patterns.optional(),
  /** Names of routes. */
  routes: patterns.optional(),
});

export type Scopes = z.infer<typeof scopes>;

const known = (names: readonly string[]) =>
  z
    .array(z.enum(names, { error: ({ input }) => `${JSON.stringify(input)} is unknown; there are ${names.join(', ')}` }))
    .min(1)
    .max(MAX_PATTERNS);

/** As `scopes`, of tasks and routes that there are: what is said of a caller anew. What was stored earlier is read by `scopes`. */
export const newScopes = scopes.extend({ tasks: known([...taskTypes, EMBEDDING_TASK]).optional(), routes: known(routeNames).optional() });
export type ScopeKind = keyof Scopes;

/**
 * Whether every one of the scopes allows a value: those of a tenant bound those of its keys.
 *
 * @param value Undefined where the call names none: allowed only by scopes that say nothing of its kind.
 */
export function allows(all: readonly Scopes[], kind: ScopeKind, value: string | undefined): boolean {
  return all.every(({ [kind]: allowed }) => allowed === undefined || (value !== undefined && allowed.some((one) => matches(one, value))));
}

function matches(allowed: string, value: string): boolean {
  return allowed.endsWith('*') ? value.startsWith(allowed.slice(0, -1)) : value === allowed;
}
