import * as z from 'zod';

/** How alike two questions must be for one's answer to serve the other. Per prompt; docs/semantic-cache.md has the curve that the default is chosen from. */
export const semanticCacheSettings = z.strictObject({
  /** The least score of a hit. A score is never above the cosine similarity, so that candidates below it need not be looked at. */
  threshold: z.number().min(0).max(1),
});

export type SemanticCacheSettings = z.infer<typeof semanticCacheSettings>;

export const defaultSemanticCacheSettings: SemanticCacheSettings = { threshold: 0.88 };
