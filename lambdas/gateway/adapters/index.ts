import type { ModelAdapters } from './adapter';
import { createBedrockConverse } from './bedrock-converse';
import { createBedrockClient } from './bedrock-converse/client';

/** An adapter for each provider that the catalogue can name, with clients that live as long as the process. */
export function createAdapters(): ModelAdapters {
  return { bedrock: createBedrockConverse(createBedrockClient()) };
}
