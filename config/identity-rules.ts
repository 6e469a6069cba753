import * as z from 'zod';
import { embeddingModelIds } from './embedding-models';
import type { ConfigProblem } from './error';
import { identityConfig } from './identity';
import { catalogueEntry, modelIds, processedInFrom } from './models';
import { nearest } from './nearest';
import { ownEmbeddingModel, ownModel } from './providers';
import { commercialRegions, isWithin, placesFrom, type Region } from './regions';
import { type Rule, rule } from './rule';

type Identity = z.infer<typeof identityConfig>;
type Residency = NonNullable<Identity['residency']>[string];

const issuersDiffer = rule(z.object({ identity: identityConfig }), ({ identity: { oidc = [] } }) =>
  oidc.flatMap(({ issuer }, index) =>
    oidc.findIndex((other) => other.issuer === issuer) === index
      ? []
      : [{ path: `identity.oidc.${index}.issuer`, message: `found "${issuer}" again; name each once` }],
  ),
);

const modelName = z.union([z.string(), z.looseObject({ id: z.string() }).transform(({ id }) => id)]);

/** A scope that names no model would let nobody do anything. */
const scopesNameModels = rule(
  z.object({ identity: identityConfig, models: z.array(modelName), embeddingModels: z.array(modelName).default([]) }),
  ({ identity: { oidc = [] }, models, embeddingModels }) => {
    const ids = [...models, ...embeddingModels];
    const isOne = (pattern: string): boolean =>
      pattern.endsWith('*') ? ids.some((id) => id.startsWith(pattern.slice(0, -1))) : ids.includes(pattern);
    return oidc.flatMap(({ grants = [] }, issuer) =>
      grants.flatMap(({ scopes }, grant) =>
        (scopes.models ?? []).flatMap((pattern, index): ConfigProblem[] => {
          if (isOne(pattern)) return [];
          const meant = nearest(pattern, ids);
          const advice =
            meant === undefined ? `it must be one of ${ids.join(', ')}, or the beginning of some and a *` : `did you mean "${meant}"?`;
          const path = `identity.oidc.${issuer}.grants.${grant}.scopes.models.${index}`;
          return [{ path, message: `found "${pattern}", which is no model of this environment; ${advice}` }];
        }),
      ),
    );
  },
);

interface Processing {
  readonly processedIn?: readonly string[];
  readonly retention?: 'none';
}

/** A tenant whose data no model may be sent has no use of the environment. */
const pinnedTenantsHaveModels = rule(
  z.object({
    region: z.enum(commercialRegions),
    dataResidency: z.enum(['geography', 'global']).default('geography'),
    identity: identityConfig,
    models: z.array(z.unknown()),
    embeddingModels: z.array(z.unknown()).default([]),
  }),
  ({ region, dataResidency, identity: { residency = {} }, models, embeddingModels }) => {
    const all = [...models, ...embeddingModels].map((raw) => processingOf(raw, region, dataResidency));
    return Object.entries(residency).flatMap(([tenant, wanted]): ConfigProblem[] =>
      all.some((model) => model !== undefined && residesIn(model, wanted))
        ? []
        : [
            {
              path: `identity.residency.${tenant}`,
              message: `found ${JSON.stringify(wanted)}, which no model of this environment satisfies; called from ${region}, models process data there or in its geography`,
            },
          ],
    );
  },
);

function processingOf(raw: unknown, region: Region, dataResidency: 'geography' | 'global'): Processing | undefined {
  const model = modelIds.find((id) => id === raw);
  if (model !== undefined) return { processedIn: processedInFrom(region, catalogueEntry(model), dataResidency), retention: 'none' };
  const embedding = embeddingModelIds.find((id) => id === raw);
  if (embedding !== undefined) return { processedIn: [region], retention: 'none' };
  const own = ownModel.safeParse(raw).data ?? ownEmbeddingModel.safeParse(raw).data;
  return own && { ...own, processedIn: own.processedIn && placesFrom(region, own.processedIn) };
}

function residesIn({ processedIn, retention }: Processing, { within, noRetention }: Residency): boolean {
  const isInside = within === undefined || processedIn?.every((place) => isWithin(place, within)) === true;
  return isInside && (noRetention === undefined || retention === 'none');
}

export const identityRules: readonly Rule[] = [issuersDiffer, scopesNameModels, pinnedTenantsHaveModels];
