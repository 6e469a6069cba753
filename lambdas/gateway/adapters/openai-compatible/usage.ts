import type { Usage } from '../../../core/usage';
import { checkedUsage } from '../shared/usage-counts';

export interface ChunkUsage {
  readonly prompt_tokens?: number | null;
  readonly completion_tokens?: number | null;
  readonly total_tokens?: number | null;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number | null } | null;
}

/**
 * The provider's usage; undefined where its counts are no counts: the call is then charged by estimate. Cached tokens are among the prompt's.
 * Reasoning tokens are output: OpenAI has them among the completion's, and Gemini and xAI in the total alone.
 */
export function usageOf(usage: ChunkUsage): Usage | undefined {
  const prompt = usage.prompt_tokens ?? Number.NaN;
  const completion = usage.completion_tokens ?? Number.NaN;
  const cached = usage.prompt_tokens_details?.cached_tokens ?? 0;
  return checkedUsage({
    inputTokens: prompt - cached,
    outputTokens: Math.max(completion, (usage.total_tokens ?? 0) - prompt),
    cacheReadTokens: cached,
    cacheWriteTokens: 0,
  });
}
