import * as z from 'zod';
import type { EmbeddingModelEntry, ModelCapabilities, ModelEntry, ProviderEntry } from '../lambdas/core/platform';
import { embeddingPrice, price } from './prices';
import { places } from './regions';

/** Providers beside Bedrock, and models of theirs: what an environment adds to the catalogue. See docs/providers.md. */

/** Bedrock is called by the gateway's own role, is always there and has its models in the catalogue. */
export const bedrockProvider = 'bedrock';

const MAX_TOKENS = 100_000_000;
const tokens = z.int().min(1).max(MAX_TOKENS);

const providerName = z
  .string()
  .regex(/^(?!bedrock$)[a-z][a-z0-9-]{0,31}$/)
  .describe('1 to 32 lower-case letters, digits or hyphens, starting with a letter, and not "bedrock", which is always there');

const baseUrl = z
  .url({ protocol: /^https?$/ })
  .refine((url) => !/[?#]|\/\/[^/]*@/.test(url))
  .describe('an http(s) URL without query, fragment or credentials');

const SECRET_NAME = '[A-Za-z0-9/_+=.@-]{1,250}';
const SECRET_ARN = `arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\\d{12}:secret:${SECRET_NAME}-[A-Za-z0-9]{6}`;

const secretId = z
  .string()
  .regex(new RegExp(`^(${SECRET_NAME}|${SECRET_ARN})$`))
  .describe('the name of a secret, or its whole ARN with the six characters at its end');

const headerName = z
  .string()
  .regex(
    /^(?!(authorization|x-api-key|api-key|host|content-type|content-length|accept|accept-encoding|connection|transfer-encoding)$)[a-z0-9-]{1,64}$/,
  )
  .describe('1 to 64 lower-case letters, digits or hyphens; keys belong in secretId, and what HTTP sets itself cannot be set');

const headers = z.record(
  headerName,
  z
    .string()
    .regex(/^[\x20-\x7e]{0,1024}$/)
    .describe('up to 1,024 printable ASCII characters'),
);

export const providerConfig = z.discriminatedUnion('api', [
  z.strictObject({
    api: z.literal('openai-compatible'),
    /** Up to and without `/chat/completions` and `/embeddings`. */
    baseUrl,
    /** Secret in AWS Secrets Manager whose string is the API key, by name or ARN. Absent: the provider wants no key. */
    secretId: secretId.optional(),
    /** Sent with every request. */
    headers: headers.optional(),
    /** The field that takes the output limit; absent means `max_completion_tokens`. Ollama knows `max_tokens` alone. */
    maxTokensField: z.enum(['max_completion_tokens', 'max_tokens']).optional(),
  }),
  z.strictObject({
    api: z.literal('anthropic'),
    /** Up to and without `/v1/messages`. */
    baseUrl,
    secretId,
    headers: headers.optional(),
  }),
]) satisfies z.ZodType<ProviderEntry>;

export const providersConfig = z.record(providerName, providerConfig);

const capabilities = z.strictObject({
  tools: z.enum(['none', 'auto', 'required', 'named']),
  strictTools: z.boolean(),
  serialTools: z.boolean(),
  images: z.boolean(),
  jsonSchema: z.enum(['native', 'tool', 'none']),
  sampling: z.enum(['none', 'either', 'both']),
  effort: z.array(z.enum(['low', 'medium', 'high', 'xhigh'])),
  logprobs: z.boolean().optional(),
}) satisfies z.ZodType<ModelCapabilities>;

const MAX_PLACES = 50;
const processedIn = z
  .array(z.enum(['global', ...places]))
  .min(1)
  .max(MAX_PLACES);

/** A model that is not in the catalogue, of one of `providers`. */
export const ownModel = z.strictObject({
  /** The name by which callers ask for it. */
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{0,62}$/)
    .describe('1 to 63 lower-case letters, digits, dots or hyphens, starting with a letter or digit'),
  provider: providerName,
  /** As the provider calls it. */
  providerModelId: z
    .string()
    .regex(/^[\x21-\x7e]{1,256}$/)
    .describe('the provider’s id of the model, up to 256 characters without spaces'),
  tier: z.enum(['large', 'mid', 'small']),
  contextWindowTokens: tokens,
  maxOutputTokens: tokens,
  capabilities,
  /** Micro-dollars per million tokens; 0 where a model of your own costs nothing. Absent: that of the price table. */
  price: price.optional(),
  /** Regions and geographies in which it processes what it is sent. Absent: tenants whose data has a residency may not use it. */
  processedIn: processedIn.optional(),
  /** `none`: its provider keeps nothing of what it is sent. Absent: tenants who want that may not use it. */
  retention: z.literal('none').optional(),
}) satisfies z.ZodType<Omit<ModelEntry, 'price'> & Partial<Pick<ModelEntry, 'price'>>>;

export type OwnModel = z.infer<typeof ownModel>;

/** Far more than any provider takes or makes. */
const MAX_INPUTS_PER_CALL = 2_048;
const MAX_DIMENSIONS = 65_536;

/** A model that makes embeddings and is not in the catalogue, of one of `providers`. */
export const ownEmbeddingModel = z.strictObject({
  /** The name by which callers ask for it. */
  id: ownModel.shape.id,
  provider: providerName,
  /** As the provider calls it. */
  providerModelId: ownModel.shape.providerModelId,
  /** Of one text. */
  maxInputTokens: tokens,
  /** Texts that one call takes. */
  maxInputsPerCall: z.int().min(1).max(MAX_INPUTS_PER_CALL),
  /** How many numbers its vectors may have, the usual first. One alone: the provider is not told. */
  dimensions: z.array(z.int().min(1).max(MAX_DIMENSIONS)).min(1),
  /** Micro-dollars per million tokens of input; 0 where a model of your own costs nothing. */
  price: embeddingPrice,
  /** As of a model that answers chats. */
  processedIn: processedIn.optional(),
  retention: ownModel.shape.retention,
}) satisfies z.ZodType<Omit<EmbeddingModelEntry, 'inputTypes'>>;

export type OwnEmbeddingModel = z.infer<typeof ownEmbeddingModel>;
