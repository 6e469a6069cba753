import { type Account, type Amount, MOST_CONCURRENT } from './account';
import type { LeaseTerms } from './accounts';
import { type Held, softLimit } from './standing';
import type { Windows } from './windows';

/** Calls like the one at hand that a lease is for at most, at their worst. */
const MOST_CALLS = 1_000;
/** Fewer are not worth one. */
const LEAST_CALLS = 4;
/** Of what an account has left, a lease is at most about this share: the less there is the smaller, and in the end none, so that the last is drawn from the account itself. */
const SHARE = 1 / 8;

/** Money, tokens and requests of a lease. */
export type LeaseSize = Amount & Pick<LeaseTerms, 'requests'>;

/** Whether leases can be exact for an account: its calls at a time are counted where all processes see them, and shards have a way of their own. */
export function isLeasable({ concurrency, shards }: Account['limits']): boolean {
  return concurrency === undefined && shards === undefined;
}

/**
 * How much a lease is to take; undefined when it would do for too few calls. Never so much that a soft limit is crossed by it: a call does, so that the
 * crossing has its event.
 *
 * @param held What the account has said of itself.
 * @param wanted Calls.
 */
export function leaseSize(held: readonly Held[], worst: Amount, wanted: number, windows: Windows): LeaseSize | undefined {
  const calls = Math.min(MOST_CALLS, wanted, ...held.map((part) => callsOf(part, worst, windows)));
  if (calls < LEAST_CALLS) return undefined;
  return { microUsd: calls * worst.microUsd, tokens: calls * worst.tokens, requests: calls };
}

function callsOf({ account: { limits }, window, standing }: Held, worst: Amount, { day }: Windows): number {
  if (window === 'minute') {
    return Math.min(
      callsIn(limits.requestsPerMinute, standing.requests, 1),
      callsIn(limits.tokensPerMinute, standing.tokens, worst.tokens),
    );
  }
  // Each lease is a hold of the account's item, which is written and paid by its size.
  if ((standing.inflight ?? 0) > MOST_CONCURRENT / 2) return 0;
  const { microUsdPerMonth, microUsdPerDay, softLimitPercent } = limits;
  return Math.min(
    callsIn(microUsdPerMonth, standing.used, worst.microUsd, softLimit(microUsdPerMonth, softLimitPercent)),
    callsIn(microUsdPerDay, standing[`day_${day}`], worst.microUsd, softLimit(microUsdPerDay, softLimitPercent)),
  );
}

/** @param soft Where a lease that begins below it must end. */
function callsIn(limit: number | undefined, used = 0, worst: number, soft = Number.POSITIVE_INFINITY): number {
  if (limit === undefined) return Number.POSITIVE_INFINITY;
  const room = Math.min((limit - used) * SHARE, used < soft ? Math.ceil(soft) - 1 - used : Number.POSITIVE_INFINITY);
  return Math.floor(room / Math.max(1, worst));
}
