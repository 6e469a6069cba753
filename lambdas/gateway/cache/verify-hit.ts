import { serviceDimension } from '../../../config/metrics';
import type { AnswerCachePolicy } from '../../core/answer-cache/policy';
import { describeError } from '../../core/log';
import { answersAgree } from '../../core/semantic-cache/compare-answers';
import { cosineOf } from '../../core/vector-index/vectors';
import type { Call, GatewayPorts } from '../call';
import { answerEmbeddings } from '../embeddings';
import { followUp } from '../follow-up';
import type { GatewayAnswer } from '../gateway-answer';
import { promptNamesOf } from '../measure';
import { promptLine } from '../prompts/prompt-use';
import type { PreparedRequest } from '../stages/prepare';
import { keepQuestion } from './keep-question';
import type { CachePlan } from './plan-cache';
import type { SimilarAnswer } from './similar-answers';

/** Of semantic hits, where the policy does not say. */
const DEFAULT_SHARE = 0.05;
/** In UTF-16 units, of what is compared: every embedding model takes so much. */
const LONGEST_COMPARED = 4_000;

/** A call that was answered with the answer to another question. */
export interface VerifiableHit {
  readonly original: Call;
  /** As it was received. */
  readonly prepared: PreparedRequest;
  readonly plan: CachePlan;
  readonly hit: SimilarAnswer;
  /** Of the call's question. */
  readonly vector: readonly number[] | undefined;
  /** The pipeline that the call went through. */
  readonly complete: (call: Call, prepared: PreparedRequest, ports: GatewayPorts) => Promise<GatewayAnswer>;
}

/** Whether a hit is one of the sample. The same question, found by its vector since the store was slow, is no other. */
export function isVerified(plan: CachePlan, hit: SimilarAnswer | undefined, policy: AnswerCachePolicy | undefined): hit is SimilarAnswer {
  return hit !== undefined && hit.key !== plan.key && Math.random() < (policy?.semantic?.verifyShare ?? DEFAULT_SHARE);
}

/**
 * Asks the model what was answered from the cache, and compares: calls of their own, of the same caller, whose accounts pay for them. An answer that was none to the
 * question is taken out of the cache, and the model's is found in its place. Never rejects: the caller has its answer.
 *
 * @param remainingMs How long the process may still work.
 */
export async function verifyHit(verifiable: VerifiableHit, remainingMs: () => number, ports: GatewayPorts): Promise<void> {
  const { original, hit } = verifiable;
  const about = { verification_of: original.id, tenant: original.caller.tenant, cache_similarity: hit.similarity };
  let isRight: boolean | undefined;
  try {
    isRight = await compareWithModel(verifiable, remainingMs, ports);
    if (isRight === false) await forget(verifiable, ports);
  } catch (error) {
    ports.log.error('semantic hit not verified', { ...about, error: describeError(error) });
  }
  ports.log.info('semantic hit verified', { ...about, verdict: isRight === undefined ? 'unknown' : isRight ? 'right' : 'false' });
  measure(original, isRight, ports);
}

/** Undefined where it cannot be told. */
async function compareWithModel(verifiable: VerifiableHit, remainingMs: () => number, ports: GatewayPorts): Promise<boolean | undefined> {
  const { original, prepared, hit } = verifiable;
  const { prompt, cacheControl } = original;
  const verification = {
    name: 'verification',
    method: 'VERIFICATION',
    about: { verification_of: original.id },
    service: serviceDimension.verifications,
    tenant: original.caller.tenant,
  };
  const common = { verificationOf: original.id };
  const answer = await followUp(original, verification, remainingMs, ports, async (call, timed) => {
    const body = { ...prepared.body, stream: undefined, stream_options: undefined };
    // No experiment counts it. What the model answers is kept as an answer to this very question.
    const use = prompt && { ...prompt, experiment: undefined };
    Object.assign(call.line, use && promptLine(use), { tenant: original.caller.tenant });
    const asked = { ...call, ...common, ...(use && { prompt: use }), cacheControl: { ...cacheControl, mayRead: false } };
    return verifiable.complete(asked, { ...prepared, body }, timed);
  });
  const fresh = answer && textOf(answer);
  if (fresh === undefined) return undefined;
  if (fresh.trim() === hit.fresh.text.trim()) return true;
  const compared = await followUp(original, verification, remainingMs, ports, async (call, timed) => {
    const { embedding } = verifiable.plan.semantic ?? {};
    if (embedding === undefined) return undefined;
    call.line.tenant = original.caller.tenant;
    const input = [hit.fresh.text, fresh].map((text) => text.slice(0, LONGEST_COMPARED));
    const body = JSON.stringify({ model: embedding.model.id, dimensions: embedding.dimensions, input });
    // Which models it may use, and for what, held for the question's vector already.
    return answerEmbeddings({ ...call, ...common, caller: { ...original.caller, scopes: [] } }, body, timed);
  });
  const [one, other] = compared === undefined ? [] : vectorsOf(compared.body);
  if (one === undefined || other === undefined) return undefined;
  return answersAgree(hit.fresh.text, fresh, cosineOf(one, other));
}

/** The text of a whole answer that a model gave; undefined for any other. */
function textOf({ headers, body }: { readonly headers: Readonly<Record<string, string>>; readonly body: string }): string | undefined {
  if (headers['x-blueprint-degraded'] !== undefined) return undefined;
  const { choices } = JSON.parse(body) as {
    readonly choices: readonly { readonly finish_reason: string; readonly message: { readonly content?: string | null } }[];
  };
  const [choice] = choices;
  return choice?.finish_reason === 'stop' ? (choice.message.content ?? undefined) : undefined;
}

function vectorsOf(body: string): readonly (readonly number[])[] {
  const { data } = JSON.parse(body) as { readonly data: readonly { readonly embedding: readonly number[] }[] };
  return data.map(({ embedding }) => embedding);
}

/** The answer first: from then on whatever the index finds leads nowhere. */
async function forget({ original, plan, hit, vector }: VerifiableHit, ports: GatewayPorts): Promise<void> {
  await ports.answerCache?.remove(hit.key);
  await ports.similarAnswers?.index.remove([hit.documentId]);
  if (plan.mayStore) await keepQuestion(original, plan, { vector, orphan: undefined }, true, ports);
}

function measure({ prompt }: Call, isRight: boolean | undefined, { metrics, platform, log }: GatewayPorts): void {
  const values = isRight === undefined ? { UnverifiedHits: 1 } : { VerifiedHits: 1, FalseHits: Number(!isRight) };
  try {
    metrics.record({ values, dimensions: prompt === undefined ? {} : { Prompt: promptNamesOf(platform).of(prompt.id) } });
  } catch (error) {
    log.error('metrics not published', { error: describeError(error) });
  }
}
