import * as z from 'zod';
import { answerCachePolicy } from './answer-cache/policy';
import { identityPolicy } from './identity/identity-policy';
import { limits } from './limits';
import { processedIn } from './residency';
import { modelTiers, routingPolicy } from './routing-policy';
import { safetyConfig } from './safety/safety-config';

/**
 * `platform.json`: what a function needs to know of its environment and what does not fit into environment variables. The
 * construct that provisions the function writes the file beside its bundle; the function parses it once at cold start.
 */

/** Micro-dollars per million tokens: $3 per million is 3,000,000. Integers, so that sums are exact. */
const price = z.int().nonnegative();

export const modelPrice = z.strictObject({
  input: price,
  output: price,
  /** Tokens read from the provider's prompt cache. `input` when absent. */
  cacheRead: price.optional(),
  /** Tokens written to the provider's prompt cache. `input` when absent. */
  cacheWrite: price.optional(),
});

/** What a model can be asked for through its provider's API. A request for anything else is refused by name. */
export const modelCapabilities = z.strictObject({
  /**
   * Function tools, and how far the choice among them can be imposed: `auto` leaves it to the model, `required` has it call one, `named` a
   * certain one. Each includes those before it.
   */
  tools: z.enum(['none', 'auto', 'required', 'named']),
  /** Whether arguments are held to a tool's schema (`strict`). */
  strictTools: z.boolean(),
  /** Whether it can be held to one tool call at a time (`parallel_tool_calls: false`). */
  serialTools: z.boolean(),
  images: z.boolean(),
  /** An answer in a JSON schema: `native`, or by a forced call of a tool that has the schema. */
  jsonSchema: z.enum(['native', 'tool', 'none']),
  /** Which of `temperature` and `top_p` it takes: `either` is one of them at a time. */
  sampling: z.enum(['none', 'either', 'both']),
  /** Values of `reasoning_effort`. */
  effort: z.array(z.enum(['low', 'medium', 'high', 'xhigh'])),
  /** Whether it tells the likelihood of its tokens (`logprobs`, `top_logprobs`); absent: it does not. */
  logprobs: z.boolean().optional(),
});

const providerName = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/);

/** The id by which a secret is read: its name or ARN. It holds the API key and nothing else. */
const secretId = z.string().min(1);

/** Sent with every request, beside those that the API needs. */
const headers = z.record(z.string().min(1), z.string());

/** How a provider is called. */
export const providerEntry = z.discriminatedUnion('api', [
  z.strictObject({ api: z.literal('bedrock') }),
  z.strictObject({
    api: z.literal('openai-compatible'),
    /** What `/chat/completions` and `/embeddings` are appended to. */
    baseUrl: z.url({ protocol: /^https?$/ }),
    /** Absent: the provider wants no key. */
    secretId: secretId.optional(),
    headers: headers.optional(),
    /** The member that the output limit is sent as; `max_completion_tokens` when absent. Servers that do not know it would hold no limit. */
    maxTokensField: z.enum(['max_completion_tokens', 'max_tokens']).optional(),
  }),
  z.strictObject({
    api: z.literal('anthropic'),
    /** What `/v1/messages` is appended to. */
    baseUrl: z.url({ protocol: /^https?$/ }),
    secretId,
    headers: headers.optional(),
  }),
]);

export const modelEntry = z.strictObject({
  /** The name by which callers ask for the model. */
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,62}$/),
  /** A key of `providers`. */
  provider: providerName,
  /** The provider's model id, or the id of an inference profile. */
  providerModelId: z.string().min(1),
  tier: z.enum(modelTiers),
  contextWindowTokens: z.int().positive(),
  maxOutputTokens: z.int().positive(),
  capabilities: modelCapabilities,
  price: modelPrice,
  /** Where it processes what it is sent: regions, geographies, or `global`. Absent: nobody knows, and tenants with a residency may not use it. */
  processedIn: processedIn.optional(),
  /** Its provider keeps nothing of what it is sent. Absent: it may, and tenants that want none of it may not use it. */
  retention: z.literal('none').optional(),
});

/** A model that makes vectors of texts. */
export const embeddingModelEntry = z.strictObject({
  /** The name by which callers ask for the model; none of `models` has it. */
  id: modelEntry.shape.id,
  /** A key of `providers`. */
  provider: providerName,
  /** The provider's model id, or the id of an inference profile. */
  providerModelId: z.string().min(1),
  /** Of one text. */
  maxInputTokens: z.int().positive(),
  /** Texts that one call of the provider takes. */
  maxInputsPerCall: z.int().positive(),
  /** How many numbers a vector may have; the first is what callers get who do not say. */
  dimensions: z.array(z.int().positive()).min(1),
  /** Whether documents are embedded differently from queries, so that `input_type` can be said. */
  inputTypes: z.boolean(),
  /** Vectors are no tokens: only what is read has a price. */
  price: modelPrice.pick({ input: true }),
  /** As of a model that answers chats. */
  processedIn: processedIn.optional(),
  retention: modelEntry.shape.retention,
});

export const platformDocument = z
  .strictObject({
    /** Name of the environment: `dev`, `staging`, `prod` or a team's own. */
    environment: z.string().min(1),
    /** Version of the price table; stored with every charge. */
    priceTableVersion: z.string().min(1),
    /** How each provider of `models` is called, by its name. */
    providers: z.record(providerName, providerEntry),
    models: z.array(modelEntry).min(1),
    /** None when absent. */
    embeddingModels: z.array(embeddingModelEntry).default([]),
    limits: z.strictObject({
      /** Largest request body accepted, in bytes. */
      maxBodyBytes: z.int().positive().max(4_718_592),
      /** The whole of a call to a model, in milliseconds. */
      modelTimeoutMs: z.int().positive(),
      /** Of all calls of the environment together. Absent: those of keys and tenants alone. */
      environment: limits.optional(),
    }),
    routing: routingPolicy,
    /** What the audit trail keeps of what is asked and answered, beside its hash. Absent: nothing. */
    auditContent: z.enum(['hash-only', 'redacted', 'full']).optional(),
    /** Whose tokens it takes beside its own keys. Absent: nobody's. */
    identity: identityPolicy.optional(),
    /** What may be said to models and by them. Absent: anything. */
    safety: safetyConfig.optional(),
    /** Absent: every answer is a model's. */
    answerCache: answerCachePolicy.optional(),
    /** Tenants whose spending is a metric of its own. Absent: nobody's is. */
    watchedTenants: z.array(z.string().min(1)).optional(),
  })
  .superRefine(({ providers, models, embeddingModels }, { addIssue }) => {
    for (const [member, entries] of Object.entries({ models, embeddingModels })) {
      for (const [index, { id, provider }] of entries.entries()) {
        if (Object.hasOwn(providers, provider)) continue;
        const message = `model "${id}" names provider "${provider}", which is not in providers`;
        addIssue({ code: 'custom', path: [member, index, 'provider'], message });
      }
    }
    for (const [index, { id }] of embeddingModels.entries()) {
      if (models.every((model) => model.id !== id)) continue;
      addIssue({ code: 'custom', path: ['embeddingModels', index, 'id'], message: `model "${id}" is in models too` });
    }
  });

export type ModelPrice = z.infer<typeof modelPrice>;
export type ModelCapabilities = z.infer<typeof modelCapabilities>;
export type ProviderEntry = z.infer<typeof providerEntry>;
export type ModelEntry = z.infer<typeof modelEntry>;
export type EmbeddingModelEntry = z.infer<typeof embeddingModelEntry>;
export type PlatformDocument = z.infer<typeof platformDocument>;
