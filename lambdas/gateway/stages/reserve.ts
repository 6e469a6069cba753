import type { Account, Amount } from '../../core/accounts/account';
import type { Reservation } from '../../core/accounts/accounts';
import type { RateStanding } from '../../core/accounts/standing';
import { InputNotKept } from '../../core/call-content/keep-content';
import { asGatewayError, type GatewayError } from '../../core/errors';
import { describeError } from '../../core/log';
import type { Call, GatewayPorts } from '../call';

/** A call that was let in. What is held for it, where an account limits it. */
interface Admission {
  readonly reservation: Reservation | undefined;
}

/** What the store said of the intent and the accounts of the reservation, at the same time. */
export type AdmissionDecision = Admission | { readonly refusal: GatewayError };

/**
 * Makes the intent durable and holds the worst case in the call's accounts: one wait for both. Without the intent nothing goes on, and nothing stays held.
 *
 * @param worst Undefined for a call that has no route, and costs nothing.
 * @returns a refusal of the accounts, or of a store that did not keep the input: the intent is durable.
 * @throws GatewayError what the audit store throws.
 */
export function reserveWith(intent: Promise<void>, call: Call, worst: Amount | undefined, ports: GatewayPorts): Promise<AdmissionDecision> {
  const limiting = worst === undefined ? [] : limitingAccounts(call, ports.platform);
  if (worst === undefined || limiting.length === 0) return intent.then(() => UNLIMITED, asRefusal);
  return decide(call, intent, ports.accounts.reserve({ id: call.id, accounts: limiting, worst }), ports);
}

const UNLIMITED: Admission = { reservation: undefined };

async function decide(
  call: Call,
  intent: Promise<void>,
  reserved: Promise<Reservation>,
  { accounts, log }: GatewayPorts,
): Promise<AdmissionDecision> {
  const [written, held] = await Promise.allSettled([intent, reserved]);
  if (written.status === 'rejected') {
    // What this fails by is swept.
    if (held.status === 'fulfilled') await accounts.settle(held.value, { microUsd: 0, tokens: 0 }).catch(() => undefined);
    return asRefusal(written.reason);
  }
  if (held.status === 'rejected') return { refusal: asGatewayError(held.reason) };
  const { crossed } = held.value;
  if (crossed.length > 0) {
    call.line.soft_limits_crossed = crossed;
    log.info('soft limit crossed', { trace_id: call.id, tenant: call.caller.tenant, key_id: call.caller.keyId, accounts: crossed });
  }
  return { reservation: held.value };
}

/** A call that has an intent is refused on record. @throws what any other one failed by. */
function asRefusal(cause: unknown): AdmissionDecision {
  if (cause instanceof InputNotKept) return { refusal: cause };
  throw cause;
}

/** Puts what the call took in the place of what was held for it. Never rejects: what stays held is swept. */
export async function settleReservation(
  { id, caller }: Pick<Call, 'id' | 'caller'>,
  reservation: Reservation,
  actual: Amount,
  { accounts, log }: Pick<GatewayPorts, 'accounts' | 'log'>,
): Promise<void> {
  const { microUsd } = reservation.hold.amount;
  if (actual.microUsd > microUsd)
    log.error('cost above the worst case', { trace_id: id, cost_micro_usd: actual.microUsd, held_micro_usd: microUsd });
  try {
    await accounts.settle(reservation, actual);
  } catch (error) {
    log.error('account not settled', { trace_id: id, tenant: caller.tenant, error: describeError(error) });
  }
}

/** Whether the call's worst case has to be held before a model is asked; undefined where it has not. */
export function isLimited(call: Call, platform: GatewayPorts['platform']): true | undefined {
  return limitingAccounts(call, platform).length > 0 || undefined;
}

/** As clients know them. */
export function rateHeaders({ requests, tokens }: Reservation): Record<string, string> {
  return { ...headersOf('requests', requests), ...headersOf('tokens', tokens) };
}

function headersOf(of: 'requests' | 'tokens', standing: RateStanding | undefined): Record<string, string> {
  if (standing === undefined) return {};
  return {
    [`x-ratelimit-limit-${of}`]: String(standing.limit),
    [`x-ratelimit-remaining-${of}`]: String(Math.max(0, standing.remaining)),
    [`x-ratelimit-reset-${of}`]: `${Math.ceil(standing.resetMs / 1000)}s`,
  };
}

function limitingAccounts({ caller }: Call, { environment, limits }: GatewayPorts['platform']): readonly Account[] {
  if (limits.environment === undefined) return caller.accounts;
  return [...caller.accounts, { kind: 'environment', id: environment, limits: limits.environment }];
}
