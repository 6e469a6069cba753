import type { Clock } from '../../core/clock';
import { describeError, type Log } from '../../core/log';
import type { PlatformDocument } from '../../core/platform';
import type { AwsConfig } from '../../core/signed-json-call';
import { createVectorIndex } from '../../core/vector-index/create-vector-index';
import { createGuardedSearch, type SearchOutcome } from '../../core/vector-index/guarded-search';
import type { VectorIndex } from '../../core/vector-index/types';
import type { gatewayEnv } from '../env';
import type * as z from 'zod';
import type { StoredAnswer } from '../../core/answer-cache/answer-cache';

/** An answer to a question that means the same. */
export interface SimilarAnswer {
  /** Of the answer. */
  readonly key: string;
  /** Of its question in the index. */
  readonly documentId: string;
  readonly fresh: StoredAnswer;
  /** Cosine of the two questions. */
  readonly similarity: number;
}

/** The questions that were answered, by their vectors. */
export interface SimilarAnswers {
  readonly index: Pick<VectorIndex, 'search' | 'put' | 'remove' | 'findIds'>;
  /** Whether it is time to look for questions whose answers have expired. Counts each time that it is asked. */
  isSweepDue(): boolean;
  /**
   * Looks within the time that a miss may cost, the question's embedding included; what looked too long is left alone for a while, as is what failed.
   * Never rejects.
   */
  within(look: () => Promise<SimilarAnswer | undefined>): Promise<SearchOutcome<SimilarAnswer | undefined>>;
}

/** Kept questions, of one process, between two sweeps. The first sweeps: few processes live for many. */
const KEPT_PER_SWEEP = 16;
/** A function is paid while it waits, and serves nobody else. */
const LONGEST_WRITE_MS = 2_000;

type Ports = { readonly clock: Pick<Clock, 'nowMs'>; readonly log: Log };

export function createSimilarAnswers(index: SimilarAnswers['index'], { clock, log }: Ports): SimilarAnswers {
  const within = createGuardedSearch<() => Promise<SimilarAnswer | undefined>, SimilarAnswer | undefined>({
    search: (look) => look(),
    clock,
    onFailure: (error) => log.error('similar questions not found', { error: describeError(error) }),
  });
  let kept = 0;
  return { index, within, isSweepDue: () => kept++ % KEPT_PER_SWEEP === 0 };
}

/** Undefined where the environment's policy wants none, or no index is there. */
export function similarAnswersOf(
  { answerCache }: PlatformDocument,
  env: Pick<z.infer<typeof gatewayEnv>, 'VECTOR_ENDPOINT' | 'VECTOR_INDEX'>,
  { config, ...ports }: Ports & { readonly config: AwsConfig },
): SimilarAnswers | undefined {
  const semantic = answerCache?.semantic;
  if (semantic === undefined || env.VECTOR_ENDPOINT === 'none') return undefined;
  const { dimensions } = semantic;
  const place = { endpoint: env.VECTOR_ENDPOINT, indexName: env.VECTOR_INDEX, dimensions };
  return createSimilarAnswers(createVectorIndex(config, { ...place, bulkTimeoutMs: LONGEST_WRITE_MS }), ports);
}
