import type { Amount } from '../../core/accounts/account';
import type { Reservation } from '../../core/accounts/accounts';
import { type AttemptRecord, type DecisionRecord, type SettlementRecord, usageRecordOf } from '../../core/audit-record';
import type { GatewayError } from '../../core/errors';
import { describeError } from '../../core/log';
import { NO_USAGE, totalInputTokens } from '../../core/usage';
import { type Call, type GatewayPorts, type RequestLine, roundMs } from '../call';
import { forRecords } from '../for-records';
import type { RunTally } from '../run-tally';
import { settleReservation } from './reserve';
import type { Route } from './route';

export interface Answered {
  readonly route: Route;
  readonly reservation: Reservation | undefined;
  readonly tally: RunTally;
}

/**
 * Records what became of an answer, and then settles its accounts: one that has no record is found by what is still held for it. Never rejects: the
 * caller has its answer; a settlement that is missing is logged.
 *
 * While the record is being written nothing here refers to the call: what calls that are answered still hold is copied by every collection of the young
 * generation (decision 0013).
 */
export function settleAnswer(call: Call, { route, reservation, tally }: Answered, ports: GatewayPorts): Promise<void> {
  const { usage, estimated, costMicroUsd } = tally.charge();
  const model = tally.lastModelId ?? (isReplay(tally) ? tally.answeredBy : undefined) ?? route.candidates[0].request.model.id;
  const attempts = tally.attemptRecords().map((attempt) => withoutFinds(call, attempt, ports));
  call.line.model = model;
  call.line.attempts = tally.attemptCount;
  call.line.error_code = tally.error?.code;
  call.line.input_tokens = totalInputTokens(usage);
  call.line.output_tokens = usage.outputTokens;
  if (estimated) call.line.usage_estimated = true;
  call.line.overhead_ms = overheadMs(call, tally, ports);
  if (tally.firstEventMs !== undefined) call.line.first_token_ms = roundMs(tally.firstEventMs - call.startedMs);
  noteDecisions(call.line, tally);
  noteFinds(call.line, tally.trail);
  const isRecorded = settle(call, ports, {
    ...settlementBase(call, ports),
    status: statusOf(tally.error),
    error_code: tally.error?.code,
    model,
    usage: usageRecordOf(usage),
    usage_estimated: estimated,
    cost_micro_usd: costMicroUsd,
    attempts,
    decision_trail: tally.trail.length === 0 ? undefined : tally.trail,
    degraded: tally.degraded,
    cache: call.line.cache,
    cache_similarity: call.line.cache_similarity,
    cache_saved_micro_usd: call.line.cache_saved_micro_usd,
    output_hash: tally.outputHash(),
    output: tally.output(),
    finish_reason: tally.finishReason,
    model_ms: roundMs(tally.modelMs),
    overhead_ms: call.line.overhead_ms,
  });
  const ofQuestion = tally.embedding?.charge().usage.inputTokens ?? 0;
  const tokens = totalInputTokens(usage) + usage.outputTokens + ofQuestion;
  return settleOnceRecorded(isRecorded, { id: call.id, caller: call.caller }, reservation, { microUsd: costMicroUsd, tokens }, ports);
}

async function settleOnceRecorded(
  isRecorded: Promise<boolean>,
  call: Pick<Call, 'id' | 'caller'>,
  reservation: Reservation | undefined,
  actual: Amount,
  ports: GatewayPorts,
): Promise<void> {
  if ((await isRecorded) && reservation !== undefined) await settleReservation(call, reservation, actual, ports);
}

/** Paths of violations have names in them that the model has chosen. */
function withoutFinds(call: Call, attempt: AttemptRecord, { platform }: GatewayPorts): AttemptRecord {
  return attempt.violations === undefined ? attempt : { ...attempt, violations: forRecords(call, attempt.violations, platform) };
}

function isReplay({ substituted }: RunTally): boolean {
  return substituted === 'exact' || substituted === 'semantic';
}

/** What metrics are made of. */
function noteDecisions(line: RequestLine, tally: RunTally): void {
  if (tally.degraded !== undefined) line.degraded = tally.degraded;
  line.checks = tally.answerChecks();
  if (tally.trail.length === 0) return;
  const count = (...steps: readonly DecisionRecord['step'][]): number | undefined =>
    tally.trail.filter(({ step }) => steps.includes(step)).length || undefined;
  line.retries = count('retry');
  line.fallbacks = count('fall_back', 'continue');
  line.breaker_skips = tally.trail.filter(({ because }) => because === 'breaker_open').length || undefined;
}

/** What a safety policy found, for the request's line. */
export function noteFinds(line: RequestLine, trail: readonly DecisionRecord[]): void {
  if (trail.length === 0) return;
  const count = (step: DecisionRecord['step']): number | undefined =>
    trail.reduce((sum, record) => sum + (record.step === step ? (record.times ?? 1) : 0), 0) || undefined;
  line.redactions = count('redact');
  line.blocks = count('block');
  line.reported_finds = count('report');
}

/** Records a call that no model was asked. @param trail What was decided before. */
export async function settleRefusal(
  call: Call,
  error: GatewayError,
  ports: GatewayPorts,
  trail: readonly DecisionRecord[] = [],
): Promise<void> {
  const base = settlementBase(call, ports);
  noteFinds(call.line, trail);
  await settle(call, ports, {
    ...base,
    status: 'refused',
    error_code: error.code,
    usage: usageRecordOf(NO_USAGE),
    usage_estimated: false,
    cost_micro_usd: 0,
    decision_trail: trail.length === 0 ? undefined : [...trail],
    model_ms: 0,
    overhead_ms: base.total_ms,
  });
}

/** Milliseconds that the gateway itself took: before the model was called, and since its last event. */
export function overheadMs(call: Call, tally: Pick<RunTally, 'startedMs' | 'endedMs'>, { clock }: GatewayPorts): number {
  const nowMs = clock.monotonicMs();
  return roundMs(tally.startedMs - call.startedMs + (nowMs - (tally.endedMs ?? nowMs)));
}

/** Writes it, and what it cost into the request's line; keeps nothing else of the call meanwhile. Never rejects. @returns whether the record was written. */
export function settle({ id, line }: Call, { audit, log }: GatewayPorts, record: SettlementRecord): Promise<boolean> {
  const { tenant } = record;
  line.cost_micro_usd = record.cost_micro_usd;
  line.total_ms = record.total_ms;
  line.model_ms = record.model_ms;
  return audit.insertSettlement(id, record).then(
    () => true,
    (error: unknown) => {
      line.settlement_failed = true;
      log.error('settlement not written', { trace_id: id, tenant, error: describeError(error) });
      return false;
    },
  );
}

/** What every settlement has. */
export function settlementBase(call: Call, { clock, platform }: GatewayPorts) {
  const nowMs = clock.monotonicMs();
  return {
    tenant: call.caller.tenant,
    experiment: call.prompt?.experiment,
    price_table_version: platform.priceTableVersion,
    stage_ms: call.stages.record(nowMs),
    total_ms: roundMs(nowMs - call.startedMs),
    settled_at: clock.nowMs(),
    attribution: call.attribution,
    guardrail_units: call.line.guardrail_units,
  };
}

export function statusOf(error: GatewayError | undefined): SettlementRecord['status'] {
  if (error === undefined) return 'ok';
  return error.code === 'request_cancelled' ? 'cancelled' : 'error';
}
