import * as z from 'zod';
import type { ConfigProblem } from './error';
import { catalogueEntry, modelIds, providerModelIdIn, regionsOf } from './models';
import type { PriceTable } from './prices';
import { commercialRegions } from './regions';

/**
 * What the schema cannot say of one field alone: combinations that would fail at deploy time or at the first call. A rule reads only
 * the fields that it needs, so that it is told beside the schema's own problems; where those fields are wrong themselves it is silent.
 */
type Rule = (raw: unknown, prices: PriceTable) => readonly ConfigProblem[];

/** The gateway needs this much longer than the model to write the settlement and the end of the answer, in seconds. */
const SETTLEMENT_MARGIN_SECONDS = 10;

function rule<T>(fields: z.ZodType<T>, check: (value: T, prices: PriceTable) => readonly ConfigProblem[]): Rule {
  return (raw, prices) => {
    const parsed = fields.safeParse(raw);
    return parsed.success ? check(parsed.data, prices) : [];
  };
}

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
    models: z.array(z.string()),
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

const rules: readonly Rule[] = [
  burstCoversRate,
  gatewayOutlivesModel,
  destroyableIsNotProtected,
  noDuplicates(
    'models',
    z.object({ models: z.array(z.string()) }).transform(({ models }) => models),
  ),
  noDuplicates(
    'notifications.emails',
    z.object({ notifications: z.object({ emails: z.array(z.string()) }) }).transform(({ notifications }) => notifications.emails),
  ),
  modelsAreUsable,
];

/** Every rule that a configuration breaks. */
export function brokenRules(raw: unknown, prices: PriceTable): readonly ConfigProblem[] {
  return rules.flatMap((check) => check(raw, prices));
}
