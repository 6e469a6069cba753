import * as z from 'zod';
import { judge } from '../../lambdas/core/semantic-cache/judge';
import type { SemanticCacheSettings } from '../../lambdas/core/semantic-cache/settings';
import type { Embeddings } from './embeddings';
import { readJsonLines } from './pairs';

const querySchema = z.object({ text: z.string(), intent: z.string() });
export type Query = z.infer<typeof querySchema>;

/** How many of a text's nearest neighbours the gateway reads. */
const CANDIDATES = 5;
const SEED = 20261121;

export interface Replay {
  readonly calls: number;
  readonly exactHits: number;
  readonly semanticHits: number;
  /** Semantic hits on an answer to another intent. */
  readonly falseHits: number;
}

export function readQueries(file: string): readonly Query[] {
  return readJsonLines(file).map((value) => querySchema.parse(value));
}

/**
 * A day of calls: every text of the file once, in random order, so that intents and their paraphrases stand in the file's mix; and between them
 * repeats, each of a call made before, whichever, so that what is asked often is repeated often.
 * @param repeatShare Of all calls, 0 to 1.
 */
export function dayOf(queries: readonly Query[], repeatShare: number): readonly Query[] {
  const random = randomFrom(SEED);
  const waiting = [...queries];
  const day: Query[] = [];
  while (waiting.length > 0) {
    const repeated = day.length > 0 && random() < repeatShare ? day[Math.floor(random() * day.length)] : undefined;
    day.push(...(repeated === undefined ? waiting.splice(Math.floor(random() * waiting.length), 1) : [repeated]));
  }
  return day;
}

/** Asks the cache as the gateway does: the same text, then the nearest ones; what neither answers is answered by a model and stored. */
export function replay(
  day: readonly Query[],
  neighbours: Neighbours,
  isHit: (asked: string, cached: string, similarity: number) => boolean,
): Replay {
  const stored = new Map<string, Query>();
  let [exactHits, semanticHits, falseHits] = [0, 0, 0];
  for (const query of day) {
    if (stored.has(query.text)) {
      exactHits++;
      continue;
    }
    const near = (neighbours.get(query.text) ?? []).filter(({ text }) => stored.has(text)).slice(0, CANDIDATES);
    const hit = near.find(({ text, similarity }) => isHit(query.text, text, similarity));
    if (hit === undefined) stored.set(query.text, query);
    else {
      semanticHits++;
      if (stored.get(hit.text)?.intent !== query.intent) falseHits++;
    }
  }
  return { calls: day.length, exactHits, semanticHits, falseHits };
}

export function ours(settings: SemanticCacheSettings) {
  return (asked: string, cached: string, similarity: number) => judge(asked, cached, similarity, settings).isHit;
}

/** Of each text those that are at least so similar as the lowest threshold in use, the nearest first. */
export type Neighbours = ReadonlyMap<string, readonly { readonly text: string; readonly similarity: number }[]>;

export function neighboursOf(queries: readonly Query[], embeddings: Embeddings, leastSimilarity: number): Neighbours {
  const texts = [...new Set(queries.map(({ text }) => text))];
  const neighbours = new Map(texts.map((text) => [text, [] as { text: string; similarity: number }[]]));
  for (const [position, left] of texts.entries()) {
    for (const right of texts.slice(position + 1)) {
      const similarity = embeddings.cosine(left, right);
      if (similarity < leastSimilarity) continue;
      neighbours.get(left)?.push({ text: right, similarity });
      neighbours.get(right)?.push({ text: left, similarity });
    }
  }
  for (const near of neighbours.values()) near.sort((a, b) => b.similarity - a.similarity);
  return neighbours;
}

/** Numbers in [0, 1), the same ones for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
