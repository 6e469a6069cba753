import { judge } from '../../core/semantic-cache/judge';
import type { VectorHit } from '../../core/vector-index/types';
import type { Call, GatewayPorts } from '../call';
import { EmbeddingTally } from '../embedding-tally';
import { embedTexts } from '../stages/embed';
import type { CachePlan } from './plan-cache';
import type { SemanticPlan } from './plan-semantic';
import type { SimilarAnswer, SimilarAnswers } from './similar-answers';

/** The nearest questions that are looked at. */
const CANDIDATES = 5;
/** Nobody waits so long for a vector; it is for the next call. */
const LONGEST_EMBEDDING_MS = 2_000;

/** What looking for a question in other words came to. */
export interface Similar {
  readonly hit: SimilarAnswer | undefined;
  /** Of the question's vector. Undefined where none was asked for. */
  readonly tally: EmbeddingTally | undefined;
  /** Undefined where there was none in time. */
  readonly vector: readonly number[] | undefined;
  /** Id of a document whose answer is gone: it hides others. Undefined where none was met. */
  readonly orphan: string | undefined;
  /** Nothing is asked for any more, and nothing more charged. Never rejects. */
  readonly ended: Promise<void>;
}

/** Embeds the call's question and looks for one in its partition to which the same can be answered. Never rejects, and never takes long. */
export async function findSimilar(call: Call, plan: CachePlan, ports: GatewayPorts): Promise<Similar | undefined> {
  const { semantic } = plan;
  const { similarAnswers } = ports;
  if (semantic === undefined || similarAnswers === undefined) return undefined;
  // A vector that is late is filled in after the rest.
  const found: { -readonly [Member in keyof Similar]: Similar[Member] } = {
    hit: undefined,
    tally: undefined,
    vector: undefined,
    orphan: undefined,
    ended: Promise.resolve(),
  };

  async function look(similar: SimilarAnswers, { embedding }: SemanticPlan): Promise<SimilarAnswer | undefined> {
    const tally = new EmbeddingTally(ports.clock.monotonicMs(), embedding.model);
    found.tally = tally;
    // A caller that leaves says nothing of how the index is.
    const signal = AbortSignal.timeout(LONGEST_EMBEDDING_MS);
    const embedded = embedTexts({ id: call.id, signal }, embedding, tally, ports);
    found.ended = embedded.then(
      ([first]) => void (found.vector = first),
      () => undefined,
    );
    const [own] = await embedded;
    return own && search(own, similar);
  }

  async function search(own: readonly number[], { index }: SimilarAnswers): Promise<SimilarAnswer | undefined> {
    const filter = { ...placeOf(plan), expiresAt: { gt: Math.floor(ports.clock.nowMs() / 1000) } };
    const hits = await index.search({ vector: own, limit: CANDIDATES, filter, distinctBy: 'document' });
    const best = bestOf(hits, plan);
    if (best === undefined) return undefined;
    const { key, documentId, similarity } = best;
    // What is in the index only leads to the answer: whether there is one is for the store to say.
    const answer = await ports.answerCache?.find(key, AbortSignal.timeout(LONGEST_EMBEDDING_MS));
    const nowMs = ports.clock.nowMs();
    if (answer === undefined || nowMs >= answer.fresh_until) {
      found.orphan = documentId;
      return undefined;
    }
    const ttlSeconds = Math.min(plan.ttlSeconds, plan.semantic?.ttlSeconds ?? 0);
    return nowMs < answer.stored_at + ttlSeconds * 1000 ? { key, documentId, fresh: answer, similarity } : undefined;
  }

  const outcome = await similarAnswers.within(() => look(similarAnswers, semantic));
  if (outcome.state === 'searched') found.hit = outcome.hits;
  return found;
}

/** Where a call's questions stand in the index. */
export function placeOf({ key, semantic }: CachePlan): { readonly partition: string; readonly source: string } {
  return { partition: partitionOf(key), source: semantic?.source ?? '' };
}

function partitionOf(key: string): string {
  return key.slice(0, key.indexOf('#'));
}

interface Best {
  readonly key: string;
  readonly documentId: string;
  readonly similarity: number;
  readonly score: number;
}

/** The candidate of the highest score that is a hit. One of another partition is none, whatever the index says. */
function bestOf(hits: readonly VectorHit[], { key, semantic }: CachePlan): Best | undefined {
  if (semantic === undefined) return undefined;
  let best: Best | undefined;
  for (const { id, text, similarity, fields } of hits) {
    const { document } = fields;
    if (text === undefined || typeof document !== 'string' || partitionOf(document) !== partitionOf(key)) continue;
    const { isHit, score } = judge(semantic.question, text, similarity, { threshold: semantic.threshold });
    if (isHit && (best === undefined || score > best.score)) best = { key: document, documentId: id, similarity, score };
  }
  return best;
}
