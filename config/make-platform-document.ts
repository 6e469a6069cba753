import * as z from 'zod';
import type { PlatformDocument } from '../lambdas/core/platform';
import { ConfigError } from './error';
import { tenant } from './identity';
import { platformDocumentOf } from './platform-document';
import { priceTable } from './prices';
import { problemsOf } from './problems';
import { defaultRouting, routingConfig } from './routing';
import { brokenRules } from './rules';
import { environmentConfig, MAX_WATCHED_TENANTS } from './schema';

const { region, providers, models, embeddingModels, dataResidency, name, limits, identity, safety, answerCache } = environmentConfig.shape;

const platformOptions = z.strictObject({
  /** AWS region of the stack that the gateway is in: models are called differently from each. */
  region,
  /** Providers of models beside Bedrock, by names of your own; none when absent. */
  providers,
  /** Models that the gateway offers: ids of the catalogue, and entries of your own for models of `providers`. */
  models,
  /** Models that make embeddings, in the same way; none when absent. */
  embeddingModels,
  /** Where prompts may be processed; `geography` when absent. */
  dataResidency,
  /** Name of the environment; `default` when absent. */
  environment: name.default('default'),
  /** Largest request body, in bytes; 4,718,592 when absent, the most that Lambda takes. */
  maxBodyBytes: limits.shape.maxBodyBytes.default(4_718_592),
  /** The whole of a call to a model, in seconds; 240 when absent. At least ten less than the gateway's timeout. */
  modelTimeoutSeconds: limits.shape.modelTimeoutSeconds.default(240),
  /** Which model answers, and what happens to those that fail; `defaultRouting` when absent. */
  routing: routingConfig.default(defaultRouting),
  /** Whose tokens are taken, and what may become of tenants' data; none, and anything, when absent. */
  identity,
  /** What may be said to models and by them; anything when absent. */
  safety,
  /** Whose answers are kept, and for how long; no answer is when absent. */
  answerCache,
  /** Tenants whose spending is a metric of its own, `CostUsd` by `Tenant`, as `tenantSpend` of `PlatformAlarms` needs it; nobody's is when absent. */
  watchedTenants: z.array(tenant).max(MAX_WATCHED_TENANTS).optional(),
});

export type PlatformOptions = Readonly<z.input<typeof platformOptions>>;

/**
 * What a gateway is told of its models and limits, from model ids.
 *
 * @throws ConfigError which lists every problem: an unknown model, one that cannot be called from the region, a misspelt option.
 */
export function platformDocument(options: PlatformOptions): PlatformDocument {
  const problems = [...problemsOf(platformOptions, options), ...brokenRules(options, priceTable)];
  if (problems.length > 0) throw new ConfigError('platformDocument', problems);
  const { environment, maxBodyBytes, modelTimeoutSeconds, ...parsed } = platformOptions.parse(options);
  return platformDocumentOf({ ...parsed, name: environment, limits: { maxBodyBytes, modelTimeoutSeconds } });
}
