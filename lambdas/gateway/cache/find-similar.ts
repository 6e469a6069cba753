import { describeError } from '../../core/log';
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
  /** Nothing is asked for any more, and nothing more charged. Never rejects. */
  readonly ended: Promise<void>;
}

/** Embeds the call's question and looks for one in its partition to which the same can be answered. Never rejects, and never takes long. */
export async function findSimilar(call: Call, plan: CachePlan, ports: GatewayPorts): Promise<Similar | undefined> {
  const { semantic } = plan;
  const { similarAnswers } = ports;
  if (semantic === undefined || similarAnswers === undefined) return undefined;
  let tally: EmbeddingTally | undefined;
  let vector: readonly number[] | undefined;
  let ended = Promise.resolve();

  async function look(similar: SimilarAnswers, { embedding }: SemanticPlan): Promise<SimilarAnswer | undefined> {
    tally = new EmbeddingTally(ports.clock.monotonicMs(), embedding.model);
    // A caller that leaves says nothing of how the index is.
    const signal = AbortSignal.timeout(LONGEST_EMBEDDING_MS);
    const embedded = embedTexts({ id: call.id, signal }, embedding, tally, ports);
    ended = embedded.then(
      ([first]) => void (vector = first),
      () => undefined,
    );
    const [own] = await embedded;
    return own && search(own, similar);
  }

  async function search(own: readonly number[], { index }: SimilarAnswers): Promise<SimilarAnswer | undefined> {
    const filter = { ...placeOf(plan), expiresAt: { gt: Math.floor(ports.clock.nowMs() / 1000) } };
    const hits = await index.search({ vector: own, limit: CANDIDATES, filter, distinctBy: 'document' });
    const best = bestOf(hits, plan);
    return best && readAnswer(best, plan, ports);
  }

  const outcome = await similarAnswers.within(() => look(similarAnswers, semantic));
  return {
    hit: outcome.state === 'searched' ? outcome.hits : undefined,
    tally,
    ended,
    get vector() {
      return vector;
    },
  };
}

/** Adds the question of an answer that is kept to those that are found. Never rejects: the caller has its answer. */
export async function keepQuestion(call: Call, plan: CachePlan, vector: readonly number[], ports: GatewayPorts): Promise<void> {
  const { semantic, key, ttlSeconds } = plan;
  if (semantic === undefined || ports.similarAnswers === undefined) return;
  const expiresAt = Math.floor(ports.clock.nowMs() / 1000) + Math.min(ttlSeconds, semantic.ttlSeconds);
  const fields = { ...placeOf(plan), document: key, expiresAt };
  try {
    const [put] = await ports.similarAnswers.index.put([{ vector, text: semantic.question, fields }]);
    if (put !== undefined && 'error' in put) throw new Error(`The index answered ${put.status} ${put.error}.`);
  } catch (error) {
    ports.log.error('question not kept', { trace_id: call.id, tenant: call.caller.tenant, error: describeError(error) });
  }
}

/** Where a call's questions stand in the index. */
function placeOf({ key, semantic }: CachePlan): { readonly partition: string; readonly source: string } {
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

/** One read of the store. */
async function readAnswer(
  { key, documentId, similarity }: Best,
  plan: CachePlan,
  { answerCache, clock }: GatewayPorts,
): Promise<SimilarAnswer | undefined> {
  const answer = await answerCache?.find(key, AbortSignal.timeout(LONGEST_EMBEDDING_MS));
  const ttlSeconds = Math.min(plan.ttlSeconds, plan.semantic?.ttlSeconds ?? 0);
  if (answer === undefined) return undefined;
  const nowMs = clock.nowMs();
  const isFresh = nowMs < answer.fresh_until && nowMs < answer.stored_at + ttlSeconds * 1000;
  return isFresh ? { key, documentId, fresh: answer, similarity } : undefined;
}
