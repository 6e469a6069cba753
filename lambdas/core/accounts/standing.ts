import type { Account, AccountKind, Amount } from './account';
import type { Standing } from './refusal';
import { remainingMs, type Windows } from './windows';

/** What is left of one rate, as `x-ratelimit-*` say it. Of an account with shards: of the one that the call drew on. */
export interface RateStanding {
  readonly limit: number;
  readonly remaining: number;
  /** Until the minute is over. */
  readonly resetMs: number;
}

export type SoftState = 'below' | 'crossed' | 'above';

/** Where a part of a reservation is held, and what the store said of it. */
export interface Held {
  readonly account: Account;
  readonly window: 'month' | 'minute';
  /** Undefined: in the account's own item. */
  readonly shard: number | undefined;
  /** After it. */
  readonly standing: Standing;
  /** Whether it was sent more than once: what was sent first may still be on its way. */
  readonly isRetried: boolean;
}

/** What a call learns of its accounts by its reservation. */
export interface Outlook {
  /** Of the account that has least left; undefined where no account limits it. */
  readonly requests: RateStanding | undefined;
  readonly tokens: RateStanding | undefined;
  /** Accounts whose soft limit this call has crossed; those that were above it already are not among them. */
  readonly crossed: readonly AccountKind[];
  /** Whether an account is above its soft limit now. */
  readonly isAboveSoftLimit: boolean;
}

export function outlookOf(held: readonly Held[], { microUsd }: Amount, windows: Windows, nowMs: number): Outlook {
  const months = held.filter(({ window }) => window === 'month');
  const soft = months.map((part) => ({ kind: part.account.kind, state: softState(part, microUsd, windows) }));
  const minutes = held.filter(({ window }) => window === 'minute');
  return {
    requests: leastOf(minutes, 'requests', nowMs),
    tokens: leastOf(minutes, 'tokens', nowMs),
    crossed: soft.flatMap(({ kind, state }) => (state === 'crossed' ? [kind] : [])),
    isAboveSoftLimit: soft.some(({ state }) => state !== 'below'),
  };
}

function softState({ account, shard, standing }: Held, microUsd: number, windows: Windows): SoftState {
  if (shard !== undefined) return standing.soft === 1 ? 'above' : 'below';
  const { softLimitPercent, microUsdPerMonth, microUsdPerDay } = account.limits;
  if (softLimitPercent === undefined) return 'below';
  const states = [
    [microUsdPerMonth, standing.used ?? 0],
    [microUsdPerDay, standing[`day_${windows.day}`] ?? 0],
  ].map(([limit, used = 0]): SoftState => {
    const soft = softLimit(limit, softLimitPercent);
    if (used < soft) return 'below';
    return used - microUsd < soft ? 'crossed' : 'above';
  });
  if (states.includes('crossed')) return 'crossed';
  return states.includes('above') ? 'above' : 'below';
}

/** In micro-dollars; infinite without a budget or a share of it. */
export function softLimit(budget: number | undefined, percent: number | undefined): number {
  return budget === undefined || percent === undefined ? Number.POSITIVE_INFINITY : (budget * percent) / 100;
}

function leastOf(minutes: readonly Held[], of: 'requests' | 'tokens', nowMs: number): RateStanding | undefined {
  const resetMs = remainingMs('minute', nowMs);
  return minutes
    .flatMap(({ account: { limits }, shard, standing }) => {
      const limit = of === 'requests' ? limits.requestsPerMinute : limits.tokensPerMinute;
      if (limit === undefined) return [];
      return [{ limit, remaining: shard === undefined ? limit - (standing[of] ?? 0) : (standing[`rest_${of}`] ?? 0), resetMs }];
    })
    .toSorted((a, b) => a.remaining - b.remaining)[0];
}
