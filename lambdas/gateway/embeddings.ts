import { canonicalJson, sha256Hex } from '../core/canonical-json';
import type { GatewayError } from '../core/errors';
import { formatUsd } from '../core/money';
import { attribute } from './attribute';
import type { Call, GatewayPorts } from './call';
import { EmbeddingTally } from './embedding-tally';
import type { GatewayAnswer } from './gateway-answer';
import { embeddingList } from './openai/embedding-list';
import { parseEmbeddingRequest } from './openai/embedding-request';
import { embedTexts } from './stages/embed';
import { guardInput, guardInputByService } from './stages/guard-input';
import { decideEmbedding } from './stages/plan-embedding';
import { parseJson } from './stages/prepare';
import { admitEmbedding, settleEmbedding } from './stages/record-embedding';
import { rateHeaders } from './stages/reserve';
import { overheadMs, settleRefusal } from './stages/settle';

/**
 * One authenticated embeddings call through the stages: prepare → guard input → plan → admit → embed → settle. As of a chat: whatever is parsed leaves one
 * intent, made durable before anything else happens, and one settlement.
 *
 * @param text The request's body.
 * @throws GatewayError
 */
export async function answerEmbeddings(call: Call, text: string, ports: GatewayPorts): Promise<GatewayAnswer> {
  const parsed = parseJson(text);
  const inputHash = sha256Hex(canonicalJson(parsed));
  const request = parseEmbeddingRequest(parsed);
  const { stages } = call;
  stages.end('prepare');
  const own = guardInput(call, request, ports);
  const guarded = own.managed === undefined ? own : await guardInputByService(call, own);
  stages.end('guard_input');
  const { body, records } = guarded;
  call.line.model = body.model;
  call.line.requested_model = body.model;
  attribute(call, body);

  const decision = guarded.refusal === undefined ? decideEmbedding(body, call.caller, ports) : { refusal: guarded.refusal };
  stages.end('route');
  const admission = await admitEmbedding(call, body, inputHash, decision, ports);
  stages.end('admit');
  if ('refusal' in decision) return refuse(decision.refusal);
  if ('refusal' in admission) return refuse(admission.refusal);

  const { plan } = decision;
  const { reservation } = admission;
  const tally = new EmbeddingTally(ports.clock.monotonicMs(), plan.model);
  try {
    const vectors = await embedTexts(call, plan, tally, ports);
    const { usage, costMicroUsd } = tally.charge();
    return {
      body: JSON.stringify(embeddingList(plan.model.id, vectors, usage.inputTokens, body.encoding_format ?? 'float')),
      headers: {
        ...(reservation && rateHeaders(reservation)),
        'content-type': 'application/json',
        'x-blueprint-route': 'exact_id',
        'x-blueprint-cache': 'miss',
        'x-blueprint-model': plan.model.id,
        'x-blueprint-cost-usd': formatUsd(costMicroUsd),
        'x-blueprint-overhead-ms': String(overheadMs(call, tally, ports)),
        'x-blueprint-attempts': String(tally.attemptCount),
      },
    };
  } finally {
    // What failed may have cost something all the same: the error's headers say it, from the line that this fills in.
    call.finishAfter(settleEmbedding(call, { plan, reservation, tally, records }, ports));
  }

  function refuse(refusal: GatewayError): never {
    call.finishAfter(settleRefusal(call, refusal, ports, records));
    throw refusal;
  }
}
