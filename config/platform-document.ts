import type { Limits } from '../lambdas/core/limits';
import type { EmbeddingModelEntry, ModelEntry, PlatformDocument } from '../lambdas/core/platform';
import { embeddingCatalogueEntry, type EmbeddingModelId } from './embedding-models';
import { catalogueEntry, type ModelId, processedInFrom, providerModelIdIn } from './models';
import { bedrockProvider, type OwnEmbeddingModel, type OwnModel } from './providers';
import { type PriceTable, priceTable } from './prices';
import { placesFrom } from './regions';
import type { EnvironmentConfig } from './schema';

const MS_PER_SECOND = 1000;
const MICRO_PER_USD = 1_000_000;

/** Amazon Bedrock stores no prompts or completions (its user guide, "Data protection"). */
const BEDROCK_RETENTION = 'none' as const;

/** As much of an environment's config as the gateway is told of. */
export interface PlatformSource
  extends Pick<EnvironmentConfig, 'name' | 'region' | 'dataResidency' | 'providers' | 'routing' | 'identity' | 'safety' | 'answerCache'> {
  readonly models: readonly (ModelId | OwnModel)[];
  readonly embeddingModels?: readonly (EmbeddingModelId | OwnEmbeddingModel)[];
  readonly auditContent?: EnvironmentConfig['auditContent'];
  readonly alarms?: Pick<EnvironmentConfig['alarms'], 'tenants'>;
  /** Absent: those of `alarms`. */
  readonly watchedTenants?: readonly string[];
  readonly limits: Pick<EnvironmentConfig['limits'], 'maxBodyBytes' | 'modelTimeoutSeconds' | 'environment'>;
}

/**
 * What the gateway of an environment needs to know: its models as they are called from the environment's region, their prices, its limits.
 *
 * @throws Error when a model cannot be called from the region or has no price. A config that went through `loadEnvironment` has neither.
 */
export function platformDocumentOf(config: PlatformSource, prices: PriceTable = priceTable): PlatformDocument {
  const watchedTenants = config.watchedTenants ?? Object.keys(config.alarms?.tenants ?? {});
  return {
    environment: config.name,
    priceTableVersion: prices.version,
    providers: { [bedrockProvider]: { api: 'bedrock' }, ...config.providers },
    models: config.models.map((model) =>
      typeof model === 'string' ? modelEntryOf(model, config, prices) : ownEntryOf(model, config, prices),
    ),
    embeddingModels: (config.embeddingModels ?? []).map((model) =>
      typeof model === 'string' ? embeddingEntryOf(model, config, prices) : { ...model, ...reachedFrom(config, model), inputTypes: false },
    ),
    limits: {
      maxBodyBytes: config.limits.maxBodyBytes,
      modelTimeoutMs: config.limits.modelTimeoutSeconds * MS_PER_SECOND,
      ...(config.limits.environment && { environment: limitsOf(config.limits.environment) }),
    },
    routing: config.routing,
    ...(config.auditContent !== undefined && { auditContent: config.auditContent }),
    ...(config.identity && { identity: config.identity }),
    ...(config.safety && { safety: config.safety }),
    ...(config.answerCache && { answerCache: config.answerCache }),
    ...(watchedTenants.length > 0 && { watchedTenants: [...watchedTenants] }),
  };
}

function limitsOf({ budgetUsdPerMonth, budgetUsdPerDay, ...limits }: NonNullable<EnvironmentConfig['limits']['environment']>): Limits {
  return {
    ...limits,
    ...(budgetUsdPerMonth !== undefined && { microUsdPerMonth: microUsdOf(budgetUsdPerMonth) }),
    ...(budgetUsdPerDay !== undefined && { microUsdPerDay: microUsdOf(budgetUsdPerDay) }),
  };
}

/** What is less than one of them would be a limit that nothing fits. */
function microUsdOf(usd: number): number {
  return Math.max(1, Math.round(usd * MICRO_PER_USD));
}

function modelEntryOf(id: ModelId, config: PlatformSource, prices: PriceTable): ModelEntry {
  const entry = catalogueEntry(id);
  const { region, dataResidency = 'geography' } = config;
  const providerModelId = providerModelIdIn(region, entry, dataResidency);
  const processedIn = processedInFrom(region, entry, dataResidency);
  if (providerModelId === undefined) throw new Error(`Model "${id}" cannot be called from ${config.region}.`);
  const price = prices.models[providerModelId];
  if (price === undefined) throw new Error(`Model "${id}" has no price as "${providerModelId}" in price table ${prices.version}.`);
  const { provider, tier, contextWindowTokens, maxOutputTokens, capabilities } = entry;
  const processing = { processedIn, retention: BEDROCK_RETENTION };
  return { id, provider, providerModelId, tier, contextWindowTokens, maxOutputTokens, capabilities, price, ...processing };
}

/** What is sent to a model elsewhere passes through the region that it is sent from. */
function reachedFrom({ region }: PlatformSource, { processedIn }: Pick<OwnModel, 'processedIn'>): Pick<ModelEntry, 'processedIn'> {
  return processedIn === undefined ? {} : { processedIn: placesFrom(region, processedIn) };
}

function ownEntryOf(model: OwnModel, config: PlatformSource, prices: PriceTable): ModelEntry {
  const price = model.price ?? prices.models[model.providerModelId];
  if (price !== undefined) return { ...model, ...reachedFrom(config, model), price };
  throw new Error(`Model "${model.id}" has no price, and price table ${prices.version} has none for "${model.providerModelId}".`);
}

function embeddingEntryOf(id: EmbeddingModelId, { region }: PlatformSource, prices: PriceTable): EmbeddingModelEntry {
  const { regions, dimensions, provider, providerModelId, maxInputTokens, maxInputsPerCall, inputTypes } = embeddingCatalogueEntry(id);
  if (!regions.some((candidate) => candidate === region)) throw new Error(`Model "${id}" cannot be called from ${region}.`);
  const price = prices.embeddingModels[providerModelId];
  if (price === undefined) throw new Error(`Model "${id}" has no price as "${providerModelId}" in price table ${prices.version}.`);
  const processing = { processedIn: [region as string], retention: BEDROCK_RETENTION };
  return { id, provider, providerModelId, maxInputTokens, maxInputsPerCall, dimensions: [...dimensions], inputTypes, price, ...processing };
}
