import type { LimitChange } from '../core/administration/limit-store';
import { limits, type Limits } from '../core/limits';
import { type Residency, residency } from '../core/residency';
import { newScopes, type Scopes } from '../core/scopes';
import * as z from 'zod';

/** Members that are not named stay as they are; null takes one away. */

export const limitChange = z.strictObject({
  microUsdPerMonth: limits.shape.microUsdPerMonth.nullable(),
  microUsdPerDay: limits.shape.microUsdPerDay.nullable(),
  requestsPerMinute: limits.shape.requestsPerMinute.nullable(),
  tokensPerMinute: limits.shape.tokensPerMinute.nullable(),
  concurrency: limits.shape.concurrency.nullable(),
  softLimitPercent: limits.shape.softLimitPercent.nullable(),
  shards: limits.shape.shards.nullable(),
});

export const scopeChange = z.strictObject({
  models: newScopes.shape.models.nullable(),
  tasks: newScopes.shape.tasks.nullable(),
  prompts: newScopes.shape.prompts.nullable(),
  routes: newScopes.shape.routes.nullable(),
});

export const residencyChange = z.strictObject({
  within: residency.shape.within.nullable(),
  /** False takes it away, too. */
  noRetention: z.boolean().nullish(),
});

type Nullable<T> = { readonly [K in keyof T]?: T[K] | null };

export function limitChangeOf(change: Nullable<Limits>): LimitChange {
  return Object.fromEntries(Object.entries(change).map(([name, value]) => [name, value ?? undefined]));
}

/** Undefined where nothing is left that would bound anything. */
export function changedScopes(before: Scopes | undefined, change: Nullable<Scopes> | null | undefined): Scopes | undefined {
  if (change === null) return undefined;
  const after = Object.entries({ ...before, ...change }).filter(([, value]) => value !== null && value !== undefined);
  return after.length === 0 ? undefined : Object.fromEntries(after);
}

/** Undefined where nothing is asked any more. */
export function changedResidency(
  before: Residency | undefined,
  change: z.infer<typeof residencyChange> | null | undefined,
): Residency | undefined {
  if (change === null) return undefined;
  const { within, noRetention } = { ...before, ...change };
  return within || noRetention ? { ...(within && { within }), ...(noRetention && { noRetention }) } : undefined;
}
