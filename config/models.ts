import type { ModelCapabilities, ModelEntry } from '../lambdas/core/platform';
import { auRegions, caRegions, commercialRegions, euRegions, jpRegions, placesFrom, type Region, usRegions } from './regions';

/**
 * The models that an environment can offer. Prices are in prices.json (`npm run prices` after a change here).
 *
 * Sources: model and profile ids and their regions as Amazon Bedrock's ListFoundationModels and ListInferenceProfiles gave them on
 * 2026-08-21 (collected by github.com/mirai73/bedrock-models, commit 3c07e5f); token limits from the model cards in the Bedrock user
 * guide and, for Claude, platform.claude.com/docs. Where sources differ, the lower limit stands here.
 *
 * Capabilities: Converse's table of models and features, its ToolChoice and the pages on structured output in the Bedrock user guide.
 * Where users report that a documented one fails, the model is taken not to have it: what is missing here is refused with a clear
 * message, what is wrongly here fails at the provider.
 */

/** Prefix of a cross-region inference profile. Requests stay within that geography; `global` ones may be served anywhere. */
type ProfilePrefix = 'us' | 'ca' | 'eu' | 'jp' | 'au' | 'apac' | 'global';

/** A way to call a model, and the regions that it can be called from. */
interface ModelRoute {
  /** `in-region` calls the foundation model itself, without an inference profile. */
  readonly via: ProfilePrefix | 'in-region';
  readonly regions: readonly Region[];
}

export interface CatalogueEntry {
  /** The name by which callers ask for the model. */
  readonly id: string;
  readonly provider: 'bedrock';
  /** Bedrock's id of the foundation model, without a profile's prefix. */
  readonly foundationModelId: string;
  readonly tier: ModelEntry['tier'];
  readonly contextWindowTokens: number;
  readonly maxOutputTokens: number;
  readonly capabilities: ModelCapabilities;
  /** In order of preference. */
  readonly routes: readonly ModelRoute[];
}

/**
 * Where prompts may be processed: within the geography of the environment's region, or anywhere (about a tenth cheaper for Claude).
 * Geographies are as AWS draws them: profile `us` also serves Canada's regions, from the United States.
 */
export type DataResidency = 'geography' | 'global';

const apacNova = [
  'ap-east-2',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
  'ap-southeast-5',
  'ap-southeast-7',
] as const;
const euNova = ['eu-central-1', 'eu-north-1', 'eu-south-1', 'eu-south-2', 'eu-west-1', 'eu-west-3', 'il-central-1'] as const;

/**
 * Native JSON schemas (`outputConfig.textFormat`) are documented for Haiku 4.5 and Sonnet 4.6 too; there they are refused for some accounts,
 * and run on to the token limit for some schemas (github.com/vercel/ai, issues 19988 and 17881). A forced tool does not.
 */
const claude4: ModelCapabilities = {
  tools: 'named',
  strictTools: true,
  serialTools: true,
  images: true,
  jsonSchema: 'tool',
  sampling: 'either',
  effort: [],
};
/** Bedrock refuses `strict` and native JSON schemas for some of these; forced tools go together with adaptive thinking. */
const claude5: ModelCapabilities = { ...claude4, strictTools: false, sampling: 'none', effort: ['low', 'medium', 'high', 'xhigh'] };
const nova: ModelCapabilities = {
  tools: 'named',
  strictTools: false,
  serialTools: false,
  images: true,
  jsonSchema: 'tool',
  sampling: 'both',
  effort: [],
};

export const modelCatalogue = [
  {
    // Adaptive thinking is on by default and its tokens are billed as output. `temperature`, `top_p` and `top_k` other than the
    // defaults are refused with a 400. Its id carries no date.
    id: 'claude-opus-5',
    provider: 'bedrock',
    foundationModelId: 'anthropic.claude-opus-5',
    tier: 'large',
    contextWindowTokens: 1_000_000,
    maxOutputTokens: 128_000,
    capabilities: claude5,
    routes: [
      { via: 'us', regions: [...usRegions, ...caRegions] },
      { via: 'eu', regions: euRegions },
      { via: 'au', regions: auRegions },
      { via: 'global', regions: commercialRegions },
    ],
  },
  {
    // As Opus 5: thinks by default, refuses sampling parameters. Its tokenizer gives about 30% more tokens than Sonnet 4.6 for one text.
    id: 'claude-sonnet-5',
    provider: 'bedrock',
    foundationModelId: 'anthropic.claude-sonnet-5',
    tier: 'mid',
    contextWindowTokens: 1_000_000,
    maxOutputTokens: 128_000,
    capabilities: claude5,
    routes: [
      { via: 'us', regions: [...usRegions, ...caRegions] },
      { via: 'eu', regions: euRegions },
      { via: 'au', regions: auRegions },
      { via: 'global', regions: commercialRegions },
    ],
  },
  {
    // The newest Sonnet that honours `temperature` and `top_p` (one of them at a time), and the newest with a Japanese profile.
    id: 'claude-sonnet-4.6',
    provider: 'bedrock',
    foundationModelId: 'anthropic.claude-sonnet-4-6',
    tier: 'mid',
    contextWindowTokens: 1_000_000,
    maxOutputTokens: 64_000,
    capabilities: claude4,
    routes: [
      { via: 'us', regions: [...usRegions, ...caRegions] },
      { via: 'eu', regions: euRegions },
      { via: 'jp', regions: jpRegions },
      { via: 'au', regions: [...auRegions, 'ap-southeast-6'] },
      { via: 'global', regions: commercialRegions },
    ],
  },
  {
    // Honours `temperature` and `top_p`, one of them at a time. Caches no prefix shorter than 4,096 tokens.
    id: 'claude-haiku-4.5',
    provider: 'bedrock',
    foundationModelId: 'anthropic.claude-haiku-4-5-20251001-v1:0',
    tier: 'small',
    contextWindowTokens: 200_000,
    maxOutputTokens: 64_000,
    capabilities: claude4,
    routes: [
      { via: 'us', regions: [...usRegions, 'ca-central-1'] },
      { via: 'eu', regions: euRegions },
      { via: 'jp', regions: jpRegions },
      { via: 'au', regions: [...auRegions, 'ap-southeast-6'] },
      { via: 'global', regions: commercialRegions },
    ],
  },
  {
    // Nova charges nothing for cache writes; the price table, which has no such price, bounds them by the input price.
    id: 'nova-pro',
    provider: 'bedrock',
    foundationModelId: 'amazon.nova-pro-v1:0',
    tier: 'mid',
    contextWindowTokens: 300_000,
    maxOutputTokens: 5_000,
    capabilities: nova,
    routes: [
      { via: 'us', regions: usRegions },
      { via: 'eu', regions: euNova },
      { via: 'apac', regions: [...apacNova, 'ap-southeast-4'] },
      { via: 'in-region', regions: ['eu-west-2'] },
    ],
  },
  {
    id: 'nova-lite',
    provider: 'bedrock',
    foundationModelId: 'amazon.nova-lite-v1:0',
    tier: 'small',
    contextWindowTokens: 300_000,
    maxOutputTokens: 5_000,
    capabilities: nova,
    routes: [
      { via: 'us', regions: usRegions },
      { via: 'ca', regions: caRegions },
      { via: 'eu', regions: euNova },
      { via: 'apac', regions: [...apacNova, 'ap-southeast-4'] },
      { via: 'in-region', regions: ['eu-west-2'] },
    ],
  },
  {
    // Text only.
    id: 'nova-micro',
    provider: 'bedrock',
    foundationModelId: 'amazon.nova-micro-v1:0',
    tier: 'small',
    contextWindowTokens: 128_000,
    maxOutputTokens: 5_000,
    capabilities: { ...nova, images: false },
    routes: [
      { via: 'us', regions: ['us-east-1', 'us-east-2', 'us-west-2'] },
      { via: 'eu', regions: euNova },
      { via: 'apac', regions: apacNova },
      { via: 'in-region', regions: ['eu-west-2'] },
    ],
  },
  {
    // Served from the United States only; no prompt cache. Its tool use does not stream, and the gateway only streams.
    id: 'llama-4-maverick',
    provider: 'bedrock',
    foundationModelId: 'meta.llama4-maverick-17b-instruct-v1:0',
    tier: 'mid',
    contextWindowTokens: 1_000_000,
    maxOutputTokens: 8_000,
    capabilities: {
      tools: 'none',
      strictTools: false,
      serialTools: false,
      images: true,
      jsonSchema: 'none',
      sampling: 'both',
      effort: [],
    },
    routes: [{ via: 'us', regions: usRegions }],
  },
  {
    // Has no inference profile: what a region lacks in capacity no other region lends. Bedrock documents no output limit; this one is ours.
    id: 'mistral-large-3',
    provider: 'bedrock',
    foundationModelId: 'mistral.mistral-large-3-675b-instruct',
    tier: 'large',
    contextWindowTokens: 256_000,
    maxOutputTokens: 8_192,
    capabilities: {
      tools: 'required',
      strictTools: false,
      serialTools: false,
      images: true,
      jsonSchema: 'native',
      sampling: 'both',
      effort: [],
    },
    routes: [
      {
        via: 'in-region',
        regions: [
          'us-east-1',
          'us-east-2',
          'us-west-2',
          'sa-east-1',
          'eu-north-1',
          'eu-west-2',
          'ap-northeast-1',
          'ap-south-1',
          'ap-southeast-1',
          'ap-southeast-2',
          'ap-southeast-3',
          'ap-southeast-4',
        ],
      },
    ],
  },
] as const satisfies readonly CatalogueEntry[];

/** A name in the catalogue. */
export type ModelId = (typeof modelCatalogue)[number]['id'];

export const modelIds: readonly ModelId[] = modelCatalogue.map((entry) => entry.id);

/** The catalogue's entry for a model. */
export function catalogueEntry(id: ModelId): CatalogueEntry {
  const entry: CatalogueEntry | undefined = modelCatalogue.find((candidate) => candidate.id === id);
  if (entry === undefined) throw new Error(`No model "${id}" in the catalogue; it has ${modelIds.join(', ')}.`);
  return entry;
}

/**
 * The id to call a model by from a region: that of an inference profile where there is one (more capacity than one region has), else the
 * foundation model's own. Undefined when the model cannot be called from there without data leaving what `residency` allows.
 */
export function providerModelIdIn(region: string, entry: CatalogueEntry, residency: DataResidency): string | undefined {
  const route = routeIn(region, entry, residency);
  return route && idBy(route, entry);
}

/** Where a model processes what it is sent from a region, which is among that. Undefined when it cannot be called from there. */
export function processedInFrom(region: Region, entry: CatalogueEntry, residency: DataResidency): string[] | undefined {
  const route = routeIn(region, entry, residency);
  return route && placesFrom(region, route.via === 'in-region' ? [region] : [route.via]);
}

function routeIn(region: string, entry: CatalogueEntry, residency: DataResidency): ModelRoute | undefined {
  const usable = entry.routes.filter((route) => route.regions.some((candidate) => candidate === region));
  const inGeography = usable.find((route) => route.via !== 'global');
  const global = usable.find((route) => route.via === 'global');
  return residency === 'global' ? (global ?? inGeography) : inGeography;
}

/** Every id that a model may be called by, over all regions. */
export function providerModelIdsOf(entry: CatalogueEntry): readonly string[] {
  return entry.routes.map((route) => idBy(route, entry));
}

/** The regions that a model can be called from. */
export function regionsOf(entry: CatalogueEntry, residency: DataResidency): readonly string[] {
  return commercialRegions.filter((region) => providerModelIdIn(region, entry, residency) !== undefined);
}

function idBy(route: ModelRoute, entry: CatalogueEntry): string {
  return route.via === 'in-region' ? entry.foundationModelId : `${route.via}.${entry.foundationModelId}`;
}
