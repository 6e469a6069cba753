import type { ModelEntry, PlatformDocument } from '../../../../lambdas/core/platform';
import type { RoutingPolicy } from '../../../../lambdas/core/routing-policy';
import { platform } from './ports';

const base = platform.models[0] as ModelEntry;

/** A model like the test platform's one. @param price Micro-dollars per million tokens, in and out. */
export function modelOf(id: string, tier: ModelEntry['tier'], price: number, change: Partial<ModelEntry> = {}): ModelEntry {
  return { ...base, id, tier, providerModelId: `vendor.${id}`, price: { input: price, output: price }, ...change };
}

/** A platform of these models. */
export function platformOf(models: readonly ModelEntry[], routing: Partial<RoutingPolicy> = {}): PlatformDocument {
  return { ...platform, models: [...models], routing: { ...platform.routing, aliases: {}, ...routing } };
}
