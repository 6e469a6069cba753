import { GatewayError } from '../../core/errors';
import type { PlatformDocument, ProviderEntry } from '../../core/platform';
import type { ReadApiKey } from '../../core/secrets';
import type { ModelAdapter, ModelAdapters } from './adapter';
import { createAnthropicMessages } from './anthropic-messages';
import type { HttpProviderOptions } from './http/provider';
import { createBedrockConverse } from './bedrock-converse';
import { createBedrockClient } from './bedrock-converse/client';
import { createBedrockEmbeddings } from './bedrock-embeddings';
import { createOpenAiCompatible } from './openai-compatible';
import { createOpenAiEmbeddings } from './openai-compatible/embed';

/** An adapter for each provider, by its name, with clients that live as long as the process. Nothing is read or called yet. */
export function createAdapters(providers: PlatformDocument['providers'], readApiKey: ReadApiKey): ModelAdapters {
  return Object.fromEntries(Object.entries(providers).map(([name, entry]) => [name, createAdapter(entry, readApiKey)]));
}

function createAdapter(entry: ProviderEntry, readApiKey: ReadApiKey): ModelAdapter {
  switch (entry.api) {
    case 'bedrock': {
      const client = createBedrockClient();
      return { ...createBedrockConverse(client), embed: createBedrockEmbeddings(client) };
    }
    case 'openai-compatible': {
      const options = { ...entry, apiKey: apiKeyOf(entry.secretId, readApiKey) };
      return { ...createOpenAiCompatible(options), embed: createOpenAiEmbeddings(options) };
    }
    case 'anthropic':
      return createAnthropicMessages({ ...entry, apiKey: apiKeyOf(entry.secretId, readApiKey) });
  }
}

/** A key that cannot be read makes its provider's models unavailable, and no others. */
function apiKeyOf(secretId: string | undefined, readApiKey: ReadApiKey): HttpProviderOptions['apiKey'] {
  if (secretId === undefined) return () => undefined;
  return () => {
    const key = readApiKey(secretId);
    return typeof key === 'string' ? key : key.catch(notReadable);
  };
}

function notReadable(cause: unknown): never {
  throw new GatewayError('model_unavailable', 'The key of the model’s provider cannot be read at present. Try again shortly.', { cause });
}
