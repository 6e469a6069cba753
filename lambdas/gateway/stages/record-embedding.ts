import type { Reservation } from '../../core/accounts/accounts';
import { type DecisionRecord, type IntentRecord, usageRecordOf } from '../../core/audit-record';
import { type Call, type GatewayPorts, roundMs } from '../call';
import type { EmbeddingTally } from '../embedding-tally';
import { forRecords } from '../for-records';
import { keepsContent } from '../keeps-content';
import type { EmbeddingBody } from '../openai/embedding-request';
import { microUsdOf } from '../routing/ceiling';
import type { EmbeddingDecision, EmbeddingPlan } from './plan-embedding';
import { type AdmissionDecision, isLimited, reserveWith, settleReservation } from './reserve';
import { noteFinds, overheadMs, settle, settlementBase, statusOf } from './settle';

/**
 * Makes the intent durable and holds the worst case in the call's accounts: no model is called without both, and no refusal answered without the
 * intent.
 *
 * @param inputHash SHA-256 of the body in canonical JSON.
 * @throws GatewayError what the audit store throws; the call must not go on.
 */
export async function admitEmbedding(
  call: Call,
  body: EmbeddingBody,
  inputHash: string,
  decision: EmbeddingDecision,
  ports: GatewayPorts,
): Promise<AdmissionDecision> {
  const { audit, platform, version } = ports;
  const plan = 'plan' in decision ? decision.plan : undefined;
  const intent: IntentRecord = {
    tenant: call.caller.tenant,
    key_id: call.caller.keyId,
    door: call.caller.door,
    requested_model: body.model,
    operation: 'embeddings',
    input_count: typeof body.input === 'string' ? 1 : body.input.length,
    route: plan && { model: plan.model.id, provider_model_id: plan.model.providerModelId, reason: 'exact_id' },
    max_cost_micro_usd: body.max_cost_usd === undefined ? undefined : microUsdOf(body.max_cost_usd),
    input_hash: inputHash,
    input: keepsContent(platform) ? JSON.stringify(forRecords(call, body, platform)) : undefined,
    worst_case_cost_micro_usd: plan?.worst.microUsd ?? 0,
    limited: plan && isLimited(call, platform),
    stream: false,
    ...forRecords(call, { user: body.user, metadata: body.metadata, tags: call.tags.header }, platform),
    attribution: call.attribution,
    verification_of: call.verificationOf,
    created_at: call.startedAtMs,
    price_table_version: platform.priceTableVersion,
    gateway_version: version,
  };
  return reserveWith(audit.insertIntent(call.id, intent), call, plan?.worst, ports);
}

export interface Embedded {
  readonly plan: EmbeddingPlan;
  readonly reservation: Reservation | undefined;
  readonly tally: EmbeddingTally;
  /** What the safety policy found in the texts. */
  readonly records: readonly DecisionRecord[];
}

/** Records what became of the vectors, and then settles the call's accounts. Never rejects. */
export async function settleEmbedding(call: Call, { plan, reservation, tally, records }: Embedded, ports: GatewayPorts): Promise<void> {
  const { model } = plan;
  const { usage, estimated, costMicroUsd } = tally.charge();
  const { line } = call;
  line.model = model.id;
  line.attempts = tally.attemptCount;
  line.error_code = tally.error?.code;
  line.input_tokens = usage.inputTokens;
  line.output_tokens = usage.outputTokens;
  if (estimated) line.usage_estimated = true;
  line.retries = tally.count('retry') || undefined;
  line.breaker_skips = tally.count('skip') || undefined;
  line.overhead_ms = overheadMs(call, tally, ports);
  const modelMs = (tally.endedMs ?? tally.startedMs) - tally.startedMs;
  call.stages.answered({ attemptCount: tally.attemptCount, modelMs, endedMs: tally.endedMs });
  const trail = [...records, ...tally.trail];
  noteFinds(line, trail);
  const isRecorded = await settle(call, ports, {
    ...settlementBase(call, ports),
    status: statusOf(tally.error),
    error_code: tally.error?.code,
    model: model.id,
    usage: usageRecordOf(usage),
    usage_estimated: estimated,
    cost_micro_usd: costMicroUsd,
    attempts: tally.attemptRecords(),
    decision_trail: trail.length === 0 ? undefined : trail,
    output_hash: tally.outputHash,
    model_ms: roundMs(modelMs),
    overhead_ms: line.overhead_ms,
  });
  if (!isRecorded || reservation === undefined) return;
  await settleReservation(call, reservation, { microUsd: costMicroUsd, tokens: usage.inputTokens }, ports);
}
