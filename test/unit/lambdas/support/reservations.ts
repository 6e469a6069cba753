import type { Accounts, Reservation, ReserveRequest } from '../../../../lambdas/core/accounts/accounts';

/** Of accounts that have enough of everything. */
export function reservationOf({ id, worst }: Pick<ReserveRequest, 'id' | 'worst'>, isAboveSoftLimit = false): Reservation {
  return {
    hold: { id, amount: worst, day: '01', reservedAtMs: 0 },
    windows: { month: '2026-11', day: '01', minute: 1 },
    held: [],
    funded: Promise.resolve(),
    requests: undefined,
    tokens: undefined,
    crossed: [],
    isAboveSoftLimit,
  };
}

export const fullAccounts: Accounts = { reserve: async (request) => reservationOf(request), settle: async () => undefined };
