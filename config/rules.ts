import * as z from 'zod';
import { embeddingCatalogueEntry, embeddingModelIds } from './embedding-models';
import type { ConfigProblem } from './error';
import { guardrailRules } from './guardrail-rules';
import { identityRules } from './identity-rules';
import { catalogueEntry, modelIds, providerModelIdIn, regionsOf } from './models';
import type { PriceTable } from './prices';
import { ownEmbeddingModel, ownModel, providersConfig } from './providers';
import { commercialRegions } from './regions';
import { type Rule, rule } from './rule';

/** Hosts from which a request does not leave the machine. */
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** The gateway needs this much longer than the model to write the settlement and the end of the answer, in seconds. */
const SETTLEMENT_MARGIN_SECONDS = 10;

/** Ids of the models that an environment offers, its own among them. */
const modelNames = z.array(z.union([z.string(), z.looseObject({ id: z.string() }).transform(({ id }) => id)]));

const burstCoversRate = rule(
  z.object({ limits: z.object({ requestsPerSecond: z.number(), burst: z.number() }) }),
  ({ limits: { requestsPerSecond, burst } }) =>
    burst >= requestsPerSecond
      ? []
      : [{ path: 'limits.burst', message: `found ${burst}; it must be at least limits.requestsPerSecond (${requestsPerSecond})` }],
);

const gatewayOutlivesModel = rule(
  z.object({ limits: z.object({ modelTimeoutSeconds: z.number() }), gateway: z.object({ timeoutSeconds: z.number() }) }),
  ({ limits: { modelTimeoutSeconds }, gateway: { timeoutSeconds } }) =>
    timeoutSeconds >= modelTimeoutSeconds + SETTLEMENT_MARGIN_SECONDS
      ? []
      : [
          {
            path: 'gateway.timeoutSeconds',
            message: `found ${timeoutSeconds}; it must be at least limits.modelTimeoutSeconds (${modelTimeoutSeconds}) and ${SETTLEMENT_MARGIN_SECONDS} more, to settle the call`,
          },
        ],
);

const destroyableIsNotProtected = rule(z.object({ removalPolicy: z.literal('destroy'), deletionProtection: z.literal(true) }), () => [
  { path: 'deletionProtection', message: 'found true; with removalPolicy "destroy" it must be false, or deleting the stack fails' },
]);

const destroyableIsNotLocked = rule(
  z.object({ removalPolicy: z.literal('destroy'), archive: z.object({ objectLock: z.looseObject({}) }) }),
  () => [
    {
      path: 'archive.objectLock',
      message: 'found, and with removalPolicy "destroy" there must be none: what is locked cannot be deleted, and deleting the stack fails',
    },
  ],
);

const capacityIsOrdered = rule(z.object({ retrieval: z.object({ minOcu: z.number(), maxOcu: z.number() }) }), ({ retrieval }) =>
  retrieval.maxOcu >= retrieval.minOcu
    ? []
    : [{ path: 'retrieval.maxOcu', message: `found ${retrieval.maxOcu}; it must be at least retrieval.minOcu (${retrieval.minOcu})` }],
);

const noDuplicates = (name: string, fields: z.ZodType<readonly string[]>): Rule =>
  rule(fields, (values) =>
    values.flatMap((value, index) =>
      values.indexOf(value) === index ? [] : [{ path: `${name}.${index}`, message: `found "${value}" again; name each once` }],
    ),
  );

/** Region and price of each model. */
const modelsAreUsable = rule(
  z.object({
    region: z.enum(commercialRegions),
    dataResidency: z.enum(['geography', 'global']).default('geography'),
    models: z.array(z.unknown()),
  }),
  ({ region, dataResidency, models }, prices) =>
    models.flatMap((id, index) => {
      const known = modelIds.find((candidate) => candidate === id);
      if (known === undefined) return [];
      const entry = catalogueEntry(known);
      const providerModelId = providerModelIdIn(region, entry, dataResidency);
      const path = `models.${index}`;
      if (providerModelId === undefined) {
        const elsewhere = regionsOf(entry, dataResidency).join(', ');
        const global = providerModelIdIn(region, entry, 'global') === undefined ? '' : '; or set dataResidency to "global"';
        return [{ path, message: `found "${id}", which cannot be called from region ${region}; it can from ${elsewhere}${global}` }];
      }
      if (prices.models[providerModelId] !== undefined) return [];
      const message = `found "${id}", which has no price as "${providerModelId}" in price table ${prices.version}; run npm run prices or remove the model`;
      return [{ path, message }];
    }),
);

/** Region and price of each model that makes embeddings, and its name, which no other model may have. */
const embeddingModelsAreUsable = rule(
  z.object({ region: z.enum(commercialRegions), models: modelNames, embeddingModels: z.array(z.unknown()) }),
  ({ region, models, embeddingModels }, prices) =>
    embeddingModels.flatMap((raw, index) => {
      const path = `embeddingModels.${index}`;
      const known = embeddingModelIds.find((candidate) => candidate === raw);
      const own = ownEmbeddingModel.safeParse(raw);
      const id = known ?? own.data?.id;
      if (id !== undefined && (models.includes(id) || (own.success && isReserved(id)))) {
        return [
          { path: own.success ? `${path}.id` : path, message: `found "${id}", which means something else already; name it differently` },
        ];
      }
      if (known === undefined) return [];
      const { regions, providerModelId } = embeddingCatalogueEntry(known);
      if (!regions.some((candidate) => candidate === region)) {
        return [{ path, message: `found "${known}", which cannot be called from region ${region}; it can from ${regions.join(', ')}` }];
      }
      if (prices.embeddingModels[providerModelId] !== undefined) return [];
      const message = `found "${known}", which has no price as "${providerModelId}" in price table ${prices.version}; run npm run prices or remove the model`;
      return [{ path, message }];
    }),
);

/** Provider of each that is not the catalogue's. */
const ownEmbeddingModelsAreUsable = rule(
  z.object({ embeddingModels: z.array(z.unknown()), providers: providersConfig.default({}) }),
  ({ embeddingModels, providers }) =>
    embeddingModels.flatMap((raw, index) => {
      const parsed = ownEmbeddingModel.safeParse(raw);
      if (!parsed.success || providers[parsed.data.provider]?.api === 'openai-compatible') return [];
      const names = Object.entries(providers).flatMap(([name, { api }]) => (api === 'openai-compatible' ? [`"${name}"`] : []));
      const allowed = names.length === 0 ? 'an openai-compatible one of providers, and there is none' : `one of ${names.join(', ')}`;
      return [{ path: `embeddingModels.${index}.provider`, message: `found "${parsed.data.provider}"; it must be ${allowed}` }];
    }),
);

/** How many numbers the vectors of an embedding model may have; undefined for what is none. */
function dimensionsOf(raw: unknown): readonly number[] | undefined {
  const id = embeddingModelIds.find((one) => one === raw);
  return id === undefined ? ownEmbeddingModel.safeParse(raw).data?.dimensions : embeddingCatalogueEntry(id).dimensions;
}

/** Vectors that the index takes, of a model that is there and makes such. */
const semanticCacheIsUsable = rule(
  z.object({
    answerCache: z.object({ semantic: z.object({ embeddingModel: z.string(), dimensions: z.number() }) }),
    embeddingModels: z.array(z.unknown()).default([]),
    retrieval: z.object({ dimensions: z.number() }).optional(),
  }),
  ({ answerCache: { semantic }, embeddingModels, retrieval }) => {
    const path = 'answerCache.semantic';
    const { embeddingModel, dimensions } = semantic;
    const offered = modelNames.safeParse(embeddingModels).data ?? [];
    const index = offered.indexOf(embeddingModel);
    const made = dimensionsOf(embeddingModels[index]) ?? [dimensions];
    const unknown = { path: `${path}.embeddingModel`, message: `found "${embeddingModel}", which is not in embeddingModels; add it there` };
    const unmade = {
      path: `${path}.dimensions`,
      message: `found ${dimensions}; "${embeddingModel}" makes vectors of ${made.join(', ')}, and of no other number`,
    };
    const other = {
      path: `${path}.dimensions`,
      message: `found ${dimensions}; it must be retrieval.dimensions (${retrieval?.dimensions}), or no vector fits the index`,
    };
    return [
      ...(index === -1 ? [unknown] : []),
      ...(made.includes(dimensions) ? [] : [unmade]),
      ...(retrieval === undefined || retrieval.dimensions === dimensions ? [] : [other]),
    ];
  },
);

/** Of an environment: a gateway elsewhere is given its index by its stack. */
const semanticCacheHasIndex = rule(
  z.object({ gateway: z.object({}), answerCache: z.object({ semantic: z.looseObject({}) }), retrieval: z.undefined().optional() }),
  () => [{ path: 'answerCache.semantic', message: 'found, and there is no retrieval to keep vectors in; add it, or remove semantic' }],
);

/** What callers write for "choose for me". */
const RESERVED_ALIAS = 'auto';
/** What a static answer names in a model's place. */
const NO_MODEL = 'static';

/** Of names of the catalogues and of `auto`. */
function isReserved(name: string): boolean {
  return name === RESERVED_ALIAS || [...modelIds, ...embeddingModelIds].some((id) => id === name);
}

const aliasesLeadSomewhere = rule(
  z.object({
    models: modelNames,
    embeddingModels: modelNames.default([]),
    routing: z.object({ aliases: z.record(z.string(), z.array(z.string())) }),
  }),
  ({ models, embeddingModels, routing: { aliases } }) =>
    Object.entries(aliases).flatMap(([alias, targets]) => {
      const path = `routing.aliases.${alias}`;
      const isTaken = isReserved(alias) || models.includes(alias) || embeddingModels.includes(alias);
      const taken = isTaken ? [{ path, message: `found "${alias}", which means something else already; name the alias differently` }] : [];
      return [
        ...taken,
        ...targets.flatMap((id, index) =>
          models.includes(id)
            ? []
            : [{ path: `${path}.${index}`, message: `found "${id}", which is not in models; add it there or remove it` }],
        ),
      ];
    }),
);

const providersKeepKeys = rule(z.object({ providers: providersConfig }), ({ providers }) =>
  Object.entries(providers).flatMap(([name, { baseUrl, secretId }]) => {
    const { protocol, hostname } = new URL(baseUrl);
    if (protocol === 'https:' || secretId === undefined || LOOPBACK.has(hostname)) return [];
    return [{ path: `providers.${name}.baseUrl`, message: `found "${baseUrl}"; it must be https, or the key would be sent in the clear` }];
  }),
);

/** Provider, price and limits of each model that is not the catalogue's. */
const ownModelsAreUsable = rule(
  z.object({ models: z.array(z.unknown()), providers: providersConfig.default({}) }),
  ({ models, providers }, prices) =>
    models.flatMap((raw, index) => {
      const parsed = ownModel.safeParse(raw);
      if (!parsed.success) return [];
      const { id, provider, providerModelId, contextWindowTokens, maxOutputTokens, capabilities, price } = parsed.data;
      const path = `models.${index}`;
      const problems: ConfigProblem[] = [];
      if (id === RESERVED_ALIAS || id === NO_MODEL) {
        problems.push({ path: `${path}.id`, message: `found "${id}", which means something else already; name the model differently` });
      }
      if (!Object.hasOwn(providers, provider)) {
        const names = Object.keys(providers).map((name) => `"${name}"`);
        const allowed = names.length === 0 ? 'a key of providers, and there is none' : `one of ${names.join(', ')}`;
        problems.push({ path: `${path}.provider`, message: `found "${provider}"; it must be ${allowed}` });
      }
      if (price === undefined && prices.models[providerModelId] === undefined) {
        const message = `missing, and price table ${prices.version} has none for "${providerModelId}"; state it in micro-dollars per million tokens, as { input: 150000, output: 600000 }, or 0 for what costs nothing`;
        problems.push({ path: `${path}.price`, message });
      }
      if (maxOutputTokens > contextWindowTokens) {
        const message = `found ${maxOutputTokens}; it must be at most contextWindowTokens (${contextWindowTokens})`;
        problems.push({ path: `${path}.maxOutputTokens`, message });
      }
      if (capabilities.jsonSchema === 'tool' && providers[provider]?.api === 'openai-compatible') {
        const message = 'found "tool"; with an openai-compatible provider it must be one of "native", "none"';
        problems.push({ path: `${path}.capabilities.jsonSchema`, message });
      }
      return problems;
    }),
);

const rules: readonly Rule[] = [
  providersKeepKeys,
  ownModelsAreUsable,
  burstCoversRate,
  gatewayOutlivesModel,
  destroyableIsNotProtected,
  noDuplicates(
    'models',
    z.object({ models: modelNames }).transform(({ models }) => models),
  ),
  noDuplicates(
    'notifications.emails',
    z.object({ notifications: z.object({ emails: z.array(z.string()) }) }).transform(({ notifications }) => notifications.emails),
  ),
  noDuplicates(
    'alarms.prompts',
    z.object({ alarms: z.object({ prompts: z.array(z.string()) }) }).transform(({ alarms }) => alarms.prompts),
  ),
  destroyableIsNotLocked,
  capacityIsOrdered,
  modelsAreUsable,
  embeddingModelsAreUsable,
  ownEmbeddingModelsAreUsable,
  noDuplicates(
    'embeddingModels',
    z.object({ embeddingModels: modelNames }).transform(({ embeddingModels }) => embeddingModels),
  ),
  aliasesLeadSomewhere,
  semanticCacheIsUsable,
  semanticCacheHasIndex,
  ...identityRules,
  ...guardrailRules,
];

/** Every rule that a configuration breaks. */
export function brokenRules(raw: unknown, prices: PriceTable): readonly ConfigProblem[] {
  return rules.flatMap((check) => check(raw, prices));
}
