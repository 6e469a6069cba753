import { asGatewayError, type GatewayError } from '../core/errors';
import { awaitFirstEvents, cacheStateOf, plainAnswer, streamedAnswer } from './answer';
import { findSimilar } from './cache/find-similar';
import { AnswerKeeper, keepAnswer } from './cache/keep-answer';
import { keepQuestion } from './cache/keep-question';
import { type Found, lookUp, NOTHING } from './cache/look-up';
import { type CachePlan, planCache } from './cache/plan-cache';
import { replay } from './cache/replay';
import { isVerified, verifyHit } from './cache/verify-hit';
import type { Call, GatewayPorts, RequestLine } from './call';
import type { RunTally } from './run-tally';
import type { GatewayAnswer } from './gateway-answer';
import { admit } from './stages/admit';
import { callModel } from './stages/call-model';
import { downshift } from './stages/downshift';
import { guardInput, guardInputByService } from './stages/guard-input';
import type { PreparedRequest } from './stages/prepare';
import { decideRoute } from './stages/route';
import { settleAnswer, settleRefusal } from './stages/settle';

/**
 * One authenticated call through the stages: guard input → route → admit, and the cache at the same time → the cache again, by what is asked in other words → call model,
 * unless the cache has the answer → guard output → settle. Whatever was prepared leaves one intent, made durable before anything else happens, and one settlement, written
 * after the last byte.
 *
 * @throws GatewayError for what goes wrong before the first byte of an answer.
 */
export async function complete(call: Call, received: PreparedRequest, ports: GatewayPorts): Promise<GatewayAnswer> {
  const { stages } = call;
  stages.end('prepare');
  const own = guardInput(call, received.body, ports);
  const guarded = own.managed === undefined ? own : await guardInputByService(call, own);
  stages.end('guard_input');
  const { body, records } = guarded;
  const prepared = { ...received, body };
  call.line.model = body.model;
  call.line.requested_model = body.model;
  call.line.stream = body.stream === true;

  const decision = guarded.refusal === undefined ? decideRoute(prepared, call.caller, ports) : { refusal: guarded.refusal };
  stages.end('route');
  // What was found in a call stays out of the cache, and so do answers that may have it.
  const plan = 'route' in decision && records.length === 0 ? planCache(call, decision.route, ports) : undefined;
  const ofQuestion = plan?.semantic?.embedding.worst;
  const admitted = admit(call, prepared, decision, ports, ofQuestion);
  const [admission, same] = plan === undefined ? [await admitted, NOTHING] : await Promise.all([admitted, lookUp(call, plan, ports)]);
  stages.end('admit');
  if ('refusal' in decision) return refuse(decision.refusal);
  if ('refusal' in admission) return refuse(admission.refusal);

  const { reservation } = admission;
  const { route: decided } = decision;
  const route = (reservation?.isAboveSoftLimit ? downshift(decided, ports) : undefined) ?? decided;
  const similar = same.fresh === undefined && plan !== undefined ? await findSimilar(call, plan, ports) : undefined;
  if (similar !== undefined) stages.end('find_similar');
  const found: Found = similar?.hit === undefined ? same : { ...similar.hit, stale: same.stale };
  const run =
    found.fresh === undefined ? callModel(call, route, guarded, ports, found.stale) : replay(found.fresh, ports.clock, found.similarity);
  run.tally.embedding = similar?.tally;
  const keeper = plan?.mayStore === true && found.fresh === undefined ? new AnswerKeeper() : undefined;
  let end!: () => void;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  call.finishAfter(ended.then(plan === undefined ? settleRun : () => finish(plan)));
  try {
    const first = await awaitFirstEvents(run.events);
    const answer = { call, route, reservation, run, events: keeper?.watch(first) ?? first, ports };
    if (body.stream === true) return streamedAnswer(answer, end);
    const whole = await plainAnswer(answer);
    end();
    return whole;
  } catch (error) {
    run.tally.fail(asGatewayError(error));
    await run.cancel();
    // What failed may have cost something all the same: the error's headers say it.
    call.line.cost_micro_usd = run.tally.charge().costMicroUsd;
    call.line.attempts = run.tally.attemptCount;
    end();
    throw error;
  }

  /** Of a call that the cache has nothing to do with, this is all that follows. */
  function settleRun(): Promise<void> {
    stages.answered(run.tally);
    return settleAnswer(call, { route, reservation, tally: run.tally }, ports);
  }

  async function finish(plan: CachePlan): Promise<void> {
    // A vector that came too late is charged all the same.
    await similar?.ended;
    noteCache(call.line, run.tally, found);
    await settleRun();
    verifySample(plan);
    const finds = [...(guarded.answer?.records() ?? []), ...(guarded.managed?.records('answered') ?? [])];
    const isClean = finds.length === 0 && call.hasFinds !== true;
    const isKept = keeper !== undefined && isClean && (await keepAnswer(call, { plan, route: decided, keeper, tally: run.tally }, ports));
    if (similar !== undefined) await keepQuestion(call, plan, similar, isKept, ports);
  }

  function verifySample(plan: CachePlan): void {
    if (run.tally.error !== undefined || !isVerified(plan, similar?.hit, ports.platform.answerCache)) return;
    const verifiable = { original: call, prepared: received, plan, hit: similar.hit, vector: similar.vector, complete };
    call.afterAnswer?.((remainingMs) => verifyHit(verifiable, remainingMs, ports));
  }

  function refuse(refusal: GatewayError): never {
    call.finishAfter(settleRefusal(call, refusal, ports, records));
    throw refusal;
  }
}

function noteCache(line: RequestLine, tally: RunTally, { fresh, stale }: Found): void {
  line.cache = cacheStateOf(tally);
  if (tally.similarity !== undefined) line.cache_similarity = Math.round(tally.similarity * 10_000) / 10_000;
  if (line.cache !== 'miss') line.cache_saved_micro_usd = (fresh ?? stale)?.cost_micro_usd;
}
