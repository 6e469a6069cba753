/** The package's main entry: constructs, environment configs, the model catalogue. `./client` and `./local` are entries of their own. */
export * from './lib';
export { ConfigError, type ConfigProblem } from './config/error';
export { validateEnvironment } from './config/load';
export { type PlatformOptions, platformDocument } from './config/make-platform-document';
export { type EmbeddingCatalogueEntry, embeddingCatalogue, type EmbeddingModelId } from './config/embedding-models';
export { type CatalogueEntry, type DataResidency, type ModelId, modelCatalogue } from './config/models';
export { platformDocumentOf } from './config/platform-document';
export { standardSafety } from './config/safety';
export type { Region } from './config/regions';
export { type EnvironmentConfig, environmentConfig } from './config/schema';
export type { PlatformDocument } from './lambdas/core/platform';
